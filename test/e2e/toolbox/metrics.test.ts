/** Metrics saved into a real table, through the very client that they are about, across an outage of its database. */
import { ResilientPrismaClient, type Metrics } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, makeClient } from '../../support/prisma';

jest.setTimeout(60_000);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('counts reach the table exactly once each, whatever happens to the database meanwhile', async () => {
  const cluster = await PostgresCluster.start();
  try {
    await createSchema(cluster);
    await cluster.query('CREATE TABLE metrics (hits int, misses int, timeouts int); ALTER TABLE metrics OWNER TO app');
    const resilient = new ResilientPrismaClient(() => makeClient(cluster.url()), {
      logging: { level: 'silent' },
      reconnect: { deadline: 400 },
    });
    const prisma = resilient.getClient();
    await resilient.ready();
    let failures = 0;
    const save = async (metrics: Metrics): Promise<void> => {
      const { cacheHits, cacheMisses, timeouts } = metrics;
      try {
        await prisma.$executeRaw`INSERT INTO metrics VALUES (${cacheHits}, ${cacheMisses}, ${timeouts})`;
      } catch (error) {
        failures += 1;
        throw error;
      }
    };
    resilient.startMetricsPersistence(save, 100);

    const read = () => resilient.read(() => 1, { cacheKey: 'k' });
    const work = async (calls: number): Promise<void> => {
      for (let i = 0; i < calls; ++i) {
        await read();
        await sleep(5);
      }
    };
    await work(60);
    await resilient.read(() => new Promise(() => undefined), { timeoutMs: 10, retries: 0 }).catch(() => undefined);
    await cluster.stop('fast');
    while (failures < 2) await work(10);
    await cluster.start();
    await resilient.reconnect();
    await work(60);
    const called = resilient.cache.stats().hits + resilient.cache.stats().misses;
    await resilient.shutdown(); // the last save

    const [row] = await cluster.query<{ calls: string; misses: string; timeouts: string; saves: string }>(
      'SELECT sum(hits + misses) AS calls, sum(misses) AS misses, sum(timeouts) AS timeouts, count(*) AS saves FROM metrics',
    );
    expect({ calls: Number(row.calls), misses: Number(row.misses), timeouts: Number(row.timeouts) }).toEqual({
      calls: called,
      misses: 1,
      timeouts: 1,
    });
    expect(Number(row.saves)).toBeGreaterThan(3);
  } finally {
    await cluster.dispose();
  }
});
