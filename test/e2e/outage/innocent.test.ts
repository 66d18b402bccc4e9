/** What looks like an outage and is none. */
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { Application } from './application';

jest.setTimeout(60_000);

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('an event loop that stands still for 3 s trips nothing, and is told', async () => {
  const application = await Application.open(cluster.url());
  const { hung, failures, settlement } = await application.through(
    () => cluster,
    async () => block(3000),
  );
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  expect(settlement).toMatchObject({ acknowledged: settlement.attempts, doubled: [] });
  expect(application.told.events).toEqual([]);
  expect(application.resilient.getConnectionStats()).toMatchObject({ state: 'up', totalHardResets: 0, generation: 0 });
  const delays = application.told.log.map((line) => Number(/event-loop-stalled delayMs=(\d+)/.exec(line)?.[1] ?? 0));
  expect(Math.max(...delays)).toBeGreaterThan(2000);
  await application.close();
});

test('a client that is beyond repair is told from an outage: it is replaced, and nothing fails', async () => {
  const pools: Pool[] = [];
  const application = await Application.open(() => {
    const pool = new Pool({ connectionString: cluster.url() });
    pools.push(pool);
    return new PrismaPg(pool, { disposeExternalPool: true });
  });
  const { hung, failures, settlement } = await application.through(
    () => cluster,
    // From now on: "Cannot use a pool after calling end on the pool".
    () => pools[0].end(),
    { perSecond: 300 },
  );
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  expect(settlement.acknowledged).toBe(settlement.attempts);
  expect(application.told.events).toEqual(['hard-reset']);
  await application.close();
});

test('a client that has replaced another sees an outage as the first one did', async () => {
  const application = await Application.open(cluster.url());
  await application.resilient.hardReset();
  const { hung, failures, settlement } = await application.through(
    () => cluster,
    async () => {
      await cluster.stop('immediate');
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await cluster.start();
    },
  );
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  expect(settlement.failed).toMatchObject({ 'not-applied': 0, unstated: 0, applied: 0 });
  expect(application.told.events).toEqual(['hard-reset', 'disconnect', 'reconnect:success']);
  await application.close();
});

test('a lone report that runs for longer than suspectAfterMs is left alone', async () => {
  const application = await Application.open(cluster.url());
  await application.prisma.$queryRaw`SELECT pg_sleep(3)::text`;
  expect(application.told.events).toEqual([]);
  expect(application.resilient.getConnectionStats()).toMatchObject({ totalHardResets: 0, generation: 0 });
  await application.close();
});
