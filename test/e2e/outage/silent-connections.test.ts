/** Packets lost for a moment, while the database is well. */
import type { ResilientConfig } from '../../../lib';
import { breachesOf } from '../../support/ledger';
import { paced } from '../../support/pace';
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { TcpProxy } from '../../support/tcp_proxy';
import { Application, sleep } from './application';

jest.setTimeout(300_000);

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

/** The probe's own defaults, for a machine that may be busy: what is lost for a moment must not become an outage by it. */
const open = (config?: ResilientConfig): Promise<Application> =>
  Application.open(proxy.via(cluster.url()), {
    probe: { suspectAfterMs: paced(2000), timeoutMs: paced(1000) },
    ...config,
  });

/** For less time than is suspicious: nobody else has seen anything of it. */
async function loseForAMoment(newConnections?: 'ignore'): Promise<void> {
  await proxy.swallow({ newConnections });
  await sleep(1500);
  await proxy.pass();
}

test.each([
  ['those of new connections, too', undefined],
  ['new connections find nobody', 'ignore' as const],
])('packets swallowed for 1.5 s under load, %s: reads go on, writes end, nothing is done twice', async (_, fresh) => {
  const application = await open();
  const { hung, failures, settlement } = await application.through(
    () => cluster,
    () => loseForAMoment(fresh),
    {
      afterMs: paced(8000),
    },
  );
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  expect(breachesOf(settlement)).toEqual([]);
  const { 'not-applied': notSent, unstated, applied } = settlement.failed;
  expect({ notSent, unstated, applied }).toEqual({ notSent: 0, unstated: 0, applied: 0 });
  expect(application.told.events).toEqual([]);
  await application.close();
});

test('with verify, no write is left in doubt either', async () => {
  const application = await open({ writes: { onUnknownOutcome: 'verify' } });
  const { hung, failures, settlement } = await application.through(() => cluster, loseForAMoment, {
    afterMs: paced(8000),
  });
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  expect(breachesOf(settlement)).toEqual([]);
  expect(settlement.acknowledged).toBe(settlement.attempts);
  expect(application.told.events).toEqual([]);
  await application.close();
});
