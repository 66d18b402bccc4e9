/** Which C library a program was made for, told from the program's own file. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { libcOfProgram, libcOfThisProcess } from '../../../lib/addon/libc';

const dir = mkdtempSync(join(tmpdir(), 'resilience-libc-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A 64-bit little-endian ELF file that has nothing but its interpreter. */
function elf(interpreter: string): string {
  const header = Buffer.alloc(64);
  header.write('\u007fELF\u0002\u0001\u0001', 'latin1');
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(2, 56);
  const other = Buffer.alloc(56);
  other.writeUInt32LE(6, 0);
  const named = Buffer.alloc(56);
  const text = Buffer.from(`${interpreter}\0`);
  named.writeUInt32LE(3, 0);
  named.writeBigUInt64LE(BigInt(64 + 2 * 56), 8);
  named.writeBigUInt64LE(BigInt(text.length), 32);
  const file = join(dir, interpreter.replace(/\W/g, '_'));
  writeFileSync(file, Buffer.concat([header, other, named, text]));
  return file;
}

test.each([
  ['/lib64/ld-linux-x86-64.so.2', 'glibc'],
  ['/lib/ld-linux-aarch64.so.1', 'glibc'],
  ['/lib64/ld64.so.2', 'glibc'],
  ['/nix/store/abc-glibc-2.40/lib/ld-linux-x86-64.so.2', 'glibc'],
  ['/lib/ld-musl-x86_64.so.1', 'musl'],
  ['/lib/ld-musl-aarch64.so.1', 'musl'],
  ['/system/bin/linker64', undefined],
])('a program whose interpreter is %s: %s', (interpreter, libc) => {
  expect(libcOfProgram(elf(interpreter))).toBe(libc);
});

test('a program without an interpreter, started through its loader, is told by the loader', () => {
  const file = join(dir, 'static');
  const bytes = Buffer.alloc(64);
  bytes.write('\u007fELF\u0002\u0001\u0001', 'latin1');
  bytes.writeUInt16LE(56, 54);
  writeFileSync(file, bytes);
  expect(libcOfProgram(file, '/lib/ld-musl-x86_64.so.1')).toBe('musl');
  expect(libcOfProgram(file, '/usr/bin/node')).toBeUndefined();
});

test.each([['missing'], ['short'], ['text']])('a file that is no program (%s) tells nothing', (kind) => {
  const file = join(dir, kind);
  if (kind !== 'missing') writeFileSync(file, kind === 'short' ? 'x' : 'not a program\n'.repeat(20));
  expect(libcOfProgram(file)).toBeUndefined();
});

test('the answer for this process is the one of the system', () => {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/ldd')) return expect(process.platform).toBeTruthy();
  const ldd = execFileSync('sh', ['-c', 'ldd --version 2>&1 || true'], { encoding: 'utf8' });
  expect(libcOfThisProcess()).toBe(/musl/.test(ldd) ? 'musl' : 'glibc');
});
