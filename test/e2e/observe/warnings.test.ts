/** What is told of slow operations and of connections that are held for too long, on a real server. */
import { setTimeout as sleep } from 'node:timers/promises';

import { Pool } from 'pg';

import {
  type FactoryContext,
  type HeldConnectionInfo,
  type ResilientConfig,
  ResilientPrismaClient,
  type SlowOperationInfo,
} from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, emptyTables, generatedClient, makeAdapter, makeClient } from '../../support/prisma';

jest.setTimeout(60_000);

type Client = ReturnType<typeof makeClient>;
type Factory = (ctx: FactoryContext) => Client;

const kThresholdMs = 300;
const kHeldMs = 200;

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster?.dispose());
afterEach(() => emptyTables(cluster));

function linesOf(): { lines: string[]; logger: NonNullable<ResilientConfig['logging']>['logger'] } {
  const lines: string[] = [];
  const keep = (line: unknown): void => void lines.push(String(line));
  return { lines, logger: { debug: keep, info: keep, warn: keep, error: keep } };
}

const guarded =
  (max: number): Factory =>
  (ctx) =>
    new (generatedClient().PrismaClient)({ adapter: ctx.guard(makeAdapter(cluster.url(), { max })) }) as Client;

describe('slow operations', () => {
  async function slowOnes(
    factory: Factory,
    act: (prisma: Client) => Promise<unknown>,
    slowOperationMs = kThresholdMs,
  ): Promise<{ told: SlowOperationInfo[]; lines: string[] }> {
    const { lines, logger } = linesOf();
    const resilient = new ResilientPrismaClient(factory, {
      warnings: { slowOperationMs },
      logging: { level: 'warn', logger },
    });
    const told: SlowOperationInfo[] = [];
    try {
      // The first operation of a process loads much of Prisma.
      await resilient.getClient().post.count();
      resilient.on('operation:slow', (info) => told.push(info));
      await act(resilient.getClient());
      return { told, lines: lines.filter((line) => line.includes('operation:slow') && !line.includes('Post')) };
    } finally {
      await resilient.shutdown();
    }
  }

  function addUp({ databaseMs, durationMs, poolMs, processMs, wireMs }: SlowOperationInfo): void {
    expect(databaseMs + poolMs + wireMs + processMs).toBeCloseTo(durationMs, 3);
  }

  test('a statement that the server takes its time for', async () => {
    const { told, lines } = await slowOnes(guarded(2), (prisma) => prisma.$queryRaw`SELECT 1 FROM pg_sleep(1)`);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ operation: '$queryRaw', ok: true, mostly: 'wire' });
    expect(told[0].wireMs).toBeGreaterThanOrEqual(1000);
    addUp(told[0]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/operation=\$queryRaw durationMs=\d+ .* mostly=wire: /);
  });

  test('a pool whose only connection is taken', async () => {
    const { told } = await slowOnes(guarded(1), (prisma) =>
      Promise.all([prisma.$queryRaw`SELECT 1 FROM pg_sleep(1)`, prisma.user.count()]),
    );
    const waiting = told.find(({ operation }) => operation === 'count')!;
    expect(waiting).toMatchObject({ model: 'User', mostly: 'pool' });
    addUp(waiting);
  });

  test('code inside of a transaction', async () => {
    const { told } = await slowOnes(guarded(2), (prisma) =>
      prisma.$transaction(async (tx) => {
        await tx.user.count();
        await sleep(1000);
      }),
    );
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ operation: '$transaction', mostly: 'process' });
    expect(told[0].processMs).toBeGreaterThanOrEqual(990);
    addUp(told[0]);
  });

  test('a database that is away, with the guard and without', async () => {
    for (const factory of [guarded(2), () => makeClient(cluster.url())]) {
      const { told } = await slowOnes(factory, async (prisma) => {
        await prisma.user.count();
        await cluster.stop('fast');
        const waiting = prisma.user.count().then(); // it begins now
        await sleep(1000);
        await cluster.start();
        await waiting;
      });
      const waited = told.at(-1)!;
      expect(waited).toMatchObject({ operation: 'count', ok: true, mostly: 'database' });
      addUp(waited);
    }
  });

  test('one that fails is told as such, and without the guard nobody is blamed for what was not seen', async () => {
    const { told } = await slowOnes(
      () => makeClient(cluster.url()),
      (prisma) => prisma.$queryRaw`SELECT 1 / (pg_sleep(1) IS NULL)::int`.catch(() => undefined),
    );
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ operation: '$queryRaw', ok: false, mostly: 'unseen', poolMs: 0, wireMs: 0 });
  });

  test('one line a minute about one name, an event for each', async () => {
    const { told, lines } = await slowOnes(
      guarded(2),
      async (prisma) => {
        for (let i = 0; i < 3; ++i) await prisma.$queryRaw`SELECT 1 FROM pg_sleep(0.05)`;
      },
      20,
    );
    expect(told).toHaveLength(3);
    expect(lines).toHaveLength(1);
  });

  test('nothing is told where nobody asked for it', async () => {
    const { told, lines } = await slowOnes(guarded(2), (prisma) => prisma.$queryRaw`SELECT 1 FROM pg_sleep(1)`, 0);
    expect([...told, ...lines]).toEqual([]);
  });
});

