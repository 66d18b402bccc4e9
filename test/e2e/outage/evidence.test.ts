/** What a probe may say, and what it may not: outages are seen and ended with every sort of probe there is. */
import type { ResilientConfig } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { releasePort, reservePort } from '../../support/ports';
import { createSchema } from '../../support/prisma';
import { Application, type Outcome, eventually } from './application';

jest.setTimeout(60_000);

let cluster: PostgresCluster;
let closedPort: number;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
  closedPort = await reservePort();
});
afterAll(async () => {
  releasePort(closedPort);
  await cluster.dispose();
});

const open = (probe: ResilientConfig['probe']): Promise<Application> => Application.open(cluster.url(), { probe });

async function stopped(application: Application): Promise<Outcome> {
  return application.through(
    () => cluster,
    async () => {
      await cluster.stop('immediate');
      await application.outage(1500);
      await cluster.start();
    },
  );
}

function expectNothingLost({ hung, failures, settlement }: Outcome): void {
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  expect(settlement.failed).toMatchObject({ 'not-applied': 0, unstated: 0, applied: 0 });
}

const probeConnections = (): Promise<{ n: number }[]> =>
  cluster.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'prisma-resilient-probe'");

test('a probe that has never succeeded closes nothing', async () => {
  const application = await open({ url: `postgres://app@127.0.0.1:${closedPort}/app` });
  const outcome = await application.through(
    () => cluster,
    () => cluster.terminateBackends(),
  );
  expectNothingLost(outcome);
  expect(application.told.events).toEqual([]);
  await application.close();
});

test.each<[string, () => Promise<ResilientConfig['probe']>]>([
  ['a probe that has never succeeded', async () => ({ url: `postgres://app@127.0.0.1:${closedPort}/app` })],
  ['a probe whose URL is nonsense', async () => ({ url: 'postgres://app@127.0.0.1:port/app' })],
  ['a probe whose password is refused', async () => ({ url: cluster.url({ user: 'nobody', password: 'wrong' }) })],
  ['no probe', async () => ({ url: false })],
  ['a probe that is off', async () => ({ mode: 'off' as const })],
  ['a sentinel', async () => ({ mode: 'sentinel' as const })],
])('with %s an outage is seen, and so is its end', async (_, probe) => {
  const application = await open(await probe());
  expectNothingLost(await stopped(application));
  expect(application.told.events).toEqual(['disconnect', 'reconnect:success']);
  await application.close();
});

test('a sentinel keeps one connection open, and a probe on demand none', async () => {
  const onDemand = await open({});
  await onDemand.prisma.ledgerEntry.count();
  await eventually(async () => (await probeConnections())[0].n === 0, 5000);
  expect(await probeConnections()).toEqual([{ n: 0 }]);
  const sentinel = await open({ mode: 'sentinel' });
  await eventually(async () => (await probeConnections())[0].n === 1, 5000);
  expect(await probeConnections()).toEqual([{ n: 1 }]);
  await sentinel.close();
  await eventually(async () => (await probeConnections())[0].n === 0, 5000);
  expect(await probeConnections()).toEqual([{ n: 0 }]);
  await onDemand.close();
});

test('a server that is frozen for 4 s: nothing fails', async () => {
  const application = await open({});
  const outcome = await application.through(
    () => cluster,
    async () => {
      await cluster.freeze();
      await application.outage(4000);
      cluster.thaw();
    },
  );
  expectNothingLost(outcome);
  expect(outcome.settlement.acknowledged).toBe(outcome.settlement.attempts);
  expect(application.told.events).toEqual(['disconnect', 'reconnect:success']);
  await application.close();
});
