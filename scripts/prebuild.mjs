// Puts this platform's release binaries where the package looks first: prebuilds/<platform>-<arch>/.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'prebuilds', `${process.platform}-${process.arch}`);

execFileSync(process.execPath, [join(root, 'scripts', 'build-native.mjs'), '--preset', 'release'], {
  stdio: 'inherit',
});
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const binaries = readdirSync(join(root, 'build', 'release')).filter((name) => name.endsWith('.node'));
for (const name of binaries) {
  copyFileSync(join(root, 'build', 'release', name), join(target, name));
  spawnSync('strip', ['--strip-unneeded', join(target, name)]);
}
const check = join(root, 'scripts', 'check-glibc.mjs');
if (process.platform === 'linux' && existsSync(check)) {
  execFileSync(process.execPath, [check, ...binaries.map((name) => join(target, name))], { stdio: 'inherit' });
}
console.log(`prebuilds/${process.platform}-${process.arch}: ${binaries.join(', ')}`);
