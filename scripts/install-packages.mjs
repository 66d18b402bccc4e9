// `npm ci` in a folder of the tests that has a lock file of its own, where what is there is older than the lock file.
//
//   node scripts/install-packages.mjs test/bundlers test/support/pg-matrix
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { exclusively } from './exclusive.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** No script of a package runs: those download engines and binaries that nothing here uses. */
export function installPackages(folder) {
  return exclusively(folder, () => {
    const marker = join(folder, 'node_modules', '.package-lock.json');
    if (existsSync(marker) && statSync(join(folder, 'package-lock.json')).mtimeMs <= statSync(marker).mtimeMs) return;
    console.log(`${relative(root, folder)}: installing`);
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status, stdout, stderr, error } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`npm ${args.join(' ')} failed in ${folder}\n${error ?? ''}${stdout}\n${stderr}`);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of process.argv.slice(2)) await installPackages(resolve(folder));
}
