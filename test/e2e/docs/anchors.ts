/** Where a link to `file.md#here` may lead. */
import { readFileSync } from 'node:fs';

/** As GitHub makes them from headings: of those that are spelt alike, the second has `-1` behind it. */
export function anchors(file: string): Set<string> {
  const text = readFileSync(file, 'utf8').replace(/^( *)```[\s\S]*?^\1```/gm, '');
  const found = new Set<string>();
  for (const [, heading] of text.matchAll(/^#+ (.+)$/gm)) {
    const anchor = heading
      .replace(/<[^>]*>/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let n = 1; found.has(unique); ++n) unique = `${anchor}-${n}`;
    found.add(unique);
  }
  for (const [, name] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) found.add(name);
  return found;
}
