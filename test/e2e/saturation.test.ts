/** A pool or a server that is merely full is no fault: nothing is reset, nobody is parked, no connection is added. */
import { ResilientPrismaClient } from '../../lib';
import { PostgresCluster } from '../support/postgres';
import { createSchema, generatedClient, makeAdapter, makeClient } from '../support/prisma';

jest.setTimeout(90_000);

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

const kPool = { max: 5, connectionTimeoutMillis: 3000 };

test.each([
  ['without the guard', false],
  ['with the guard', true],
])(
  'pool of 5, reports of 2 s, 50 callers, %s: no reset, no recovery, no connection beyond the pool',
  async (_, guarded) => {
    const { PrismaClient } = generatedClient();
    const resilient = new ResilientPrismaClient(
      (ctx) =>
        guarded
          ? new PrismaClient({ adapter: ctx.guard(makeAdapter(cluster.url(), kPool)) })
          : makeClient(cluster.url(), { pool: kPool }),
      { logging: { level: 'silent' } },
    );
    const states: string[] = [];
    resilient.on('state', (to) => states.push(to));
    await resilient.ready();
    states.length = 0;
    const prisma = resilient.getClient();
    let most = 0;
    const watch = setInterval(() => {
      void cluster
        .connectionCount()
        .then((count) => (most = Math.max(most, count)))
        .catch(() => undefined);
    }, 100);
    const errors: string[] = [];
    const callers = Array.from({ length: 50 }, () =>
      prisma.$queryRaw`SELECT pg_sleep(2)::text`.then(
        () => undefined,
        (error: Error & { resilience: { errorClass: string } }) => errors.push(error.resilience.errorClass),
      ),
    );
    await Promise.all(callers);
    clearInterval(watch);

    expect(resilient.getConnectionStats()).toMatchObject({ totalHardResets: 0, totalReconnects: 0, generation: 0 });
    // Slow for long is looked into, but nothing follows from it.
    for (const state of states) expect(['suspect', 'recovering', 'up']).toContain(state);
    expect(errors.filter((errorClass) => errorClass !== 'saturated')).toEqual([]);
    // The pool, and at the most one connection that looks whether the database is well.
    expect(most).toBeLessThanOrEqual(kPool.max + 1);
    await resilient.shutdown();
  },
);
