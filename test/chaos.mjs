// `npm run test:chaos`: sets up what is missing, then runs test/chaos/run.ts.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { setup } from '../scripts/setup.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
setup();
const child = spawn(
  process.execPath,
  [
    '-r',
    join(root, 'test', 'support', 'typescript-hook.cjs'),
    join(root, 'test', 'chaos', 'run.ts'),
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
