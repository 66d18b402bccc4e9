/** User code is never run twice behind the user's back: hooks, methods and callbacks count their runs in real failures. */
import { Socket } from 'node:net';
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { ResilientPrismaClient, type FactoryContext, type ResilientConfig } from '../../../lib';
import { conflicting, kChange, kWaitForOther } from './conflict';
import { type PostgresTheatre, openPostgresTheatre } from './postgres-theatre';
import type { AnyClient } from './scenario';
import { kQuiet } from './subject';

let theatre: PostgresTheatre;
let open: ResilientPrismaClient<AnyClient>[] = [];
let pools: Pool[] = [];
/** Of connections. */
let refusals = 0;

beforeAll(async () => {
  theatre = await openPostgresTheatre(7);
});
beforeEach(() => theatre.resetRows());
afterEach(async () => {
  await Promise.all(open.map((resilient) => resilient.shutdown()));
  await Promise.all(pools.map((pool) => pool.end()));
  open = [];
  pools = [];
});
afterAll(() => theatre.close());

interface Setting {
  readonly guarded: boolean;
  readonly config?: ResilientConfig;
  readonly extend?: (client: AnyClient) => AnyClient;
}

async function connected({ guarded, config, extend = (client) => client }: Setting): Promise<AnyClient> {
  const { PrismaClient } = theatre.module;
  const resilient = new ResilientPrismaClient<AnyClient>(
    (ctx: FactoryContext) => {
      const stream = (): Socket => new Socket().once('error', () => refusals++);
      const pool = new Pool({ connectionString: theatre.cluster.url(), stream }).on('error', () => {});
      pools.push(pool);
      const adapter = new PrismaPg(pool);
      return extend(new PrismaClient({ adapter: guarded ? ctx.guard(adapter) : adapter }));
    },
    { ...kQuiet, ...config },
  );
  open.push(resilient);
  await resilient.ready();
  return resilient.getClient();
}

/**
 * The server is stopped before `action` begins, and comes back once a connection was refused. The pools know by then
 * that the connections they had are gone: nothing is sent on those.
 */
async function whileStopped<T>(action: () => Promise<T>): Promise<PromiseSettledResult<T>> {
  await theatre.cluster.stop('immediate');
  await until(() => pools.every((pool) => pool.totalCount === 0));
  refusals = 0;
  const settled = settle(action());
  await until(() => refusals > 0);
  await theatre.cluster.start();
  return settled;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

async function settle<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [settled] = await Promise.allSettled([promise]);
  return settled!;
}

const users = async (): Promise<number> =>
  (await theatre.cluster.query<{ n: number }>('SELECT count(*)::int AS n FROM "User"'))[0]!.n;

const newUser = { data: { email: 'new@x.org' } };

describe.each([
  ['without the guard', false],
  ['with the guard', true],
])('hooks, %s', (_name, guarded) => {
  /** Hooks with a side effect of their own before the query. */
  function audited(runs: string[]) {
    return {
      query: {
        $allOperations({ operation, args, query }: AnyClient) {
          runs.push(operation);
          return query(args);
        },
      },
    };
  }

  test.each([
    ['of a client that was extended', false],
    ['of a client that the factory extends', true],
  ])('%s run once, whatever becomes of the operation', async (_what, byFactory) => {
    const runs: string[] = [];
    const extension = audited(runs);
    const extend = byFactory ? (client: AnyClient): AnyClient => client.$extends(extension) : undefined;
    const prisma = await connected({ guarded, extend });
    const client = byFactory ? prisma : prisma.$extends(extension);

    const settled = await whileStopped(() => client.user.create(newUser));
    expect(runs).toEqual(['create']);
    // Beneath the hooks the guard can send again what was not sent; nobody else may.
    expect(settled.status).toBe(guarded ? 'fulfilled' : 'rejected');
    expect(await users()).toBe(guarded ? 4 : 3);
  });

  test('that do not concern the operation do not keep it from being run again', async () => {
    const runs: string[] = [];
    const prisma = await connected({ guarded });
    const extended = prisma.$extends({ query: { tag: audited(runs).query } });
    const settled = await whileStopped(() => extended.user.create(newUser));
    expect([settled.status, runs, await users()]).toEqual(['fulfilled', [], 4]);
  });

  test('of members of an array transaction run once', async () => {
    const runs: string[] = [];
    const prisma = (await connected({ guarded })).$extends(audited(runs));
    const settled = await whileStopped(() => prisma.$transaction([prisma.user.create(newUser), prisma.user.count()]));
    expect(runs).toEqual(['create', 'count']);
    expect(settled.status).toBe(guarded ? 'fulfilled' : 'rejected');
    expect(await users()).toBe(guarded ? 4 : 3);
  });
});

