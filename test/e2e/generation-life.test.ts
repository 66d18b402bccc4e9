/** What becomes of those who are in flight on a client that is replaced or shut down, and of what arrives late. */
import { ResilientPrismaClient, type FactoryContext, type ResilientConfig } from '../../lib';
import { PostgresCluster } from '../support/postgres';
import { createSchema, generatedClient, makeAdapter, makeClient } from '../support/prisma';

jest.setTimeout(90_000);

type Client = ReturnType<typeof makeClient>;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const silent = { logging: { level: 'silent' as const } };

let cluster: PostgresCluster;
let resilient: ResilientPrismaClient<Client>;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterEach(() => resilient?.shutdown({ drainMs: 0 }));
afterAll(() => cluster.dispose());

function open(guarded: boolean, config: ResilientConfig = {}, before?: (ctx: FactoryContext) => Promise<void>): Client {
  const make = (ctx: FactoryContext): Client => {
    const { PrismaClient } = generatedClient();
    return guarded
      ? new PrismaClient({ adapter: ctx.guard(makeAdapter(cluster.url())) })
      : makeClient(cluster.url(), { pool: { max: 5 } });
  };
  const factory = before
    ? (ctx: FactoryContext) => (ctx.generation === 0 ? make(ctx) : before(ctx).then(() => make(ctx)))
    : make;
  resilient = new ResilientPrismaClient<Client>(factory as never, { ...silent, ...config });
  return resilient.getClient();
}

interface Seen {
  readonly at: number;
  readonly error?: Error & { resilience?: { reason: string; outcome: string } };
}
/** Runs it; when it settles, and with what error. */
function watched(operation: PromiseLike<unknown>): Promise<Seen> {
  return Promise.resolve(
    operation.then(
      () => ({ at: performance.now() }),
      (error: Seen['error']) => ({ at: performance.now(), error }),
    ),
  );
}
const nap = (prisma: Client, seconds: number) => prisma.$queryRaw`SELECT pg_sleep(${seconds})::text AS nap`;

/** A write, so that it is not run again where its outcome is unknown. */
const longWrite = (prisma: Client) => prisma.$executeRaw`INSERT INTO "Tag"(name) SELECT 'nap' || pg_sleep(600)::text`;

const bothWays = [
  ['without the guard', false],
  ['with the guard', true],
] as const;

test('what hangs on a client that was reset ends, also where the database is suspected as its drain is over', async () => {
  const prisma = open(false, { probe: { suspectAfterMs: 100 } });
  await resilient.ready();
  const hanging = watched(longWrite(prisma));
  await sleep(50);
  await resilient.hardReset({ drainMs: 1000 });
  const states: string[] = [];
  resilient.on('state', (to) => states.push(to));
  await sleep(700);
  await cluster.freeze();
  const caught = watched(prisma.user.count());
  await sleep(800);
  cluster.thaw();
  const { error } = await hanging;
  expect(states).toContain('suspect');
  expect(error?.message).toMatch(/client that this operation ran on was replaced/);
  expect(error?.resilience?.outcome).toBe('unknown');
  expect((await caught).error).toBeUndefined();
});

test.each(bothWays)('shutdown() ends an operation that hangs, %s', async (_, guarded) => {
  const prisma = open(guarded);
  await resilient.ready();
  const hanging = watched(nap(prisma, 600));
  const idleTransaction = watched(
    prisma.$transaction(
      async (tx) => {
        await tx.user.count();
        await new Promise(() => undefined);
      },
      { timeout: 600_000 },
    ),
  );
  await sleep(200);
  const began = performance.now();
  await resilient.shutdown({ drainMs: 200 });
  const [query, transaction] = await Promise.all([hanging, idleTransaction]);
  expect(query.error?.resilience?.reason).toBe('shutdown');
  expect(transaction.error?.resilience?.reason).toBe('shutdown');
  expect(query.at - began).toBeGreaterThanOrEqual(199);
});

test.each(bothWays)('shutdown() in the drain of a reset resolves when the work has ended, %s', async (_, guarded) => {
  const prisma = open(guarded);
  await resilient.ready();
  const work = watched(nap(prisma, 2));
  await sleep(100);
  await resilient.hardReset();
  const down = watched(resilient.shutdown({ drainMs: 60_000 }));
  const ended = await work;
  expect(ended.error).toBeUndefined();
  // Of a drain of five seconds, and one of a minute, three are still left.
  expect((await down).at - ended.at).toBeLessThan(2500);
});

test('a reset by hand during a refresh waits its turn, and makes a client', async () => {
  const reasons: string[] = [];
  let refreshing: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (refreshing = resolve));
  const prisma = open(false, { refresh: { intervalMs: 200 } }, async ({ reason }) => {
    reasons.push(reason);
    if (reason === 'refresh') refreshing();
    await sleep(300);
  });
  const told: string[] = [];
  resilient.on('refresh', ({ reason }) => told.push(reason));
  resilient.on('hard-reset', ({ reason }) => told.push(reason));
  await resilient.ready();
  const steady = setInterval(() => void prisma.user.count().catch(() => undefined), 20);
  await begun;
  await resilient.hardReset();
  clearInterval(steady);
  expect(reasons.slice(0, 2)).toEqual(['refresh', 'manual']);
  expect(told.slice(0, 2)).toEqual(['refresh', 'manual']);
  expect(resilient.getConnectionStats().totalHardResets).toBe(1);
});

