/** The options form, which answers like a client, and the extension of a client that is somebody else's. */
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { ConfigError, FactoryError, ResilientPrismaClient, resilientExtension } from '../../../lib';
import { conflicting, kChange, kWaitForOther } from './conflict';
import { type Recording, play } from './harness';
import { type PostgresTheatre, openPostgresTheatre } from './postgres-theatre';
import type { AnyClient } from './scenario';
import { arrayTransactions } from './scenarios/array-transactions';
import { modelOperations } from './scenarios/model-operations';
import { queryExtensions } from './scenarios/query-extensions';
import { bare, kQuiet, type Subject } from './subject';

let theatre: PostgresTheatre;
const open: { shutdown(): Promise<void> }[] = [];

beforeAll(async () => {
  theatre = await openPostgresTheatre(7);
});
beforeEach(() => theatre.resetRows());
afterEach(() => Promise.all(open.splice(0).map((resilient) => resilient.shutdown())));
afterAll(() => theatre.close());

function byOptions(options: object = {}): AnyClient {
  const given = { client: theatre.module.PrismaClient, adapter: theatre.newAdapter(), resilient: kQuiet, ...options };
  const prisma = new ResilientPrismaClient(given as never) as AnyClient;
  open.push(prisma.$resilience);
  return prisma;
}

function byExtension(client: AnyClient = theatre.makeClient({})): AnyClient {
  const prisma = client.$extends(resilientExtension(kQuiet));
  open.push(prisma.$resilience);
  return prisma;
}

describe('the options form', () => {
  test('is a client', async () => {
    const prisma = byOptions();
    expect(await prisma.user.count()).toBe(3);
    expect(await prisma.$transaction([prisma.user.count(), prisma.tag.count()])).toEqual([3, 2]);
    expect(String(prisma)).toBe('[object PrismaClient]');
    expect(prisma.user.$parent).toBe(prisma);
    expect(prisma.nobody).toBeUndefined();
    expect(await prisma).toBe(prisma);
    expect(Object.keys(prisma)).not.toContain('getClient');
  });

  test('has this API where no model has the same name', async () => {
    const prisma = byOptions();
    expect(prisma).toBeInstanceOf(ResilientPrismaClient);
    expect(prisma.getClient()).toBe(prisma);
    expect(prisma.$resilience).toBeInstanceOf(ResilientPrismaClient);
    await prisma.ready();
    expect(prisma.isConnected()).toBe(true);
    expect('isConnected' in prisma).toBe(true);
    expect('$resilience' in prisma).toBe(true);
    const { getConnectionStats } = prisma;
    expect(getConnectionStats().isConnected).toBe(true);
  });

  test('leaves models their names: Report, Read, On, Shutdown, Then, Cache', async () => {
    const prisma = byOptions();
    expect(await prisma.report.findMany()).toEqual([{ id: 1, on: 'us' }]);
    expect(
      await Promise.all([prisma.read, prisma.on, prisma.shutdown, prisma.cache].map((model) => model.count())),
    ).toEqual([0, 0, 0, 0]);
    expect(await prisma.then.create()).toEqual({ id: 1 });
    expect(await prisma.dollar.create()).toEqual({ id: 1, extending: '$extends' });
    expect(await prisma.$resilience.read(() => prisma.user.count())).toBe(3);
    expect(typeof prisma.$resilience.on).toBe('function');
    expect(typeof prisma.$resilience.shutdown).toBe('function');
  });

  test('makes a new client with the same options at each reset', async () => {
    const prisma = byOptions({ omit: { user: { email: true } } });
    const { user } = prisma;
    const extended = prisma.$extends({ client: { $mine: () => 1 } });
    await prisma.hardReset();
    expect(await user.findFirst({ where: { id: 1 } })).toEqual({ id: 1, name: 'Ada', role: 'ADMIN' });
    expect([extended.$mine(), await extended.user.count()]).toEqual([1, 3]);
    expect(extended.$resilience).toBe(prisma.$resilience);
    expect(prisma.getConnectionStats().totalHardResets).toBe(1);
  });

  test('calls a function that makes adapters for each client', async () => {
    const made = jest.fn(() => theatre.newAdapter());
    const prisma = byOptions({ adapter: made });
    await prisma.ready();
    await prisma.hardReset();
    expect(await prisma.user.count()).toBe(3);
    expect(made).toHaveBeenCalledTimes(2);
  });

  test('refuses an adapter that only one client can use, and what is none', async () => {
    const pool = new Pool();
    expect(() => byOptions({ adapter: new PrismaPg(pool) })).toThrow(ConfigError);
    expect(() => byOptions({ adapter: new PrismaPg(pool) })).toThrow(/Give a function: \(\) => new PrismaPg/);
    expect(() => byOptions({ adapter: 'postgres://' })).toThrow(/expected a driver adapter/);
    expect(() => byOptions({ client: {} })).toThrow(/client: expected the class PrismaClient/);
    await pool.end();
  });

  test('lists what is wrong with the configuration', () => {
    expect(() => byOptions({ resilient: { reconnect: { maxAttempts: -1, nope: 1 } } })).toThrow(/2 problems/);
  });

  describe('plays like a bare client', () => {
    const form = async (factory: (context?: never) => AnyClient): Promise<Subject> => {
      // The harness makes its clients itself: a class that hands them out.
      const client = function (this: unknown): unknown {
        return factory();
      };
      const prisma = new ResilientPrismaClient({ client, resilient: kQuiet } as never) as AnyClient;
      await prisma.ready();
      return {
        client: prisma,
        reset: () => prisma.hardReset(),
        close: () => prisma.$resilience.shutdown(),
      };
    };
    test.each([...modelOperations, ...arrayTransactions.slice(0, 6), ...queryExtensions])('$name', async (scenario) => {
      const expected: Recording = await play(theatre, scenario, bare, 'never');
      expect(await play(theatre, scenario, form, 'never')).toEqual(expected);
    });
  });
});

describe('the extension', () => {
  test('adds retries to a client that stays its owner’s', async () => {
    const prisma = byExtension();
    expect(await prisma.user.count()).toBe(3);
    expect(
      await prisma.$transaction([prisma.user.count(), prisma.user.findUnique({ where: { id: 1 } }).posts()]),
    ).toHaveLength(2);
    expect(await prisma.report.count()).toBe(1);
    await expect(prisma.$resilience.hardReset()).rejects.toThrow(FactoryError);
  });

  test('goes with other extensions, before and after', async () => {
    const hooks: string[] = [];
    const client = theatre.makeClient({}).$extends({
      query: {
        $allOperations({ operation, args, query }: AnyClient) {
          hooks.push(operation);
          return query(args);
        },
      },
    });
    const prisma = byExtension(client).$extends({ model: { user: { size: () => prisma.user.count() } } });
    expect(await prisma.user.size()).toBe(3);
    expect(hooks).toEqual(['count']);
  });

  test('runs an array transaction again as a whole, never a member of it', async () => {
    const prisma = byExtension();
    const note = prisma.tag.create({ data: { name: 'noted' } });
    await conflicting(theatre.cluster, () =>
      prisma.$transaction([prisma.$queryRawUnsafe(kWaitForOther), note, prisma.$executeRawUnsafe(kChange)], {
        isolationLevel: 'RepeatableRead',
      }),
    );
    expect(prisma.$resilience.getMetrics().retries).toBe(1);
    expect(await theatre.cluster.query(`SELECT FROM "Tag" WHERE name = 'noted'`)).toHaveLength(1);
    expect(await theatre.cluster.query('SELECT views FROM "Post" WHERE id = 1')).toEqual([{ views: 12 }]);
  });
});
