/** What lives as long as a session (advisory locks, SET, LISTEN) survives what is done for prevention alone. */
import { PostgresCluster } from '../../support/postgres';
import { createSchema, makeAdapter } from '../../support/prisma';
import { Application, eventually, sleep } from '../outage/application';

jest.setTimeout(60_000);

const kRefreshMs = 100;
const kLock = 4711;

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

/** One connection that is never closed for being idle, as leaders have it. */
const open = async (): Promise<{ application: Application; refreshes: () => number }> => {
  const application = await Application.open(() => makeAdapter(cluster.url(), { max: 1, idleTimeoutMillis: 0 }), {
    refresh: { intervalMs: kRefreshMs },
  });
  let count = 0;
  application.resilient.on('refresh', () => ++count);
  return { application, refreshes: () => count };
};

const backend = async ({ prisma }: Application): Promise<number> => {
  const [row] = await prisma.$queryRawUnsafe<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
  return row?.pid ?? 0;
};

/** Works until `holds`, or for ten seconds. */
async function workUntil(application: Application, holds: () => boolean): Promise<void> {
  await eventually(async () => {
    await application.prisma.ledgerEntry.count();
    return holds();
  }, 10_000);
}

const putOff = ({ told }: Application): boolean => told.log.some((line) => line.includes('put off'));

/** Whether somebody else, in a session of its own, would get the lock. */
async function rivalWins(): Promise<boolean> {
  const [row] = await cluster.query<{ won: boolean }>(`SELECT pg_try_advisory_lock(${kLock}) AS won`);
  return row?.won ?? false;
}

test('a leader elected by an advisory lock stays the only leader through the time of many refreshes', async () => {
  const { application, refreshes } = await open();
  await workUntil(application, () => refreshes() > 0);
  expect(refreshes()).toBeGreaterThan(0); // or the test would show nothing

  const [elected] = await application.prisma.$queryRawUnsafe<{ won: boolean }[]>(
    'SELECT pg_try_advisory_lock($1::int) AS won',
    kLock,
  );
  expect(elected?.won).toBe(true);
  const leader = await backend(application);
  const before = refreshes();
  await workUntil(application, () => putOff(application));
  expect(putOff(application)).toBe(true);
  for (let i = 0; i < 5; ++i) {
    await application.prisma.ledgerEntry.count();
    expect(await rivalWins()).toBe(false);
    await sleep(kRefreshMs);
  }
  expect(await backend(application)).toBe(leader);
  expect(refreshes()).toBe(before);

  // What mends is done all the same: a session on a connection that is given up is lost.
  await application.resilient.hardReset();
  expect(await backend(application)).not.toBe(leader);
  await workUntil(application, () => refreshes() > before);
  expect(refreshes()).toBeGreaterThan(before); // and nobody holds anything any more
  await application.close();
});

test.each([
  ['SET', "SET app.tenant = '7'", "SELECT current_setting('app.tenant', true) AS kept"],
  [
    'a temporary table, made in a transaction',
    'CREATE TEMP TABLE kept (a int)',
    "SELECT to_regclass('pg_temp.kept')::text AS kept",
  ],
])('%s is still there when a refresh would have been', async (_, make, look) => {
  const { application } = await open();
  const { prisma } = application;
  await prisma.$transaction((tx) => tx.$executeRawUnsafe(make));
  await workUntil(application, () => putOff(application));
  expect(putOff(application)).toBe(true);
  const [row] = await prisma.$queryRawUnsafe<{ kept: string | null }[]>(look);
  expect(row?.kept).toBeTruthy();
  await application.close();
});

test('what ends with its transaction puts nothing off', async () => {
  const { application, refreshes } = await open();
  await application.prisma.$transaction(async (tx) => {
    await tx.$executeRawUnsafe("SET LOCAL app.tenant = '7'");
    await tx.$queryRawUnsafe(`SELECT pg_advisory_xact_lock(${kLock})::text`);
  });
  await workUntil(application, () => refreshes() > 0);
  expect(refreshes()).toBeGreaterThan(0);
  expect(putOff(application)).toBe(false);
  await application.close();
});
