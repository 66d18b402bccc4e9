/** A network that loses packets, and one that resets: nothing hangs, and nothing is left behind. */
import { breachesOf } from '../../support/ledger';
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { TcpProxy } from '../../support/tcp_proxy';
import { Application, eventually, sleep } from './application';

jest.setTimeout(60_000);

let cluster: PostgresCluster;
let proxy: TcpProxy;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());
beforeEach(async () => {
  proxy = await TcpProxy.start({ target: cluster });
});
afterEach(() => proxy.dispose());

const open = (): Promise<Application> => Application.open(proxy.via(cluster.url()));

test('packets swallowed for 4 s: no read fails, no write that was not sent does, nothing hangs', async () => {
  const application = await open();
  const { hung, failures, settlement } = await application.through(
    () => cluster,
    async () => {
      await proxy.swallow({ newConnections: 'ignore' });
      await application.outage(4000);
      await proxy.pass();
    },
  );
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  expect(breachesOf(settlement)).toEqual([]);
  const { 'not-applied': notSent, unstated, applied, unknown } = settlement.failed;
  expect({ notSent, unstated, applied }).toEqual({ notSent: 0, unstated: 0, applied: 0 });
  // What was on the wire when the packets began to vanish: not more than there were connections.
  expect(unknown).toBeLessThanOrEqual(10);
  expect(application.told.events.filter((name) => name === 'disconnect')).toHaveLength(1);
  await application.close();
});

test('every connection reset for 2 s: no read fails, no write that was not sent does, one outage is told', async () => {
  const application = await open();
  const { hung, failures, settlement } = await application.through(
    () => cluster,
    async () => {
      await proxy.reset({ newConnections: true });
      await application.outage(2000);
      await proxy.pass();
    },
  );
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  expect(breachesOf(settlement)).toEqual([]);
  expect(settlement.failed).toMatchObject({ 'not-applied': 0, unstated: 0, applied: 0 });
  expect(application.told.events).toEqual(['disconnect', 'reconnect:success']);
  await application.close();
});

test('after several resets and black holes there are no more connections than before', async () => {
  const application = await open();
  const { prisma } = application;
  const fill = (): Promise<unknown> => Promise.all(Array.from({ length: 20 }, () => prisma.ledgerEntry.count()));
  await fill();
  const baseline = await cluster.connectionCount();
  const { hung, failures } = await application.through(
    () => cluster,
    async () => {
      for (let i = 0; i < 3; ++i) {
        await proxy.reset({ newConnections: true });
        await sleep(100);
        await proxy.pass();
        await application.calm(400);
        await proxy.swallow({ newConnections: 'ignore' });
        await sleep(3200);
        await proxy.pass();
        await application.calm(1500);
      }
    },
  );
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  await fill();
  await eventually(async () => (await cluster.connectionCount()) <= baseline, 5000);
  expect(await cluster.connectionCount()).toBeLessThanOrEqual(baseline);
  await application.close();
  await eventually(async () => (await cluster.connectionCount()) === 0, 5000);
  expect(await cluster.connectionCount()).toBe(0);
});
