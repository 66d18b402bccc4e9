/** Clients are replaced under load and under long work, by factories that behave and by factories that do not. */
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { FactoryError, ResilientPrismaClient, ShutdownError, type FactoryContext } from '../../lib';
import { PostgresCluster } from '../support/postgres';
import { createSchema, generatedClient, makeAdapter, makeClient } from '../support/prisma';

jest.setTimeout(180_000);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** By hand, RESILIENCE_LONG_SECONDS=60 runs the long work for a minute. */
const kLongSeconds = Number(process.env.RESILIENCE_LONG_SECONDS ?? 6);
const silent = { logging: { level: 'silent' as const } };

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

/** A client whose first generation is sound and whose later ones are made by `later`. */
function withFactory(later: (ctx: FactoryContext) => unknown) {
  const first = makeClient(cluster.url());
  const factory = (ctx: FactoryContext): typeof first => (ctx.generation === 0 ? first : (later(ctx) as typeof first));
  return { first, resilient: new ResilientPrismaClient(factory, { ...silent, warmup: { timeoutMs: 1000 } }) };
}

test.each([
  ['without the guard', false],
  ['with the guard', true],
])('a query and an interactive transaction, both long, run across refreshes to their end, %s', async (_, guarded) => {
  const { PrismaClient } = generatedClient();
  const resilient = new ResilientPrismaClient(
    (ctx) =>
      guarded ? new PrismaClient({ adapter: ctx.guard(makeAdapter(cluster.url())) }) : makeClient(cluster.url()),
    { ...silent, refresh: { intervalMs: 1000 } },
  );
  await resilient.ready();
  const prisma = resilient.getClient();
  let refreshes = 0;
  resilient.on('refresh', () => refreshes++);
  const steady = setInterval(() => void prisma.user.count().catch(() => undefined), 50);
  const query = prisma.$queryRaw<{ answer: string }[]>`SELECT pg_sleep(${kLongSeconds})::text AS answer`;
  const transaction = prisma.$transaction(
    async (tx) => {
      const before = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
      await tx.user.create({ data: { email: `refresh-${guarded}@example.org`, name: 'long' } });
      await sleep(kLongSeconds * 1000);
      const after = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
      return before[0].pid === after[0].pid;
    },
    { timeout: kLongSeconds * 1000 + 20_000 },
  );
  expect(await query).toHaveLength(1);
  expect(await transaction).toBe(true);
  clearInterval(steady);
  expect(refreshes).toBeGreaterThanOrEqual(3);
  expect(await prisma.user.count({ where: { email: `refresh-${guarded}@example.org` } })).toBe(1);
  await resilient.shutdown();
});

test('connections are back at their baseline after twenty resets', async () => {
  const resilient = new ResilientPrismaClient(() => makeClient(cluster.url()), silent);
  await resilient.ready();
  const prisma = resilient.getClient();
  const load = (): Promise<unknown> => Promise.all(Array.from({ length: 20 }, () => prisma.user.count()));
  await load();
  const baseline = await cluster.connectionCount();
  for (let i = 0; i < 20; ++i) {
    const running = load();
    await resilient.hardReset();
    await running;
  }
  await load();
  for (let i = 0; i < 100 && (await cluster.connectionCount()) > baseline; ++i) await sleep(50);
  expect(await cluster.connectionCount()).toBeLessThanOrEqual(baseline);
  await resilient.shutdown();
  for (let i = 0; i < 100 && (await cluster.connectionCount()) > 0; ++i) await sleep(50);
  expect(await cluster.connectionCount()).toBe(0);
});

describe('a factory that misbehaves leaves the old client serving', () => {
  const dead = (): unknown => makeClient('postgresql://nobody@127.0.0.1:1/none');
  test.each<[string, (ctx: FactoryContext) => unknown, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('no configuration');
      },
      /no configuration/,
    ],
    ['rejects', () => Promise.reject(new Error('no secrets')), /no secrets/],
    ['hangs', () => new Promise(() => undefined), /has not delivered a client within 1000 ms/],
    ['returns nothing', () => undefined, /returned undefined; expected a PrismaClient/],
    ['returns something else', () => ({ user: {} }), /without \$connect\(\)/],
    ['makes clients that reach nothing', dead, /Can't reach database server/],
  ])('%s', async (_, later, message) => {
    const { resilient } = withFactory(later);
    await resilient.ready();
    await expect(resilient.hardReset()).rejects.toThrow(message);
    expect(await resilient.getClient().user.count()).toEqual(expect.any(Number));
    expect(resilient.getConnectionStats()).toMatchObject({ generation: 0, totalHardResets: 0 });
    await resilient.shutdown();
  });

  test('returns the same client again', async () => {
    const { first, resilient } = withFactory(() => first);
    await resilient.ready();
    await expect(resilient.hardReset()).rejects.toThrow(FactoryError);
    expect(await resilient.getClient().user.count()).toEqual(expect.any(Number));
    await resilient.shutdown();
  });
});

