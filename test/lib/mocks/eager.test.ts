/** Stubs whose promises run already when they are returned. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

jest.setTimeout(60_000);

test('a rejection that comes before the operation begins is told to its caller alone', () => {
  const hook = join(__dirname, '../../support/typescript-hook.cjs');
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-r', hook, join(__dirname, 'eager-process.ts')], {
    encoding: 'utf8',
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: 'told: refused\n', stderr: '', status: 0 });
});
