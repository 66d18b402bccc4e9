/**
 * Finds the addons and loads them: one that was named, one that was built on this machine, the one that came with the
 * package, and at last the core's WebAssembly build. Whoever asks is told what was tried, and why each was not taken.
 *
 *   PRISMA_RESILIENT_ADDON_DIR   a folder whose addons go before all others; the core must be in it
 *   PRISMA_RESILIENT_ADDON       'native' or 'wasm': nothing of the other kind is loaded
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve, sep } from 'node:path';

import { AddonError } from '../errors';
import { advice, isOwnFolder } from './advice';
import { builtHere } from './built-here';
import { libcOfThisProcess } from './libc';
import { ownFolder } from './own-folder';
import { type AddonFile, prebuilt, targets } from './prebuilt';
import { kWasmFile, loadWasm, ownWasm } from './wasm';

export type { AddonFile } from './prebuilt';

export type AddonKind = 'native' | 'wasm';

export interface LoadedAddon {
  readonly kind: AddonKind;
  /** For people: the file, relative to the package's own folder where it is in there. */
  readonly from: string;
  readonly exports: unknown;
  /** What went before, each with the reason why it was not taken. */
  readonly refused: readonly string[];
}

interface NotLoaded {
  readonly kind?: undefined;
  readonly refused: readonly string[];
}

interface Candidate {
  readonly kind: AddonKind;
  readonly from: string;
  /** undefined where the package has none for this target. */
  readonly load?: () => unknown;
}

const kHere = ownFolder();
const kRoot = resolve(kHere, '..', '..');

/** The kind that PRISMA_RESILIENT_ADDON asks for; undefined: whichever can be loaded. */
function demandedKind(): AddonKind | undefined {
  const demanded = process.env.PRISMA_RESILIENT_ADDON;
  if (!demanded) return undefined;
  if (demanded === 'native' || demanded === 'wasm') return demanded;
  throw new AddonError(
    `PRISMA_RESILIENT_ADDON is ${JSON.stringify(demanded)}. Expected: "native" or "wasm", or leave it unset.`,
  );
}

/** The core. Throws an AddonError that says what was tried, and what to do. */
export function loadCore(): LoadedAddon {
  const demanded = demandedKind();
  const loaded = load('resilience.node', demanded);
  if (loaded.kind) return loaded;
  const named = process.env.PRISMA_RESILIENT_ADDON_DIR;
  const inBundle = !isOwnFolder(kRoot) && !named;
  const absent = inBundle ? besideBundle('resilience.node').filter((path) => !existsSync(path)) : [];
  const tried = [...loaded.refused, ...absent.map((path) => `${path}: not there`)];
  throw new AddonError(
    `prisma-resilient-client has no addon for ${here()}${demanded ? ` (PRISMA_RESILIENT_ADDON=${demanded})` : ''}. Tried:\n` +
      tried.map((line) => `  ${line}\n`).join('') +
      advice(tried, kRoot, named),
  );
}

/** The probe, which has no WebAssembly build. */
export function loadProbe(): LoadedAddon | NotLoaded {
  if (demandedKind() === 'wasm')
    return { refused: ['PRISMA_RESILIENT_ADDON=wasm: the probe has no WebAssembly build'] };
  return load('resilience_probe.node', 'native');
}

function load(file: AddonFile, demanded: AddonKind | undefined): LoadedAddon | NotLoaded {
  const refused: string[] = [];
  for (const { kind, from, load: open } of candidates(file)) {
    if (demanded && kind !== demanded) continue;
    try {
      if (open) return { kind, from, exports: opened(open()), refused };
      refused.push(`${from}: the package has none for this platform`);
    } catch (error) {
      refused.push(`${from}: ${isNotThere(error) ? 'not there' : firstLine(error)}`);
    }
  }
  return { refused };
}

/** One after the other: what the first makes unnecessary is not looked for, as every import waits for this. */
function* candidates(file: AddonFile): Generator<Candidate, void> {
  const named = process.env.PRISMA_RESILIENT_ADDON_DIR;
  const isCore = file === 'resilience.node';
  if (named) {
    yield onDisk(resolve(named, file));
    if (isCore) yield wasm(resolve(named, kWasmFile));
    // The probe may be missing there, and is then looked for elsewhere; another core than the one named would go unnoticed.
    if (isCore) return;
  }
  yield* whereThere(join(kRoot, 'build', 'release', file));
  yield* whereThere(builtHere(file));
  for (const name of targetsHere())
    yield { kind: 'native', from: `prebuilds/${name}/${file}`, load: prebuilt(file, name) };
  for (const path of besideBundle(file)) yield* whereThere(path);
  if (isCore) yield wasm();
}

function targetsHere(): readonly string[] {
  return targets(process.platform, process.arch, libcOfThisProcess());
}

/** Where it may lie beside a bundle, whose file stands for all of ours. */
function besideBundle(file: AddonFile): string[] {
  return targetsHere().flatMap((name) => ['.', '..'].map((way) => join(kHere, way, 'prebuilds', name, file)));
}

/** Of this project's own folder, or of a build by hand: not worth a word, nor a failed `require`, where it is not there. */
function* whereThere(path: string | undefined): Generator<Candidate, void> {
  if (path !== undefined && existsSync(path)) yield onDisk(path);
}

function onDisk(path: string): Candidate {
  // Not by `require`: bundlers warn of one that is given no literal, and put a function of their own in its place.
  return { kind: 'native', from: shortened(path), load: () => createRequire(path)(path) };
}

/** Some bundlers answer with the place of the file, relative to the bundle, in place of what is in it. */
function opened(answer: unknown): unknown {
  return typeof answer === 'string' ? dlopened(resolve(kHere, answer)) : answer;
}

function dlopened(path: string): unknown {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports;
}

function wasm(path?: string): Candidate {
  return { kind: 'wasm', from: shortened(path ?? ownWasm()), load: () => loadWasm(path) };
}

function shortened(path: string): string {
  return path.startsWith(kRoot + sep) && isOwnFolder(kRoot) ? path.slice(kRoot.length + 1) : path;
}

/** For error messages and the doctor: `linux-x64 (musl, Node v20.1.0, Node-API 9)`. */
export function here(): string {
  const libc = libcOfThisProcess();
  const { platform, arch, version, versions } = process;
  return `${platform}-${arch} (${libc ? `${libc}, ` : ''}Node ${version}, Node-API ${versions.napi ?? 'none'})`;
}

function isNotThere(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === 'MODULE_NOT_FOUND' || code === 'ENOENT';
}

/** With the next one where it only announces that one. */
function firstLine(error: unknown): string {
  const [first = '', next = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 2);
  return first.endsWith(':') ? `${first} ${next}` : first;
}
