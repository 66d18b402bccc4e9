/**
 * An engine's fault told from an outage: the client cannot open connections any more, while the probe's way to the same
 * server is free. The proxy is the client's pool gone wrong; a client that is made anew goes straight to the server.
 */
import { ResilientPrismaClient, type ResilientConfig } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../../support/prisma';
import { TcpProxy } from '../../support/tcp_proxy';

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

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  await proxy.dispose();
});

function open({ guarded, reconnect }: { guarded: boolean; reconnect?: ResilientConfig['reconnect'] }) {
  const { PrismaClient } = generatedClient();
  /**
   * Why clients were made, but for those that only look: where a busy machine's probe is silent, a client of its own is
   * asked as well. None of them serves, or there would be an event.
   */
  const reasons: string[] = [];
  const resilient = new ResilientPrismaClient(
    (ctx) => {
      if (ctx.reason !== 'refresh') reasons.push(ctx.reason);
      const adapter = makeAdapter(ctx.generation === 0 ? proxy.via(cluster.url()) : cluster.url());
      return new PrismaClient({ adapter: guarded ? ctx.guard(adapter) : adapter });
    },
    { logging: { level: 'silent' }, probe: { url: cluster.url() }, reconnect: { initialDelay: 20, ...reconnect } },
  );
  close = () => resilient.shutdown();
  const events: string[] = [];
  resilient.on('disconnect', () => events.push('disconnect'));
  resilient.on('hard-reset', ({ reason }) => events.push(reason));
  resilient.on('refresh', () => events.push('refresh'));
  return { resilient, prisma: resilient.getClient(), reasons, events };
}

/** From now on the first client can neither use its connections nor open others. */
async function breakClient(): Promise<void> {
  await proxy.refuse();
  await proxy.reset();
}

describe.each([
  ['without the guard', false],
  ['with the guard', true],
])('%s', (_, guarded) => {
  test('three connections in a row that fail while the probe says up: a new client is made, and nobody fails', async () => {
    const { resilient, prisma, reasons, events } = open({ guarded, reconnect: { maxAttempts: 6 } });
    await resilient.ready();
    await prisma.user.count();
    await breakClient();
    const answers = [prisma.post.count(), prisma.user.findMany({ where: { id: 0 } }), prisma.post.count()];
    expect(await Promise.all(answers)).toEqual([0, [], 0]);
    expect(reasons).toEqual(['initial', 'engine-fault']);
    expect(events).toEqual(['engine-fault']);
    expect(resilient.getConnectionStats()).toMatchObject({ generation: 1, totalHardResets: 1, state: 'up' });
  });

  test('the server itself is gone: that is an outage, and no client is made for it', async () => {
    const { resilient, prisma, reasons, events } = open({ guarded, reconnect: { maxAttempts: 6 } });
    await resilient.ready();
    await prisma.user.count();
    await cluster.stop('immediate');
    const told = new Promise((resolve) => resilient.once('disconnect', resolve));
    const answers = Promise.all([prisma.post.count(), prisma.user.findMany({ where: { id: 0 } }), prisma.post.count()]);
    await told;
    await cluster.start();
    expect(await answers).toEqual([0, [], 0]);
    expect(reasons).toEqual(['initial']);
    expect(events).toEqual(['disconnect']);
  });
});

test('an operation gets a new client for its last attempt', async () => {
  const { resilient, prisma, reasons, events } = open({ guarded: false });
  await resilient.ready();
  await prisma.post.count();
  await breakClient();
  expect(await prisma.post.count()).toBe(0);
  expect(reasons).toEqual(['initial', 'final-attempt']);
  expect(events).toEqual(['final-attempt']);
});
