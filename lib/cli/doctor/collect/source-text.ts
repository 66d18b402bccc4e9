/** What the project's source says of adapters and of this package, read as text. */
import { type Dirent, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

import type { AdapterCall } from '../facts';

export interface SourceText {
  readonly adapterCalls: readonly AdapterCall[];
  readonly uses: { readonly resilient: boolean; readonly guard: boolean };
}

const kSource = /\.[cm]?[jt]sx?$/;
/** Built, generated, or not the application. */
const kSkipped = /^(\..*|node_modules|dist|build|out|coverage|generated|__tests__|tests?)$/;
const kMostFiles = 3000;
const kDeepest = 8;
const kLargestFile = 512 * 1024;

export function readSourceText(project: string): SourceText {
  const adapterCalls: AdapterCall[] = [];
  let [resilient, guard] = [false, false];
  for (const file of sourceFiles(project)) {
    const text = withoutComments(readFileSync(file, 'utf8'));
    resilient ||= /\bResilientPrismaClient\b|\bresilientExtension\b/.test(text);
    guard ||= /\.guard\(|\bguard\(|\bguardAdapter\(/.test(text);
    adapterCalls.push(...findAdapterCalls(relative(project, file), text));
  }
  return { adapterCalls, uses: { resilient, guard: guard && resilient } };
}

/** Every `new PrismaPg(…)` of a text without comments. */
export function findAdapterCalls(file: string, text: string): AdapterCall[] {
  return [...text.matchAll(/\bnew\s+PrismaPg\s*\(/g)].flatMap((match) => {
    const before = text.slice(0, match.index).split('\n');
    if (endsInString(before[before.length - 1] ?? '')) return [];
    const start = (match.index ?? 0) + match[0].length;
    return [{ file, line: before.length, ...settingsOf(argumentsFrom(text, start)) }];
  });
}

/** A message that tells how to make an adapter makes none. */
function endsInString(line: string): boolean {
  let open = '';
  for (const character of line) {
    if (open === character) open = '';
    else if (open === '' && '"\'`'.includes(character)) open = character;
  }
  return open !== '';
}

function settingsOf(text: string): Pick<AdapterCall, 'settings' | 'names' | 'max'> {
  const limit = /[{,]\s*(?:max|connectionLimit)\s*:\s*(\d+)\s*[,}]/.exec(text)?.[1];
  const max = limit === undefined ? undefined : Number(limit);
  if (/\bpoolConfig\s*\(/.test(text)) return { settings: 'poolConfig', names: [], max };
  if (!/^\s*\{/.test(text) || text.includes('...')) return { settings: 'unknown', names: [], max };
  const names = [...text.matchAll(/[{,]\s*["']?(\w+)["']?\s*(?=[:,}])/g)].map(([, name = '']) => name);
  return { settings: 'literal', names, max };
}

/** Up to the bracket that closes the call; strings are stepped over. */
function argumentsFrom(text: string, start: number): string {
  let depth = 1;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] as string;
    if ('"\'`'.includes(character)) {
      for (at += 1; at < text.length && text[at] !== character; at += 1) if (text[at] === '\\') at += 1;
    } else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) {
      depth -= 1;
      if (depth === 0) return text.slice(start, at);
    }
  }
  return text.slice(start);
}

/** Lines stay where they are. */
export function withoutComments(text: string): string {
  return text
    .replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[\s;,{}()[\]])\/\/.*$/gm, '$1');
}

function sourceFiles(project: string): string[] {
  const files: string[] = [];
  const visit = (folder: string, depth: number): void => {
    for (const entry of entriesOf(folder)) {
      if (files.length >= kMostFiles) return;
      const path = join(folder, entry.name);
      if (entry.isDirectory() && depth < kDeepest && !kSkipped.test(entry.name)) visit(path, depth + 1);
      else if (entry.isFile() && kSource.test(entry.name) && statSync(path).size <= kLargestFile) files.push(path);
    }
  };
  visit(project, 0);
  return files;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return []; // not ours to read
  }
}
