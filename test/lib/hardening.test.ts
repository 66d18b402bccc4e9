/** scripts/check-hardening.mjs refuses an addon that lacks any one of what it looks for. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const kScript = join(__dirname, '../../scripts/check-hardening.mjs');
/** It has a buffer on the stack, and copies that can be checked. */
const kSource = `
#include <stdio.h>
#include <string.h>
char kept[64];
int napi_register_module_v1(const char* text, int length) {
  char buffer[32];
  strcpy(buffer, text);
  memcpy(kept, buffer, length);
  return printf("%s", buffer);
}`;
const kCompile = '-fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2';
const kLink = '-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardening-'));
  writeFileSync(join(folder, 'addon.c'), kSource);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(name: string, flags: string): { status: number | null; said: string } {
  const addon = join(folder, name, 'resilience_probe.node');
  mkdirSync(join(folder, name));
  const args = ['-w', '-O2', '-fPIC', '-shared', ...flags.split(' '), '-o', addon, join(folder, 'addon.c')];
  expect(spawnSync('cc', args, { encoding: 'utf8' })).toMatchObject({ status: 0 });
  const { status, stderr, stdout } = spawnSync(process.execPath, [kScript, addon], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

// The flags are those of ELF's linkers: another system's compiler makes no addon that could be looked at here.
const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('one that has everything is let through', () => {
  expect(check('sound', `${kCompile} ${kLink}`)).toEqual({
    status: 0,
    said: 'check-hardening: 1 addons are hardened\n',
  });
});

onLinux.each([
  ['canaries on the stack', `${kCompile} -fno-stack-protector ${kLink}`],
  ['checked copies', `${kCompile} -U_FORTIFY_SOURCE ${kLink}`],
  ['read-only relocations', `${kCompile} ${kLink} -Wl,-z,norelro`],
  ['binds lazily', `${kCompile} ${kLink} -Wl,-z,lazy`],
  ['an executable stack', `${kCompile} ${kLink} -Wl,-z,execstack`],
  ['where to look for libraries', `${kCompile} ${kLink} -Wl,-rpath,/tmp`],
])('%s', (what, flags) => {
  const { status, said } = check(what, flags);
  expect(status).toBe(1);
  expect(said).toContain(what);
});
