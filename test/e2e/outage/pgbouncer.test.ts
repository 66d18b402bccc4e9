/** PgBouncer in front of a server that stops: it lets clients in and fails their queries. */
import { breachesOf } from '../../support/ledger';
import { PgBouncer } from '../../support/pgbouncer';
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { Application, sleep } from './application';

jest.setTimeout(60_000);

let cluster: PostgresCluster;
let bouncer: PgBouncer;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
  bouncer = await PgBouncer.start({ target: cluster, serverLoginRetry: 1 });
});
afterAll(async () => {
  await bouncer.dispose();
  await cluster.dispose();
});

test('the server behind it stops for 3 s: no read fails, no write that was not sent does, nothing hangs', async () => {
  const application = await Application.open(bouncer.url());
  const { hung, failures, settlement } = await application.through(
    () => cluster,
    async () => {
      await cluster.stop('immediate');
      await sleep(3000);
      await cluster.start();
    },
    { afterMs: 3000 },
  );
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  expect(breachesOf(settlement)).toEqual([]);
  expect(settlement.failed).toMatchObject({ 'not-applied': 0, unstated: 0, applied: 0 });
  expect(application.resilient.getConnectionStats()).toMatchObject({ state: 'up', parked: 0, inFlight: 0 });
  await application.close();
});
