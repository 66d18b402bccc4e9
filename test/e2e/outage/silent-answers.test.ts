/** Single answers that are lost while the database is well, beside slow queries that look the same. */
import { paced } from '../../support/pace';
import { PgBouncer } from '../../support/pgbouncer';
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { TcpProxy } from '../../support/tcp_proxy';
import { Application, sleep } from './application';

jest.setTimeout(300_000);

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());
let proxy: TcpProxy;
beforeEach(async () => {
  proxy = await TcpProxy.start({ target: cluster });
});
let others: NodeJS.Timeout | undefined;
afterEach(async () => {
  clearInterval(others);
  await proxy.dispose();
});

test('slow queries and transactions that think go on beside what has lost its answer', async () => {
  // The probe's own defaults, for a machine that may be busy.
  const suspectAfterMs = paced(2000);
  const application = await Application.open(proxy.via(cluster.url()), {
    probe: { suspectAfterMs, timeoutMs: paced(1000) },
  });
  const { prisma, resilient } = application;
  const retried: string[] = [];
  resilient.on('retry', ({ operation }) => retried.push(operation));
  // Until long after the lost ones are found out.
  const seconds = (10 * suspectAfterMs) / 1000;
  const slow = prisma
    .$queryRawUnsafe<{ one: number }[]>(`SELECT 1 AS one, pg_sleep(${seconds})::text`)
    .then((rows) => rows);
  const thinking = prisma
    .$transaction(
      async (tx) => {
        const before = await tx.ledgerEntry.count();
        await sleep(5000);
        return [before, await tx.ledgerEntry.count({ where: { token: { not: '' } } })];
      },
      { timeout: 60_000 },
    )
    .then((counts) => counts);
  others = setInterval(() => void prisma.user.count().catch(() => undefined), 100);
  await sleep(500);

  const before = await cluster.query<{ n: number }>('SELECT count(*)::int AS n FROM ledger');
  const readLost = proxy.cutAfter({ message: 'DataRow', sql: /silent read/, drop: true, then: 'swallow', times: 1 });
  const read = prisma.$queryRawUnsafe<{ two: number }[]>('SELECT 2 AS two /* silent read */').then((rows) => rows);
  const writeLost = proxy.cutAfter({
    message: 'CommandComplete',
    sql: /silent write/,
    drop: true,
    then: 'swallow',
    times: 1,
  });
  const write = prisma
    .$executeRawUnsafe("INSERT INTO ledger (token, kind) VALUES ('silent', 'raw') /* silent write */")
    .then(
      () => undefined,
      (error: { resilience?: { outcome: string } }) => error.resilience?.outcome,
    );
  const began = performance.now();
  expect(await read).toEqual([{ two: 2 }]);
  // On Prisma's own, it would wait for as long as the kernel does.
  expect(await write).toBe('unknown');
  expect(performance.now() - began).toBeLessThan(6 * suspectAfterMs);
  expect([readLost.hits, writeLost.hits]).toEqual([1, 1]);
  expect(await cluster.query('SELECT count(*)::int AS n FROM ledger')).toEqual([{ n: before[0].n + 1 }]);

  const [first, second] = await thinking;
  expect(second).toBeGreaterThanOrEqual(first);
  expect(await slow).toMatchObject([{ one: 1 }]);
  expect(retried).toEqual(['$queryRawUnsafe']);
  expect(application.told.events).toEqual([]);
  clearInterval(others);
  await application.close();
});

test('behind PgBouncer, whose processes are of its own naming, nothing that works is taken for lost', async () => {
  const bouncer = await PgBouncer.start({ target: cluster });
  const application = await Application.open(bouncer.url());
  const { prisma, resilient } = application;
  await Promise.all(Array.from({ length: 5 }, () => prisma.ledgerEntry.count()));
  const thinking = prisma
    .$transaction(
      async (tx) => {
        await tx.ledgerEntry.count();
        await sleep(5000);
        return tx.$queryRawUnsafe<{ one: number }[]>('SELECT 1 AS one, pg_sleep(4)::text');
      },
      { timeout: 60_000 },
    )
    .then((rows) => rows);
  expect(await prisma.$queryRawUnsafe('SELECT 1 AS one, pg_sleep(9)::text')).toMatchObject([{ one: 1 }]);
  expect(await thinking).toMatchObject([{ one: 1 }]);
  expect(resilient.getMetrics()).toMatchObject({ retries: 0, recentErrors: [] });
  expect(application.told.events).toEqual([]);
  await application.close();
  await bouncer.dispose();
});
