/** read(), write() and report() on a real server: its outages, its slow queries, its beginnings. */
import {
  BulkheadRejectedError,
  CircuitOpenError,
  DatabaseUnavailableError,
  ResilientPrismaClient,
  TimeoutError,
  type ResilientConfig,
} from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, emptyTables, makeClient } from '../../support/prisma';

jest.setTimeout(60_000);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
beforeEach(() => emptyTables(cluster));
afterAll(() => cluster.dispose());

function open(config: ResilientConfig = {}, pool = {}) {
  const resilient = new ResilientPrismaClient(() => makeClient(cluster.url(), { pool }), {
    logging: { level: 'silent' },
    ...config,
  });
  return { resilient, prisma: resilient.getClient() };
}

const countUsers = async (): Promise<number> =>
  Number((await cluster.query<{ n: string }>('SELECT count(*) AS n FROM "User"'))[0].n);

test('in an outage reads answer from stale entries, and a write waits for the database and is made once', async () => {
  const { resilient, prisma } = open();
  const options = { cacheKey: 'count', cacheTtl: 1, staleTtl: 60_000, timeoutMs: 300, retries: 0 };
  await prisma.user.count();
  expect(await resilient.read(() => prisma.user.count(), options)).toBe(0);
  await cluster.stop('immediate');
  try {
    await sleep(5);
    expect(await resilient.read(() => prisma.user.count(), options)).toBe(0);
    const write = resilient.write(() => prisma.user.create({ data: { email: 'parked' } }), {
      invalidateCache: 'count',
    });
    await sleep(500);
    expect(await resilient.read(() => prisma.user.count(), options)).toBe(0);
    await cluster.start();
    await write;
    expect(await resilient.read(() => prisma.user.count(), options)).toBe(1);
    expect(await countUsers()).toBe(1);
    expect(resilient.getMetrics().cacheHits).toBe(2);
  } finally {
    if (!cluster.isRunning) await cluster.start();
    await resilient.shutdown();
  }
});

test('a write whose time is up while it waits for the database is never made', async () => {
  const { resilient, prisma } = open();
  await resilient.ready();
  await cluster.stop('immediate');
  try {
    // The first one may still fail by itself; once that is known to be an outage, operations wait.
    void prisma.user.count().catch(() => undefined);
    while (resilient.getConnectionStats().state !== 'down') await sleep(20);
    const waiting = resilient.getConnectionStats().parked;
    const outcomes = await Promise.all(
      ['a', 'b', 'c'].map((email) =>
        resilient
          .write(() => prisma.user.create({ data: { email } }), { timeoutMs: 300 })
          .catch((error: unknown) => error),
      ),
    );
    for (const outcome of outcomes) expect(outcome).toBeInstanceOf(TimeoutError);
    expect(resilient.getConnectionStats().parked).toBe(waiting);
    await cluster.start();
    await resilient.reconnect();
    await prisma.user.create({ data: { email: 'later' } });
    expect(await countUsers()).toBe(1);
    expect(resilient.getMetrics().timeouts).toBe(3);
  } finally {
    if (!cluster.isRunning) await cluster.start();
    await resilient.shutdown();
  }
});

test('a circuit opens by a real outage, refuses writes at once, and closes by trial when the database is back', async () => {
  const { resilient, prisma } = open({
    reconnect: { deadline: 300 },
    circuitBreaker: { enabled: true, failureThreshold: 3, resetTimeout: 500, halfOpenSuccessThreshold: 1 },
  });
  const events: string[] = [];
  for (const event of ['circuit:open', 'circuit:half-open', 'circuit:close'] as const) {
    resilient.on(event, () => events.push(event));
  }
  await resilient.ready();
  // Failures that are the caller's own do not count, however many.
  await prisma.user.create({ data: { email: 'taken' } });
  for (let i = 0; i < 10; ++i) {
    await resilient.write(() => prisma.user.create({ data: { email: 'taken' } })).catch(() => undefined);
  }
  expect(resilient.circuitBreaker.getState()).toBe('CLOSED');
  await resilient.read(() => prisma.user.count(), { cacheKey: 'n', cacheTtl: 1, staleTtl: 60_000 });

  await cluster.stop('immediate');
  try {
    const failures: unknown[] = [];
    while (resilient.circuitBreaker.getState() === 'CLOSED' && failures.length < 10) {
      await resilient.report(() => prisma.user.count()).catch((error: unknown) => failures.push(error));
    }
    expect(failures).toHaveLength(3);
    expect(failures.at(-1)).toBeInstanceOf(DatabaseUnavailableError);
    const refused: unknown = await resilient.write(() => prisma.user.count()).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CircuitOpenError);
    expect(await resilient.read(() => prisma.user.count(), { cacheKey: 'n' })).toBe(1);

    await cluster.start();
    await resilient.reconnect();
    while (resilient.circuitBreaker.getState() === 'OPEN') await sleep(20);
    expect(await resilient.report(() => prisma.user.count())).toBe(1);
    expect(events.slice(-1)).toEqual(['circuit:close']);
    expect(events.slice(0, 2)).toEqual(['circuit:open', 'circuit:half-open']);
    expect(resilient.getMetrics().circuitBreaks).toBeGreaterThan(0);
  } finally {
    if (!cluster.isRunning) await cluster.start();
    await resilient.shutdown();
  }
});

