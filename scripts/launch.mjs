// Sets up what is missing, then runs one of our TypeScript programs with the arguments of this process, as this process.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { setup } from './setup.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** `program`: its path in this repository. `jobs`: as setup() takes them. */
export function launch(program, { jobs } = {}) {
  setup({ jobs });
  const hook = join(root, 'test', 'support', 'typescript-hook.cjs');
  const child = spawn(process.execPath, ['-r', hook, join(root, program), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
