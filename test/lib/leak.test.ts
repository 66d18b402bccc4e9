/** What a process that has lived for long still holds: what it held when it had lived for a fifth of that. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

jest.setTimeout(120_000);

interface Census {
  readonly heapMiB: number;
  readonly rssMiB: number;
  readonly threads: number;
  readonly descriptors: number;
}

test('200,000 operations, 200 resets, 1000 extensions, 50 outages and 50 clients leave nothing behind', () => {
  const hook = join(__dirname, '../support/typescript-hook.cjs');
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--expose-gc', '-r', hook, join(__dirname, 'leak-process.ts')],
    { encoding: 'utf8', timeout: 100_000 },
  );
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  const { before, after, ...stats } = JSON.parse(stdout) as { before: Census; after: Census };
  expect(stats).toMatchObject({ parked: 0, inFlight: 0, totalHardResets: 240, totalReconnects: 60 });
  // One kept closure for each operation would be tens of MiB.
  expect(after.heapMiB - before.heapMiB).toBeLessThan(4);
  expect(after.rssMiB - before.rssMiB).toBeLessThan(64);
  expect(after.threads).toBeLessThanOrEqual(before.threads);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
});