test('slow reports neither starve reads nor take more connections than their places', async () => {
  const pool = { max: 5, connectionTimeoutMillis: 10_000 };
  const { resilient, prisma } = open({ bulkheads: { reporting: { maxConcurrent: 3, maxWaiting: 4 } } }, pool);
  await resilient.ready();
  const reports = Array.from({ length: 10 }, () =>
    resilient
      .report(() => prisma.$queryRaw`SELECT pg_sleep(3)::text`)
      .then(
        () => 'done',
        (error: unknown) => error,
      ),
  );
  const running = (): Promise<number> =>
    cluster.connectionCount("query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()");
  while ((await running()) < 3) await sleep(20);
  expect(await running()).toBe(3);
  expect(resilient.bulkheads.reporting.getMetrics()).toEqual({ executing: 3, waiting: 4 });
  // Behind the reports in the pool, a read would wait for one of them to end.
  for (let i = 0; i < 20; ++i) await resilient.read(() => prisma.user.count());
  expect(resilient.bulkheads.reporting.getMetrics()).toEqual({ executing: 3, waiting: 4 });
  const outcomes = await Promise.all(reports);
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(7);
  expect(outcomes.filter((outcome) => outcome instanceof BulkheadRejectedError)).toHaveLength(3);
  expect(resilient.getMetrics().bulkheadRejections).toBe(3);
  await resilient.shutdown();
});

test('each try of a read has its own limit on a frozen server, and the read succeeds after it', async () => {
  const { resilient, prisma } = open({ reconnect: { initialDelay: 200, jitter: 'none' } });
  await resilient.ready();
  await cluster.freeze();
  const read = resilient.read(() => prisma.user.count(), { timeoutMs: 400, retries: 20 });
  await sleep(1000);
  cluster.thaw();
  expect(await read).toBe(0);
  expect(resilient.getMetrics()).toMatchObject({ timeouts: expect.any(Number) });
  expect(resilient.getMetrics().timeouts).toBeGreaterThanOrEqual(2);
  await resilient.shutdown();
});

test('shutdown() lets calls finish that it had accepted, with several operations each, and refuses others at once', async () => {
  const { resilient, prisma } = open();
  await resilient.ready();
  const call = resilient.write(async () => {
    for (let i = 0; i < 5; ++i) {
      await prisma.user.create({ data: { email: `step ${i}` } });
      await sleep(50);
    }
    return 'finished';
  });
  await sleep(75);
  const down = resilient.shutdown({ drainMs: 5000 });
  await expect(prisma.user.count()).rejects.toMatchObject({ code: 'ERR_RESILIENCE_SHUTDOWN' });
  await expect(resilient.read(() => prisma.user.count())).rejects.toMatchObject({ code: 'ERR_RESILIENCE_SHUTDOWN' });
  await expect(call).resolves.toBe('finished');
  await down;
  expect(await countUsers()).toBe(5);
});

test('the operations of a starting process wait for a verified connection, and no longer', async () => {
  await cluster.stop('fast');
  const { resilient, prisma } = open();
  const began = performance.now();
  const first = prisma.user.count();
  const answer = Promise.resolve(first).then((count) => ({ count, afterMs: performance.now() - began }));
  await sleep(700);
  expect(resilient.getConnectionStats().warmupMs).toBeUndefined();
  await cluster.start();
  const startedMs = performance.now() - began;
  const { count, afterMs } = await answer;
  expect(count).toBe(0);
  expect(resilient.getConnectionStats().warmupMs).toBeGreaterThan(600);
  expect(afterMs - startedMs).toBeLessThan(2000);
  await resilient.shutdown();
});
