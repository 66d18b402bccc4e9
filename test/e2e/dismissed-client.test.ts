/** What the application keeps of a client that was replaced: it answers as Prisma does, and opens no connection. */
import { ResilientPrismaClient, ShutdownError, type FactoryContext } from '../../lib';
import { PostgresCluster } from '../support/postgres';
import { createSchema, generatedClient, makeAdapter, makeClient } from '../support/prisma';

type Client = ReturnType<typeof makeClient>;
type Tx = Parameters<Parameters<Client['$transaction']>[0]>[0];

const silent = { logging: { level: 'silent' }, probe: { mode: 'off' } } as const;

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

async function connectionsBecome(expected: number): Promise<void> {
  while ((await cluster.connectionCount()) !== expected) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function escapedFrom(client: Client): Promise<Tx> {
  let escaped: Tx | undefined;
  await client.$transaction(async (tx) => {
    await tx.user.count();
    escaped = tx;
  });
  return escaped!;
}

/** All that Prisma puts on an error, of each thing that can be asked of a `tx`. */
async function answersOf(tx: Tx): Promise<unknown[]> {
  const asked = [
    () => tx.user.count(),
    () => tx.user.create({ data: { email: 'escaped@example.org', name: 'escaped' } }),
    () => tx.$queryRaw`SELECT 1`,
    () => tx.user.findUnique({ where: { id: 1 } }),
  ];
  const answers: unknown[] = [];
  for (const ask of asked) {
    const error = await ask().then(
      (value) => ({ name: 'resolved', value }),
      (caught: Error & { code?: string; meta?: object }) => caught,
    );
    const { name, code, meta, message } = error as Error & { code?: string; meta?: object };
    answers.push({ name, class: error.constructor.name, code, meta, reason: message.split('\n').pop() });
  }
  return answers;
}

describe.each([
  ['without the guard', false],
  ['with the guard', true],
])('%s', (_, guarded) => {
  /** How often an adapter was told to connect: each makes a pool. */
  let pools = 0;
  let close: (() => Promise<void>) | undefined;
  afterEach(() => close?.());

  function open() {
    pools = 0;
    const { PrismaClient } = generatedClient();
    const made: Client[] = [];
    const resilient = new ResilientPrismaClient((ctx: FactoryContext) => {
      const adapter = makeAdapter(cluster.url());
      const connect = adapter.connect.bind(adapter);
      adapter.connect = () => {
        pools++;
        return connect();
      };
      const client = new PrismaClient({ adapter: guarded ? ctx.guard(adapter) : adapter }) as Client;
      made.push(client);
      return client;
    }, silent);
    close = () => resilient.shutdown();
    return { resilient, prisma: resilient.getClient(), made };
  }

  test('a `tx` answers as on a bare client that was disconnected, and no pool is made for it', async () => {
    const bare = makeClient(cluster.url());
    const bareTx = await escapedFrom(bare);
    const closed = await answersOf(bareTx);
    await bare.$disconnect();
    const disconnected = await answersOf(bareTx);
    await bare.$disconnect();
    await connectionsBecome(0);

    const { resilient, prisma } = open();
    const tx = await escapedFrom(prisma);
    expect(await answersOf(tx)).toEqual(closed);
    await resilient.hardReset();
    await connectionsBecome(1);
    expect(await answersOf(tx)).toEqual(disconnected);
    expect(pools).toBe(2);
    expect(await cluster.connectionCount()).toBe(1);
    expect(await prisma.user.count()).toBe(0);

    await resilient.shutdown();
    await connectionsBecome(0);
    for (const answer of await answersOf(tx)) expect(answer).toMatchObject({ code: new ShutdownError('').code });
    expect(pools).toBe(2);
    expect(await cluster.settledConnections(0)).toBe(0);
  });

  test('a client that user code has kept goes on through the one that serves, and closes nothing', async () => {
    const { resilient, prisma, made } = open();
    await resilient.ready();
    await resilient.hardReset();
    await connectionsBecome(1);
    const [kept] = made;
    expect(await Promise.all([kept.user.count(), kept.user.count(), kept.$queryRaw`SELECT 1 AS one`])).toEqual([
      0,
      0,
      [{ one: 1 }],
    ]);
    expect(await kept.$transaction((tx) => tx.user.count())).toBe(0);
    expect(pools).toBe(2);
    await kept.$disconnect();
    await kept.$connect();
    expect(await prisma.user.count()).toBe(0);
    expect(pools).toBe(2);
    await resilient.shutdown();
    await expect(kept.user.count()).rejects.toThrow(/shutdown\(\) was called/);
    await connectionsBecome(0);
  });
});

test('a client that was handed in ready-made stays what it is after shutdown()', async () => {
  const client = makeClient(cluster.url());
  const resilient = new ResilientPrismaClient(client, silent);
  await resilient.ready();
  await resilient.shutdown();
  expect(await client.user.count()).toBe(0);
  await client.$disconnect();
});
