/** A call whose time is up ends at the server too, where the guard knows the backend; nothing else is disturbed by it. */
import { Client } from 'pg';

import { ResilientPrismaClient, TimeoutError } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../../support/prisma';

jest.setTimeout(60_000);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const { PrismaClient } = generatedClient();

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

function open(pool: { max?: number } = {}) {
  const resilient = new ResilientPrismaClient(
    (context) => new PrismaClient({ adapter: context.guard(makeAdapter(cluster.url(), pool)) }),
    { logging: { level: 'silent' } },
  );
  const events: string[] = [];
  for (const event of ['disconnect', 'hard-reset', 'retry'] as const) resilient.on(event, () => events.push(event));
  return { resilient, prisma: resilient.getClient(), events };
}

const running = (what: string): Promise<number> =>
  cluster.connectionCount(`state <> 'idle' AND query LIKE '%${what}%' AND pid <> pg_backend_pid()`);

async function untilGone(what: string): Promise<void> {
  const giveUpAt = Date.now() + 10_000;
  while ((await running(what)) > 0) {
    if (Date.now() > giveUpAt) throw new Error(`${what} still runs`);
    await sleep(20);
  }
}

test('a slow statement', async () => {
  const { resilient, prisma, events } = open();
  await resilient.ready();
  const call = resilient
    .report(() => prisma.$queryRaw`SELECT pg_sleep(60)::text AS slow_one`, { timeoutMs: 500 })
    .catch((error: unknown) => error);
  await sleep(300);
  expect(await running('slow_one')).toBe(1);
  expect(await call).toBeInstanceOf(TimeoutError);
  await untilGone('slow_one');
  expect(await resilient.read(() => prisma.user.count())).toBe(0);
  expect(events).toEqual([]);
  expect(resilient.getConnectionStats()).toMatchObject({ state: 'up', consecutiveErrors: 0, inFlight: 0 });
  await resilient.shutdown();
});

test("a caller's own signal ends it as well", async () => {
  const { resilient, prisma } = open();
  await resilient.ready();
  const controller = new AbortController();
  const call = resilient.read(() => prisma.$queryRaw`SELECT pg_sleep(60)::text AS left_alone`, {
    signal: controller.signal,
  });
  const outcome = expect(call).rejects.toThrow('gone home');
  while ((await running('left_alone')) === 0) await sleep(20);
  controller.abort(new Error('gone home'));
  await outcome;
  await untilGone('left_alone');
  await resilient.shutdown();
});

test('a write that waits for a lock when its time is up, and one that waits for a connection, are never made', async () => {
  const { resilient, prisma } = open({ max: 1 });
  await prisma.user.create({ data: { email: 'locked' } });
  const holder = new Client({ connectionString: cluster.url() });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE "User"');
  const outcomes = await Promise.all(
    ['a', 'b', 'c'].map((email) =>
      resilient
        .write(() => prisma.user.create({ data: { email } }), { timeoutMs: 400 })
        .catch((error: unknown) => error),
    ),
  );
  for (const outcome of outcomes) expect(outcome).toBeInstanceOf(TimeoutError);
  await untilGone('INSERT INTO');
  await holder.query('COMMIT');
  await holder.end();
  await prisma.user.create({ data: { email: 'afterwards' } });
  const emails = (await prisma.user.findMany({ orderBy: { id: 'asc' } })).map(({ email }) => email);
  expect(emails).toEqual(['locked', 'afterwards']);
  await resilient.shutdown();
});

test('an interactive transaction whose call has ended does not go on', async () => {
  const { resilient, prisma } = open();
  await resilient.ready();
  let outcome: unknown;
  const call = resilient
    .write(
      () =>
        prisma.$transaction(async (tx) => {
          await tx.team.create({ data: { name: 'first' } });
          await sleep(600);
          outcome = await tx.team.create({ data: { name: 'second' } }).catch((error: unknown) => error);
          throw outcome;
        }),
      { timeoutMs: 300 },
    )
    .catch((error: unknown) => error);
  expect(await call).toBeInstanceOf(TimeoutError);
  while (outcome === undefined) await sleep(20);
  expect(outcome).toBeInstanceOf(Error);
  await untilGone('team');
  expect(await prisma.team.count()).toBe(0);
  await resilient.shutdown();
});

test('statements of others are not cancelled: a hundred calls time out among a thousand that do not', async () => {
  const { resilient, prisma, events } = open({ max: 10 });
  await resilient.ready();
  const slow = async (): Promise<void> => {
    for (let i = 0; i < 20; ++i) {
      const error: unknown = await resilient
        .report(() => prisma.$queryRaw`SELECT pg_sleep(5)::text`, { timeoutMs: 60 })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TimeoutError);
    }
  };
  const quick = async (): Promise<void> => {
    for (let i = 0; i < 100; ++i)
      expect(await prisma.$queryRaw`SELECT 1 AS one, pg_sleep(0.005)::text`).toMatchObject([{ one: 1 }]);
  };
  await Promise.all([...Array.from({ length: 5 }, slow), ...Array.from({ length: 5 }, quick)]);
  expect(events).toEqual([]);
  await resilient.shutdown();
});
