/** The primary moves: a client that was given an URL with both hosts follows it. */
import { breachesOf } from '../../support/ledger';
import { createSchema, makeAdapter } from '../../support/prisma';
import { ReplicationPair } from '../../support/replication';
import { Application, sleep } from './application';

jest.setTimeout(60_000);

let pair: ReplicationPair;
beforeEach(async () => {
  // Synchronous: a promotion loses nothing that was acknowledged, so the ledger blames nobody wrongly.
  pair = await ReplicationPair.start({ synchronous: true });
  await createSchema(pair.primary);
  await pair.waitForCatchUp();
});
afterEach(() => pair.dispose());

const open = (): Promise<Application> =>
  Application.open(({ connectionString }) => makeAdapter(connectionString!), { probe: { url: pair.url() } });

test('the old primary is fenced: operations wait and go on at the new one', async () => {
  const application = await open();
  const { hung, failures, settlement } = await application.through(
    () => pair.primary,
    async () => {
      await pair.fence();
      await sleep(500);
      await pair.promote();
    },
  );
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  expect(breachesOf(settlement)).toEqual([]);
  expect(settlement.failed).toMatchObject({ 'not-applied': 0, unstated: 0, applied: 0 });
  expect(application.told.events).toContain('failover');
  await application.close();
});

test('the old primary lives on read-only: refused writes run at the new one, and no outage is told', async () => {
  const application = await open();
  const { hung, failures, settlement } = await application.through(
    () => pair.primary,
    async () => {
      await pair.setSynchronous(false);
      await pair.makeReadOnly();
      await pair.promote();
    },
  );
  expect(hung).toBe(0);
  expect(failures).toEqual([]);
  expect(settlement.failed).toEqual({ 'not-applied': 0, unknown: 0, unstated: 0, applied: 0 });
  expect(breachesOf(settlement)).toEqual([]);
  expect(application.told.events.filter((name) => name === 'failover')).toHaveLength(1);
  expect(application.told.events).not.toContain('disconnect');
  await application.close();
});

test('the first host of the URL is the standby: the first write finds the primary', async () => {
  await pair.fence();
  await pair.promote();
  await pair.rebuildStandby();
  expect(pair.standby).toBe(pair.nodes[0]);
  const application = await open();
  const { prisma } = application;
  const entry = await prisma.ledgerEntry.create({ data: { token: 'first', kind: 'create' } });
  expect(await prisma.ledgerEntry.findUnique({ where: { id: entry.id } })).toMatchObject({ token: 'first' });
  expect(application.told.events).toContain('failover');
  await application.close();
});
