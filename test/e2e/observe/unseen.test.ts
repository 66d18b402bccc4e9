/** Nothing of ours is seen where the user looks at their own: no query event, no span, and no warning. */
import { ResilientPrismaClient } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../../support/prisma';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

interface Helper {
  runInChildSpan(span: string | { name: string }, run: (...args: unknown[]) => unknown): unknown;
}

/** As @prisma/instrumentation hooks in. */
function watchSpans(spans: string[]): () => void {
  const global = globalThis as { V7_PRISMA_INSTRUMENTATION?: { helper: Helper } };
  const nothing = {
    isEnabled: () => true,
    getTraceParent: () => '00-10-10-00',
    dispatchEngineSpans: () => undefined,
    getActiveContext: () => undefined,
  };
  const runInChildSpan: Helper['runInChildSpan'] = (span, run) => {
    spans.push(typeof span === 'string' ? span : span.name);
    return run();
  };
  global.V7_PRISMA_INSTRUMENTATION = { helper: { ...nothing, runInChildSpan } };
  return () => delete global.V7_PRISMA_INSTRUMENTATION;
}

test('with the guard: not when it is made, checked, reset, refreshed or down', async () => {
  const spans: string[] = [];
  const queries: string[] = [];
  const reasons: string[] = [];
  const unwatch = watchSpans(spans);
  const { PrismaClient } = generatedClient();
  const resilient = new ResilientPrismaClient(
    (ctx) => {
      reasons.push(ctx.reason);
      const adapter = ctx.guard(makeAdapter(cluster.url()));
      const client = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] });
      client.$on('query', ({ query }) => queries.push(query));
      return client;
    },
    {
      logging: { level: 'silent' },
      probe: { url: false },
      healthCheck: { intervalMs: 20 },
      refresh: { intervalMs: 50 },
    },
  );
  try {
    await resilient.ready();
    expect(await cluster.connectionCount("usename = 'app'")).toBe(1);
    await resilient.healthCheck();
    await resilient.hardReset();
    await resilient.reconnect();
    // The database goes, and is looked for in band.
    await cluster.stop('immediate');
    // On a connection whose end was not read yet, the operation itself would run twice.
    while (resilient.observe().pool?.open !== 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const waiting = resilient.getClient().user.count();
    const gone = new Promise((resolve) => resilient.once('reconnect', resolve));
    void waiting.catch(() => undefined);
    await gone;
    const seen = queries.length;
    await cluster.start();
    await waiting;
    expect(queries.slice(seen)).toEqual([expect.stringContaining('COUNT')]);
    expect(queries.filter((query) => /^SELECT 1$/.test(query))).toEqual([]);
    expect(queries).toHaveLength(1);
    expect(spans.filter((span) => span === 'prisma:client:operation' || span === 'operation')).toHaveLength(1);
    expect(reasons).not.toContain('consecutive-errors');
  } finally {
    unwatch();
    await resilient.shutdown();
  }
  expect(await cluster.settledConnections(0, "usename = 'app'")).toBe(0);
});

test("a user's own SELECT 1 is guarded as any statement", async () => {
  const { PrismaClient } = generatedClient();
  const resilient = new ResilientPrismaClient(
    (ctx) => new PrismaClient({ adapter: ctx.guard(makeAdapter(cluster.url())) }),
    { logging: { level: 'silent' }, probe: { url: cluster.url() } },
  );
  try {
    await resilient.ready();
    const client = resilient.getClient();
    await client.$queryRawUnsafe('SELECT 1');
    await cluster.stop('fast');
    // In a query hook, so that nothing but the guard may run it again.
    const hooked = client.$extends({ query: { $allOperations: ({ args, query }) => query(args) } });
    const waiting = hooked.$queryRawUnsafe('SELECT 1');
    await Promise.all([waiting, cluster.start()]);
    expect(await waiting).toEqual([{ '?column?': 1 }]);
  } finally {
    await resilient.shutdown();
  }
});