describe('held connections', () => {
  async function heldOnes(
    factory: Factory,
    act: (prisma: Client, told: () => Promise<unknown>) => Promise<unknown>,
  ): Promise<{ told: HeldConnectionInfo[]; lines: string[] }> {
    const { lines, logger } = linesOf();
    const resilient = new ResilientPrismaClient(factory, {
      warnings: { heldConnectionMs: kHeldMs },
      logging: { level: 'warn', logger },
    });
    const told: HeldConnectionInfo[] = [];
    resilient.on('connection:held', (info) => told.push(info));
    try {
      await resilient.ready();
      await act(resilient.getClient(), () => new Promise((resolve) => resilient.once('connection:held', resolve)));
      return { told, lines: lines.filter((line) => line.includes('connection:held')) };
    } finally {
      await resilient.shutdown();
    }
  }

  test('a transaction that stays open: the line of its caller, and how long its connection idles', async () => {
    const { told, lines } = await heldOnes(guarded(2), (prisma, held) =>
      prisma.$transaction(
        async function forgetful(tx) {
          await tx.user.count();
          await held();
        },
        { timeout: 60_000 },
      ),
    );
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ kind: 'transaction', caller: expect.stringContaining('warnings.test.ts:') });
    expect(told[0].heldMs).toBeGreaterThanOrEqual(kHeldMs);
    expect(told[0].idleMs).toBeGreaterThan(0);
    expect(told[0].idleMs).toBeLessThanOrEqual(told[0].heldMs);
    expect(told[0].stack).toContain('warnings.test.ts:');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/connection:held kind=transaction heldMs=\d+ idleMs=\d+: .*warnings\.test\.ts:\d+:\d+/);
  });

  test('the same without the guard, where nothing is known of its connection', async () => {
    const { told } = await heldOnes(
      () => makeClient(cluster.url()),
      (prisma, held) => prisma.$transaction(() => held(), { timeout: 60_000 }),
    );
    expect(told).toEqual([expect.objectContaining({ kind: 'transaction', idleMs: undefined })]);
  });

  test('a connection of the pool that the application has taken and forgotten; one that works is left alone', async () => {
    const pools: Pool[] = [];
    const onPool: Factory = (ctx) => {
      const pool = new Pool({ connectionString: cluster.url(), max: 4 });
      pools.push(pool);
      const { PrismaPg } = jest.requireActual<typeof import('@prisma/adapter-pg')>('@prisma/adapter-pg');
      return new (generatedClient().PrismaClient)({ adapter: ctx.guard(new PrismaPg(pool)) }) as Client;
    };
    const { told } = await heldOnes(onPool, async (_prisma, held) => {
      const busy = pools[0].query('SELECT pg_sleep(1)');
      const forgotten = await pools[0].connect();
      await held();
      await busy;
      forgotten.release();
    });
    await Promise.all(pools.map((pool) => pool.end()));
    expect(told).toEqual([
      expect.objectContaining({ kind: 'connection', caller: expect.stringContaining('warnings.test.ts:') }),
    ]);
  });

  test('what ends in time is not told of', async () => {
    const { told, lines } = await heldOnes(guarded(2), async (prisma) => {
      for (let i = 0; i < 10; ++i) await prisma.$transaction((tx) => tx.user.count());
      await sleep(3 * kHeldMs);
    });
    expect([...told, ...lines]).toEqual([]);
  });
});