test.each([
  ['an adapter, without the guard', false, false],
  ['an adapter, with the guard', true, false],
  ['a pool, without the guard', false, true],
  ['a pool, with the guard', true, true],
])('%s, that an earlier client uses is refused, and that client serves on', async (_, guarded, shares) => {
  const { PrismaClient } = generatedClient();
  const pool = new Pool({ connectionString: cluster.url() });
  const adapter = new PrismaPg(shares ? pool : { connectionString: cluster.url() });
  const resilient = new ResilientPrismaClient((ctx) => {
    const mine = shares ? new PrismaPg(pool) : adapter;
    return new PrismaClient({ adapter: guarded ? ctx.guard(mine) : mine });
  }, silent);
  await resilient.ready();
  const refused = /^@prisma\/adapter-pg: this adapter, or its pool, is already used by an earlier client/;
  await expect(resilient.hardReset()).rejects.toThrow(refused);
  await expect(resilient.hardReset()).rejects.toThrow(FactoryError);
  expect(await resilient.getClient().user.count()).toEqual(expect.any(Number));
  expect(resilient.getConnectionStats()).toMatchObject({ generation: 0, totalHardResets: 0 });
  await resilient.shutdown();
  await pool.end();
});

test('an asynchronous factory, and one that fails at first: operations wait for it', async () => {
  let calls = 0;
  const resilient = new ResilientPrismaClient(
    async () => {
      await sleep(50);
      if (++calls === 1) throw new Error('secrets are not there yet');
      return makeClient(cluster.url());
    },
    { ...silent, reconnect: { initialDelay: 100 } },
  );
  expect(resilient.isConnected()).toBe(false);
  expect(await resilient.getClient().user.count()).toEqual(expect.any(Number));
  expect(calls).toBe(2);
  await resilient.shutdown();
});

test('a factory whose first call throws: the constructor throws it', () => {
  expect(
    () =>
      new ResilientPrismaClient(() => {
        throw new Error('no adapter');
      }, silent),
  ).toThrow('no adapter');
});

test('a ready-made client reconnects, and says clearly that it cannot be reset', async () => {
  const resilient = new ResilientPrismaClient(makeClient(cluster.url()), silent);
  await resilient.ready();
  const prisma = resilient.getClient();
  await expect(resilient.hardReset()).rejects.toThrow(/needs a factory/);
  await cluster.restart('immediate');
  expect(await prisma.user.count()).toEqual(expect.any(Number));
  await resilient.shutdown();
  await expect(prisma.user.count()).rejects.toThrow(ShutdownError);
});

test('listeners, loggers and hooks that throw are harmless', async () => {
  const bad = (): never => {
    throw new Error('listener');
  };
  const resilient = new ResilientPrismaClient(() => makeClient(cluster.url()), {
    logging: { level: 'trace', logger: { debug: bad, info: bad, warn: bad, error: bad } },
    onError: bad,
    classifyError: bad,
    isIdempotent: bad,
  });
  for (const event of ['connect', 'state', 'hard-reset', 'retry', 'health'] as const) resilient.on(event, bad);
  await resilient.ready();
  const prisma = resilient.getClient();
  await prisma.user.create({ data: { email: 'twice@example.org', name: 'a' } });
  await expect(prisma.user.create({ data: { email: 'twice@example.org', name: 'a' } })).rejects.toMatchObject({
    code: 'P2002',
  });
  await resilient.hardReset();
  expect((await resilient.healthCheck()).status).toBe('healthy');
  expect(await prisma.user.count()).toBeGreaterThan(0);
  await resilient.shutdown();
});