describe('methods of extensions', () => {
  test('run once, while the operations in them are run again', async () => {
    const prisma = await connected({ guarded: false });
    let runs = 0;
    const extended = prisma.$extends({
      model: {
        user: {
          async register(this: AnyClient) {
            runs++;
            const created = await this.create(newUser);
            return [created.email, await this.count()];
          },
        },
      },
    });
    expect(await whileStopped(() => extended.user.register())).toEqual({
      status: 'fulfilled',
      value: ['new@x.org', 4],
    });
    expect(runs).toBe(1);
  });

  test('that answer with a bare PrismaPromise run once, and nothing of it is run again unasked', async () => {
    let runs = 0;
    const prisma = await connected({
      guarded: false,
      extend: (client) =>
        client.$extends({
          model: {
            user: {
              register() {
                runs++;
                return client.user.create(newUser);
              },
            },
          },
        }),
    });
    const settled = await whileStopped(() => prisma.user.register());
    expect([settled.status, runs, await users()]).toEqual(['rejected', 1, 3]);
  });
});

describe('callbacks of interactive transactions', () => {
  const policies = ['safe', 'conflict', 'always', 'never'] as const;
  const withPolicy = (retry: (typeof policies)[number]): Promise<AnyClient> =>
    connected({ guarded: false, config: { transactions: { retry } } });

  test.each(policies)('before their first call, with %s', async (retry) => {
    const prisma = await withPolicy(retry);
    const callback = jest.fn((tx: AnyClient) => tx.user.create(newUser));
    const settled = await whileStopped(() => prisma.$transaction(callback));
    const runsAgain = retry !== 'never';
    expect(settled.status).toBe(runsAgain ? 'fulfilled' : 'rejected');
    expect(callback).toHaveBeenCalledTimes(runsAgain ? 1 : 0);
    expect(await users()).toBe(runsAgain ? 4 : 3);
  });

  test.each(policies)('after a real serialization failure, with %s', async (retry) => {
    const prisma = await withPolicy(retry);
    const callback = jest.fn(async (tx: AnyClient) => {
      await tx.$queryRawUnsafe(kWaitForOther);
      await tx.user.create(newUser);
      await tx.$executeRawUnsafe(kChange);
    });
    const settled = await settle(
      conflicting(theatre.cluster, () => prisma.$transaction(callback, { isolationLevel: 'RepeatableRead' })),
    );
    const runsAgain = retry === 'conflict' || retry === 'always';
    expect(settled.status).toBe(runsAgain ? 'fulfilled' : 'rejected');
    expect(callback).toHaveBeenCalledTimes(runsAgain ? 2 : 1);
    expect(await users()).toBe(runsAgain ? 4 : 3);
  });

  test.each(policies)('after their connection was lost before COMMIT, with %s', async (retry) => {
    const prisma = await withPolicy(retry);
    const callback = jest.fn(async (tx: AnyClient) => {
      await tx.user.create(newUser);
      if (callback.mock.calls.length === 1) await theatre.cluster.terminateBackends(`state = 'idle in transaction'`);
      return tx.user.count();
    });
    const settled = await settle(prisma.$transaction(callback));
    const runsAgain = retry === 'always';
    expect(settled.status).toBe(runsAgain ? 'fulfilled' : 'rejected');
    expect(callback).toHaveBeenCalledTimes(runsAgain ? 2 : 1);
    expect(await users()).toBe(runsAgain ? 4 : 3);
  });

  test('that throw are never called again', async () => {
    const prisma = await withPolicy('always');
    const callback = jest.fn(async (tx: AnyClient) => {
      await tx.user.create(newUser);
      throw new Error('the caller changed its mind');
    });
    await expect(prisma.$transaction(callback)).rejects.toThrow('the caller changed its mind');
    expect(callback).toHaveBeenCalledTimes(1);
    expect(await users()).toBe(3);
  });
});
