/** Where no probe can be loaded that logs in: the core's own hears what the server says first. */
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { Application } from './application';

jest.mock('../../../lib/addon/loader', () => ({
  ...jest.requireActual<object>('../../../lib/addon/loader'),
  loadProbe: () => ({ refused: ['resilience_probe.node: not there'] }),
}));

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

test.each<[string, () => Promise<void>, () => Promise<void>]>([
  ['stopped', () => cluster.stop('immediate'), async () => void (await cluster.start())],
  ['frozen', async () => cluster.freeze(), async () => cluster.thaw()],
])('an outage is seen, and so is its end: %s', async (_, begin, end) => {
  const application = await Application.open(cluster.url());
  expect(application.told.log).toContainEqual(expect.stringContaining("hearing the server's greeting instead"));
  const { hung, failures, settlement } = await application.through(
    () => cluster,
    async () => {
      await begin();
      await application.outage(4000);
      await end();
    },
  );
  expect({ hung, failures }).toEqual({ hung: 0, failures: [] });
  expect(settlement.failed).toMatchObject({ 'not-applied': 0, unstated: 0, applied: 0 });
  expect(application.told.events).toEqual(['disconnect', 'reconnect:success']);
  expect(application.told.log).toContainEqual(expect.stringMatching(/probe: (ECONNREFUSED|ETIMEDOUT)/));
  await application.close();
});