test('an adapter that connects after its swap has timed out is disposed of', async () => {
  const { PrismaClient } = generatedClient();
  let connects = 0;
  let late: { dispose(): Promise<void> } | undefined;
  let disposed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (disposed = resolve));
  resilient = new ResilientPrismaClient<Client>(
    (ctx) => {
      const adapter = makeAdapter(cluster.url());
      const connect = adapter.connect.bind(adapter);
      adapter.connect = async () => {
        const nth = ++connects;
        if (nth === 2) await sleep(6000);
        const made = await connect();
        if (nth === 2) {
          const dispose = made.dispose.bind(made);
          made.dispose = () => dispose().finally(disposed);
          late = made;
        }
        return made;
      };
      return new PrismaClient({ adapter: ctx.guard(adapter) }) as Client;
    },
    { ...silent, refresh: { intervalMs: 200 }, warmup: { timeoutMs: 500 } },
  );
  const prisma = resilient.getClient();
  const steady = setInterval(() => void prisma.user.count().catch(() => undefined), 20);
  await gone;
  clearInterval(steady);
  expect(late).toBeDefined();
  expect(await prisma.user.count()).toEqual(expect.any(Number));
});

describe('an automatic reset does not cut work that goes on', () => {
  // Eight seconds are longer than any drain.
  const kLong = 8000;
  function longWork(prisma: Client) {
    const query = watched(nap(prisma, kLong / 1000));
    const transaction = prisma.$transaction(
      async (tx) => {
        await tx.user.count();
        await sleep(kLong);
        return tx.user.count();
      },
      { timeout: 20_000 },
    );
    return Promise.all([query, watched(transaction)]);
  }
  /** Both have their connections: one that is still being made belongs to no work yet. */
  async function untilItGoesOn(): Promise<void> {
    const busy = `SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE usename = 'app' AND (query LIKE '%pg_sleep%' OR state = 'idle in transaction')`;
    while ((await cluster.query<{ n: number }>(busy))[0].n < 2) await sleep(20);
  }
  const nextReset = () =>
    new Promise<string>((resolve) => resilient.once('hard-reset', ({ reason }) => resolve(reason)));

  test('without the guard, where new connections fail', async () => {
    const failing = /division by zero/;
    const prisma = open(false, {
      classifyError: (error, suggestion) => (failing.test(String(error)) ? 'not-sent' : suggestion),
    });
    await resilient.ready();
    const work = longWork(prisma);
    await untilItGoesOn();
    const reset = nextReset();
    let reason: string | undefined;
    void reset.then((told) => (reason = told));
    // What blames the client is a row of failures that the probe's answers do not explain.
    while (reason === undefined) await watched(prisma.$queryRaw`SELECT 1/0`);
    expect(['engine-fault', 'final-attempt', 'consecutive-errors']).toContain(reason);
    for (const { error } of await work) expect(error).toBeUndefined();
  });

  test('with the guard, where the pool was closed beneath the client', async () => {
    const { PrismaClient } = generatedClient();
    const pools: { end(): Promise<void> }[] = [];
    resilient = new ResilientPrismaClient<Client>((ctx) => {
      const adapter = makeAdapter(cluster.url());
      const connect = adapter.connect.bind(adapter);
      adapter.connect = async () => {
        const made = await connect();
        pools.push((made as unknown as { underlyingDriver(): (typeof pools)[number] }).underlyingDriver());
        return made;
      };
      return new PrismaClient({ adapter: ctx.guard(adapter) }) as Client;
    }, silent);
    const prisma = resilient.getClient();
    await resilient.ready();
    const work = longWork(prisma);
    await untilItGoesOn();
    const reset = nextReset();
    void pools[0].end();
    expect((await watched(prisma.user.count())).error).toBeUndefined();
    expect(await reset).toBe('engine-fault');
    for (const { error } of await work) expect(error).toBeUndefined();
  });
});

test('a reset by hand ends after five seconds what only hangs, and leaves what the server works on', async () => {
  const prisma = open(true);
  await resilient.ready();
  const working = watched(nap(prisma, 8));
  await sleep(100);
  await resilient.hardReset();
  expect((await working).error).toBeUndefined();
});

test('a reset by hand with a drain time cuts everything', async () => {
  const prisma = open(true);
  await resilient.ready();
  const working = watched(longWrite(prisma));
  await sleep(100);
  await resilient.hardReset({ drainMs: 300 });
  expect((await working).error).toBeDefined();
  await expect(resilient.hardReset({ drainMs: -1 })).rejects.toThrow(/hardReset: drainMs: expected milliseconds/);
});

test('a factory that takes four seconds is not taken for a silent database', async () => {
  const making: Promise<void>[] = [];
  const prisma = open(
    false,
    {
      probe: { mode: 'off' },
      reconnect: { initialDelay: 10 },
      classifyError: (error, suggestion) => (/division by zero/.test(String(error)) ? 'not-sent' : suggestion),
    },
    () => {
      const made = sleep(4000);
      making.push(made);
      return made;
    },
  );
  await resilient.ready();
  let disconnects = 0;
  resilient.on('disconnect', () => disconnects++);
  let parked = 0;
  const until = performance.now() + 4500;
  const failed = watched(prisma.$queryRaw`SELECT 1/0`);
  while (performance.now() < until) {
    await prisma.user.count();
    parked = Math.max(parked, resilient.getConnectionStats().parked);
  }
  await failed;
  expect(disconnects).toBe(0);
  expect(parked).toBeLessThanOrEqual(1);
  await Promise.all(making);
});
