/** Transactions run again as a whole or not at all, with the options they were given: real failures, every policy. */
import { PrismaPg } from '@prisma/adapter-pg';
import {
  ResilientPrismaClient,
  type FactoryContext,
  type ResilienceAnnotation,
  type ResilientConfig,
} from '../../../lib';
import { TcpProxy } from '../../support/tcp_proxy';
import { conflicting, kChange, kWaitForOther } from './conflict';
import { type PostgresTheatre, openPostgresTheatre } from './postgres-theatre';
import type { AnyClient } from './scenario';
import { kQuiet } from './subject';

const kPolicies = ['safe', 'conflict', 'always', 'never'] as const;
const kRepeatable = { isolationLevel: 'RepeatableRead' } as const;
const kNote = { data: { name: 'noted' } };

let theatre: PostgresTheatre;
let proxy: TcpProxy;
let open: ResilientPrismaClient<AnyClient>[] = [];

beforeAll(async () => {
  theatre = await openPostgresTheatre(7);
  proxy = await TcpProxy.start({ target: theatre.cluster });
});
beforeEach(() => theatre.resetRows());
afterEach(async () => {
  await Promise.all(open.map((resilient) => resilient.shutdown()));
  open = [];
});
afterAll(async () => {
  await proxy.dispose();
  await theatre.close();
});

const notes = async (): Promise<number> =>
  (await theatre.cluster.query(`SELECT FROM "Tag" WHERE name = 'noted'`)).length;

async function failureOf(promise: Promise<unknown>): Promise<Error & { resilience: ResilienceAnnotation }> {
  return promise.then(
    () => Promise.reject(new Error('it resolved')),
    (error) => error,
  );
}

describe.each([
  ['without the guard', false],
  ['with the guard', true],
])('%s', (_name, guarded) => {
  async function connected(config: ResilientConfig = {}): Promise<AnyClient> {
    const { PrismaClient } = theatre.module;
    const resilient = new ResilientPrismaClient<AnyClient>(
      (ctx: FactoryContext) => {
        const adapter = new PrismaPg({ connectionString: proxy.via(theatre.cluster.url()) });
        return new PrismaClient({ adapter: guarded ? ctx.guard(adapter) : adapter });
      },
      { ...kQuiet, ...config },
    );
    open.push(resilient);
    await resilient.ready();
    return resilient.getClient();
  }

  describe.each(kPolicies)("array transactions, transactions.retry: '%s'", (retry) => {
    const runsAgain = retry !== 'never';

    /** Waits in its first member for the advisory lock, and writes in the next. */
    function waiting(prisma: AnyClient): Promise<unknown> {
      const members = [
        prisma.$queryRawUnsafe(kWaitForOther),
        prisma.tag.create(kNote),
        prisma.$executeRawUnsafe(kChange),
      ];
      return prisma.$transaction(members, kRepeatable);
    }

    test('after a serialization failure', async () => {
      const prisma = await connected({ transactions: { retry } });
      const ended = conflicting(theatre.cluster, () => waiting(prisma));
      if (runsAgain) expect(await ended).toEqual([expect.anything(), expect.objectContaining(kNote.data), 1]);
      else expect((await failureOf(ended)).resilience).toMatchObject({ attempts: 1, outcome: 'not-applied' });
      expect(await notes()).toBe(runsAgain ? 1 : 0);
    });

    test('after its connection was lost in the middle', async () => {
      const prisma = await connected({ transactions: { retry } });
      const ended = conflicting(
        theatre.cluster,
        () => waiting(prisma),
        () => theatre.cluster.terminateBackends(`wait_event = 'advisory'`),
      );
      // Prisma puts the failure of its ROLLBACK in place of what it follows, which might as well be the COMMIT's.
      if (!guarded) expect((await failureOf(ended)).resilience).toMatchObject({ attempts: 1, outcome: 'unknown' });
      else if (runsAgain) expect(await ended).toHaveLength(3);
      else expect((await failureOf(ended)).resilience).toMatchObject({ attempts: 1, outcome: 'not-applied' });
      expect(await notes()).toBe(guarded && runsAgain ? 1 : 0);
    });

    test('never after a COMMIT that went unanswered', async () => {
      const prisma = await connected({ transactions: { retry } });
      await prisma.$queryRawUnsafe('SELECT 1');
      proxy.loseAcknowledgements({ times: 1 });
      const error = await failureOf(prisma.$transaction([prisma.tag.create(kNote), prisma.tag.count()]));
      expect(error.resilience).toMatchObject({ attempts: 1, outcome: 'unknown' });
      expect(await notes()).toBe(1);
    });
  });

  test('the second try has the isolation level of the first, and a fresh timeout of its own', async () => {
    const prisma = await connected({ transactions: { retry: 'conflict' } });
    const levels: unknown[] = [];
    const callback = async (tx: AnyClient): Promise<void> => {
      await tx.$queryRawUnsafe(kWaitForOther);
      const [{ transaction_isolation: level }] = await tx.$queryRawUnsafe('SHOW transaction_isolation');
      levels.push(level);
      // As long as it is let: the limit is Prisma's own, and holds for this try too.
      while (levels.length === 2) await tx.$queryRawUnsafe('SELECT pg_sleep(0.05)::text');
      await tx.$executeRawUnsafe(kChange);
    };
    const options = { ...kRepeatable, timeout: 2000, maxWait: 2000 };
    const error = await failureOf(conflicting(theatre.cluster, () => prisma.$transaction(callback, options)));
    expect(levels).toEqual(['repeatable read', 'repeatable read']);
    expect(error).toMatchObject({ code: 'P2028', message: expect.stringContaining('2000 ms') });
    expect(error.resilience).toMatchObject({ attempts: 2, outcome: guarded ? 'not-applied' : 'unknown' });
  });

  test.each([
    ['an array', (prisma: AnyClient) => prisma.$transaction([prisma.tag.create(kNote), prisma.tag.count()])],
    ['a callback', (prisma: AnyClient) => prisma.$transaction((tx: AnyClient) => tx.tag.create(kNote))],
  ])('%s waits no longer than the deadline of operations', async (_what, start) => {
    const prisma = await connected({ reconnect: { deadline: 500 } });
    await proxy.refuse();
    await proxy.reset();
    // A read finds out that the pool's connections are gone: nothing is sent on those.
    await failureOf(prisma.tag.count());
    const error = await failureOf(start(prisma));
    await proxy.pass();
    expect(error).toMatchObject({ code: 'P1001', resilience: { outcome: 'not-applied', reason: 'deadline' } });
    expect(await notes()).toBe(0);
  });
});
