/** Loggers, listeners, hooks and savers that misbehave harm no operation and do not end the process. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

test.each([
  'throw',
  'reject',
  'throw nothing',
  'throw the unspeakable',
  'reject with the unspeakable',
  'hang',
  'answer nonsense',
])("a user's functions that %s", (way) => {
  const hook = join(__dirname, '../../support/typescript-hook.cjs');
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['-r', hook, join(__dirname, 'rude-process.ts'), way],
    { encoding: 'utf8', timeout: 60_000 },
  );
  // Its generation's number is not told: looks in band have numbers as well, and how many there are is a matter of time.
  expect({ stdout, stderr, status }).toEqual({
    stdout: `${JSON.stringify({ read: ['ada'], write: 'P1017 unknown', status: 'healthy', resets: 1 })}\n`,
    stderr: '',
    status: 0,
  });
});
