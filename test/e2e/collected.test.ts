/** A client that nobody uses any more is collected, also without shutdown(): hot reloads and tests forget it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PostgresCluster } from '../support/postgres';
import { createSchema } from '../support/prisma';

jest.setTimeout(90_000);

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

test.each([
  ['without the guard', false, 'off'],
  ['without the guard, with a probe', false, 'on-demand'],
  ['with the guard', true, 'off'],
  ['with the guard and a probe', true, 'on-demand'],
  ['with a standing probe', true, 'sentinel'],
])('%s', (_, guarded, mode) => {
  const hook = join(__dirname, '../support/typescript-hook.cjs');
  const wish = JSON.stringify({ url: cluster.url(), guarded, mode });
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '-r', hook, join(__dirname, 'collected-process.ts'), wish],
    { encoding: 'utf8', timeout: 80_000 },
  );
  expect(`${stdout}${stderr}`).toBe('40 of 40\n');
});
