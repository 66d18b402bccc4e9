/** Outages of a real server under load: every operation settles, nothing is lost or doubled, one recovery each. */
import { ResilientPrismaClient, type ResilientConfig } from '../../lib';
import { Ledger, breachesOf } from '../support/ledger';
import { PostgresCluster } from '../support/postgres';
import { createSchema, makeClient } from '../support/prisma';
import { OpenLoad } from './open-load';
import { eventually } from './outage/application';

jest.setTimeout(60_000);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

function open(config: ResilientConfig = {}) {
  const resilient = new ResilientPrismaClient(() => makeClient(cluster.url()), {
    logging: { level: 'silent' },
    ...config,
  });
  const events: string[] = [];
  for (const name of ['connect', 'disconnect', 'reconnect:success', 'reconnect:failed', 'hard-reset'] as const) {
    resilient.on(name, () => events.push(name));
  }
  return { resilient, prisma: resilient.getClient(), events };
}

/** Half reads, half writes, through a fault; everything is settled and booked at the end. */
async function through(fault: (events: readonly string[]) => Promise<void>, config?: ResilientConfig) {
  const { resilient, prisma, events } = open(config);
  await resilient.ready();
  const ledger = new Ledger('recovery');
  const load = new OpenLoad(100, (index) =>
    index % 2 === 0
      ? prisma.ledgerEntry.findMany({ take: 1 })
      : ledger.record('create', (token) => prisma.ledgerEntry.create({ data: { token, kind: 'create' } })),
  );
  load.start();
  await sleep(300);
  await fault(events);
  await sleep(1500);
  load.stop();
  const hung = await load.settled(20_000);
  const settlement = await ledger.settle(cluster);
  const stats = resilient.getConnectionStats();
  await resilient.shutdown();
  return { load, hung, settlement, events, stats };
}

test('a server that stops for 3 s: reads all succeed, what was not sent runs again, one outage is told', async () => {
  const { load, hung, settlement, events, stats } = await through(async () => {
    await cluster.stop('immediate');
    await sleep(3000);
    await cluster.start();
  });
  expect(hung).toBe(0);
  expect(load.failures.map((failure) => failure.error)).toEqual([]);
  expect(breachesOf(settlement)).toEqual([]);
  // Only what was on the wire when the server died may end as unknown.
  expect(settlement.failed['not-applied'] + settlement.failed.unstated + settlement.failed.applied).toBe(0);
  expect(events).toEqual(['connect', 'disconnect', 'reconnect:success']);
  expect(stats).toMatchObject({ state: 'up', isConnected: true, parked: 0, inFlight: 0, totalReconnects: 1 });
});

test('all backends terminated: everything runs again at once, and no outage is told', async () => {
  const { load, hung, settlement, events } = await through(async () => {
    expect(await cluster.terminateBackends()).toBeGreaterThan(0);
  });
  expect(hung).toBe(0);
  expect(load.failures.map((failure) => failure.error)).toEqual([]);
  expect(breachesOf(settlement)).toEqual([]);
  expect(events.filter((name) => name === 'disconnect')).toEqual([]);
});

test('a server frozen for 4 s: the hang is seen, new operations wait, everything succeeds after it', async () => {
  const { load, hung, settlement, events } = await through(async (told) => {
    await cluster.freeze();
    await sleep(4000);
    // On a busy machine a silence is noticed later.
    await eventually(() => told.includes('disconnect'), 20_000);
    cluster.thaw();
  });
  expect(hung).toBe(0);
  expect(load.failures.map((failure) => failure.error)).toEqual([]);
  expect(breachesOf(settlement)).toEqual([]);
  expect(events).toContain('disconnect');
  expect(events.at(-1)).toBe('reconnect:success');
});

test('hard resets under load fail nothing', async () => {
  const { resilient, prisma, events } = open();
  await resilient.ready();
  const load = new OpenLoad(200, () => prisma.$queryRaw`SELECT pg_sleep(0.02)::text`);
  load.start();
  for (let i = 0; i < 5; ++i) {
    await sleep(100);
    await resilient.hardReset();
  }
  load.stop();
  expect(await load.settled(10_000)).toBe(0);
  expect(load.failures).toEqual([]);
  expect(events.filter((name) => name === 'hard-reset')).toHaveLength(5);
  expect(resilient.getConnectionStats()).toMatchObject({ generation: 5, totalHardResets: 5 });
  await resilient.shutdown();
});

test('a database that is down at the start: the constructor returns, operations wait for it', async () => {
  await cluster.stop('fast');
  const { resilient, prisma } = open();
  const answer = prisma.ledgerEntry.count();
  const settled = jest.fn();
  Promise.resolve(answer).then(settled, settled);
  await sleep(1000);
  expect(resilient.isConnected()).toBe(false);
  expect(settled).not.toHaveBeenCalled();
  await cluster.start();
  expect(await answer).toEqual(expect.any(Number));
  expect(resilient.isConnected()).toBe(true);
  expect(resilient.getConnectionStats().warmupMs).toBeGreaterThan(900);
  await resilient.shutdown();
});

test('a database that does not come back: operations end at their deadline, and say that they were not sent', async () => {
  const { resilient, prisma, events } = open({ reconnect: { deadline: 1500 } });
  await resilient.ready();
  await cluster.stop('immediate');
  const failures = await Promise.all(
    [1, 2].map(async () => {
      try {
        await prisma.ledgerEntry.count();
      } catch (error) {
        return error as Error & { code: string; resilience: { outcome: string; attempts: number; waitedMs: number } };
      }
      throw new Error('the operation should have failed');
    }),
  );
  const later = await prisma.ledgerEntry.count().catch((error: unknown) => error);
  await cluster.start();
  for (const error of failures) expect(error.resilience).toMatchObject({ outcome: 'not-applied' });
  expect(later).toMatchObject({
    code: 'P1001',
    resilience: { attempts: 0, reason: 'deadline', outcome: 'not-applied' },
  });
  expect((later as Error & { cause: unknown }).cause).toBeDefined();
  expect(events.filter((name) => name === 'reconnect:failed')).toHaveLength(1);
  await resilient.shutdown();
});
