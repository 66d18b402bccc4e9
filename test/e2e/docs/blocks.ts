/** The code blocks of the documents: what a reader may copy. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const kRoot = join(__dirname, '../../..');
export interface Block {
  /** `README.md:12`, where its first line is. */
  readonly place: string;
  readonly language: string;
  /** What the fence says after the language. `run`: the block is a whole program. */
  readonly run: boolean;
  readonly code: string;
}

export function documents(): string[] {
  const docs = readdirSync(join(kRoot, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  return ['README.md', 'CONTRIBUTING.md', ...docs];
}

export function blocks(document: string, text = readFileSync(join(kRoot, document), 'utf8')): Block[] {
  const found: Block[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; ++i) {
    const fence = /^( *)```(\w+)(.*)$/.exec(lines[i]);
    if (!fence) continue;
    const [, indent, language, rest] = fence;
    const begin = i + 1;
    const end = lines.indexOf(`${indent}\`\`\``, begin);
    if (end < 0) throw new Error(`${document}:${i + 1}: a code block that nothing ends`);
    const code = lines
      .slice(begin, end)
      .map((line) => line.slice(indent.length))
      .join('\n');
    found.push({ place: `${document}:${begin + 1}`, language, run: rest.trim() === 'run', code: `${code}\n` });
    i = end;
  }
  return found;
}

export function allBlocks(): Block[] {
  return documents().flatMap((document) => blocks(document));
}

/** README's first program, the whole of it: its first block that imports anything. */
export function firstSnippet(): string {
  const first = blocks('README.md').find(({ code }) => code.startsWith('import '));
  if (!first) throw new Error('README.md: no block imports anything');
  return first.code;
}
