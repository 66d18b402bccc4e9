/** A password that node-postgres fetches for each connection: the probe asks for it as well. */
import { PrismaPg } from '@prisma/adapter-pg';

import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { Application } from './application';

const kPassword = 'hunter2canary';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start({ password: kPassword });
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

const open = (password: () => Promise<string>): Promise<Application> =>
  Application.open(
    () => new PrismaPg({ host: '127.0.0.1', port: cluster.port, user: 'app', database: 'app', max: 5, password }),
  );

test('the probe is let in with it, and sees an outage to its end', async () => {
  let asked = 0;
  const application = await open(async () => {
    ++asked;
    return kPassword;
  });
  expect(await application.resilient.serverActivity()).toMatchObject({ via: 'probe' });
  expect(asked).toBeGreaterThan(0);
  const { hung, failures } = await application.through(
    () => cluster,
    async () => {
      await cluster.stop('immediate');
      await application.outage(1500);
      await cluster.start();
    },
  );
  expect({ hung, failures }).toEqual({ hung: 0, failures: [] });
  expect(application.told.events).toEqual(['disconnect', 'reconnect:success']);
  expect(application.told.log.join('\n')).not.toContain(kPassword);
  await application.close();
});
