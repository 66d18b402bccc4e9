/**
 * Which C library this program was made for: an addon for the other one cannot be loaded. No process is started for it.
 */
import { closeSync, openSync, readSync } from 'node:fs';

export type Libc = 'glibc' | 'musl';

/** undefined: not Linux, or neither can be told. */
export function libcOfThisProcess(): Libc | undefined {
  if (process.platform !== 'linux') return undefined;
  // The link in /proc outlives the file's removal by an upgrade; the path is for where /proc is not mounted.
  return libcOfProgram('/proc/self/exe', process.execPath) ?? libcOfProgram(process.execPath) ?? libcOfReport();
}

/**
 * By the ELF interpreter that the program names. A program that was started through its loader, as in
 * `ld-musl-x86_64.so.1 bun`, has the loader for its own path (`name`).
 */
export function libcOfProgram(file: string, name = file): Libc | undefined {
  try {
    const program = openSync(file, 'r');
    try {
      return libcOfLoader(interpreter(program) ?? name);
    } finally {
      closeSync(program);
    }
  } catch {
    return undefined;
  }
}

function libcOfLoader(path: string): Libc | undefined {
  if (/\bld-musl-/.test(path)) return 'musl';
  return /\bld-linux\b|\bld64\.so/.test(path) ? 'glibc' : undefined;
}

const kHeaderSize = 64;
const kEntrySize = 56;
const kPtInterp = 3;

/** The text of PT_INTERP, of a 64-bit little-endian ELF file as all of our Linux targets have. */
function interpreter(program: number): string | undefined {
  const header = bytesAt(program, 0, kHeaderSize);
  const isElf64 = header.toString('latin1', 0, 6) === '\u007fELF\u0002\u0001';
  if (!isElf64 || header.readUInt16LE(54) !== kEntrySize) return undefined;
  const table = bytesAt(program, Number(header.readBigUInt64LE(32)), header.readUInt16LE(56) * kEntrySize);
  for (let at = 0; at + kEntrySize <= table.length; at += kEntrySize) {
    if (table.readUInt32LE(at) !== kPtInterp) continue;
    const length = Math.min(Number(table.readBigUInt64LE(at + 32)), 4096);
    return bytesAt(program, Number(table.readBigUInt64LE(at + 8)), length)
      .toString('latin1')
      .split('\0', 1)[0];
  }
  return undefined;
}

function bytesAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

interface Report {
  readonly header?: { readonly glibcVersionRuntime?: string };
  readonly sharedObjects?: readonly string[];
}

function libcOfReport(): Libc | undefined {
  const report = process.report as (typeof process.report & { excludeNetwork?: boolean }) | undefined;
  if (typeof report?.getReport !== 'function') return undefined;
  const before = report.excludeNetwork;
  try {
    // It would look up the name of each peer of this process, and wait for the answers.
    report.excludeNetwork = true;
    const { header, sharedObjects = [] } = report.getReport() as Report;
    if (header?.glibcVersionRuntime) return 'glibc';
    return sharedObjects.some((file) => /\bld-musl-|\blibc\.musl-/.test(file)) ? 'musl' : undefined;
  } catch {
    return undefined;
  } finally {
    report.excludeNetwork = before;
  }
}
