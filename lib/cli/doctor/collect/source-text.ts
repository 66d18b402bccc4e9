/** What the project's source says of adapters and of this package, read as text, in linear time and within limits. */
import { type Dirent, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

import { inCode, readCode } from '../../project/code-text';
import { readText } from '../../project/read-file';
import type { AdapterCall, ProjectFacts } from '../facts';
import { callsIn } from './calls';
import { guardWaysIn, unguardedPlaces } from './guard-ways';

interface SourceText {
  readonly adapterCalls: readonly AdapterCall[];
  readonly uses: ProjectFacts['uses'];
}

const kSource = /\.[cm]?[jt]sx?$/;
/** Built, generated, or not the application. */
const kSkipped = /^(\..*|node_modules|dist|build|out|coverage|generated|__tests__|tests?)$/;
const kMostFiles = 3000;
const kDeepest = 8;
/** Of all files together. */
const kMostText = 64 * 1024 * 1024;
/** Of one call: longer ones are read no further. */
const kLongestArguments = 8 * 1024;

/** `isOver` ends it early: what was read until then is answered. */
export function readSourceText(project: string, isOver: () => boolean = () => false): SourceText {
  const adapterCalls: AdapterCall[] = [];
  let [resilient, guard] = [false, false];
  let markerTable: string | undefined;
  let left = kMostText;
  for (const file of sourceFiles(project, isOver)) {
    if (left <= 0 || isOver()) break;
    const source = readText(file) ?? '';
    left -= source.length;
    resilient ||= /\bResilient(?:Prisma)?Client\b|\bresilientExtension\b/.test(source);
    guard ||= guardWaysIn(source).length > 0;
    markerTable ??= markerTableIn(source);
    adapterCalls.push(...findAdapterCalls(relative(project, file), source));
  }
  return {
    adapterCalls,
    uses: { resilient, guard: guard && resilient, ...(markerTable !== undefined && { markerTable }) },
  };
}

/** Of the first `markerTable: '…'` that is no comment's and no message's. */
function markerTableIn(source: string): string | undefined {
  if (!source.includes('markerTable')) return undefined;
  const code = readCode(source);
  const found = [...code.text.matchAll(/\bmarkerTable\s*:\s*(['"`])([^'`\n]{1,130}?)\1/g)];
  const [start] = inCode(
    code,
    found.map(({ index = 0 }) => index),
  );
  return found.find(({ index = 0 }) => index === start)?.[2];
}

/** Every `new PrismaPg(…)`, but those in comments and in messages that tell how to make one. */
export function findAdapterCalls(file: string, source: string): AdapterCall[] {
  if (!source.includes('PrismaPg')) return [];
  const code = readCode(source);
  let line = 1;
  let counted = 0;
  const isUnguarded = unguardedPlaces(code);
  return callsIn(code, /\bnew\s+PrismaPg\s*\(/g).map(({ start, given }) => {
    for (; counted < start; counted += 1) if (code.text[counted] === '\n') line += 1;
    return { file, line, ...settingsOf(given), ...(isUnguarded(start) && { unguarded: true }) };
  });
}

function settingsOf(text: string): Pick<AdapterCall, 'settings' | 'names' | 'max'> {
  if (text.length > kLongestArguments) return { settings: 'unknown', names: [], max: undefined };
  const limit = /[{,]\s*(?:max|connectionLimit)\s*:\s*(\d+)\b\s*[,}]/.exec(text)?.[1];
  const max = limit === undefined ? undefined : Number(limit);
  if (/\bpoolConfig\s*\(/.test(text)) return { settings: 'poolConfig', names: [], max };
  if (!/^\s*\{/.test(text) || text.includes('...')) return { settings: 'unknown', names: [], max };
  const names = [...text.matchAll(/[{,]\s*["']?(\w+)\b["']?\s*(?=[:,}])/g)].map(([, name = '']) => name);
  return { settings: 'literal', names, max };
}

function sourceFiles(project: string, isOver: () => boolean): string[] {
  const files: string[] = [];
  const visit = (folder: string, depth: number): void => {
    for (const entry of entriesOf(folder)) {
      if (files.length >= kMostFiles || isOver()) return;
      const path = join(folder, entry.name);
      if (entry.isDirectory() && depth < kDeepest && !kSkipped.test(entry.name)) visit(path, depth + 1);
      else if (entry.isFile() && kSource.test(entry.name)) files.push(path);
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
