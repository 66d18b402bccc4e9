/** `guardAdapter`: the guard beneath clients that are made first and handed over afterwards. */
import { FactoryError, ResilientPrismaClient, guardAdapter, resilientExtension } from '../../../lib';
import { type FaultyNetwork, faultyNetwork } from '../../../lib/testing';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, emptyTables, generatedClient, makeAdapter } from '../../support/prisma';

jest.setTimeout(60_000);

const { PrismaClient } = generatedClient();
type Client = InstanceType<typeof PrismaClient>;

let cluster: PostgresCluster;
let network: FaultyNetwork;
const open: { shutdown(): Promise<void> }[] = [];
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
beforeEach(async () => {
  await emptyTables(cluster);
  network = await faultyNetwork(cluster.url());
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((resilient) => resilient.shutdown()));
  await network.close();
});
afterAll(() => cluster.dispose());

const silent = { logging: { level: 'silent' } } as const;
const verifying = { ...silent, writes: { onUnknownOutcome: 'verify' } } as const;
const guarded = (): Client => new PrismaClient({ adapter: guardAdapter(makeAdapter(network.url)) });

function kept(resilient: ResilientPrismaClient<Client>): Client {
  open.push(resilient);
  return resilient.getClient();
}

const kForms: Record<string, () => Client> = {
  'a ready-made client': () => kept(new ResilientPrismaClient(guarded(), verifying)),
  'a client with the extension': () => {
    const extended = guarded().$extends(resilientExtension(verifying) as never) as unknown as Client & {
      $resilience: ResilientPrismaClient<Client>;
    };
    open.push(extended.$resilience);
    return extended;
  },
  'a factory without ctx.guard': () => kept(new ResilientPrismaClient(() => guarded(), verifying)),
  'a factory with both': () =>
    kept(
      new ResilientPrismaClient(
        (ctx) => new PrismaClient({ adapter: ctx.guard(guardAdapter(makeAdapter(network.url))) }),
        verifying,
      ),
    ),
};

describe.each(Object.entries(kForms))('%s', (_, make) => {
  test('a write whose acknowledgement was lost is looked up, and answers', async () => {
    const prisma = make();
    expect(await prisma.user.count()).toBe(0);
    network.loseAcknowledgements(1, { times: 1 });
    expect(await prisma.user.create({ data: { email: 'ada@example.org' } })).toMatchObject({
      email: 'ada@example.org',
    });
    expect(await prisma.user.count()).toBe(1);
  });

  test('an array transaction that has not begun waits for the database', async () => {
    const prisma = make();
    expect(await prisma.user.count()).toBe(0);
    await network.stop();
    const both = prisma.$transaction([prisma.user.create({ data: { email: 'a@x' } }), prisma.user.count()]);
    both.catch(() => undefined);
    await network.start();
    expect((await both)[1]).toBe(1);
  });
});

test('without it, the same write of a ready-made client is told as unknown', async () => {
  const bare = new PrismaClient({ adapter: makeAdapter(network.url) });
  const prisma = kept(new ResilientPrismaClient(bare, verifying));
  await prisma.user.count();
  network.loseAcknowledgements(1, { times: 1 });
  await expect(prisma.user.create({ data: { email: 'ada@example.org' } })).rejects.toMatchObject({
    resilience: { outcome: 'unknown' },
  });
});

test('a client that has connected already is served without it, and it is said', async () => {
  const client = guarded();
  await client.user.count();
  const warnings: string[] = [];
  const note = (line: string): void => void warnings.push(line);
  const ignore = (): void => undefined;
  const logger = { debug: ignore, info: ignore, error: ignore, warn: note };
  const prisma = kept(new ResilientPrismaClient(client, { logging: { logger } }));
  expect(await prisma.user.count()).toBe(0);
  expect(warnings).toContainEqual(expect.stringMatching(/guardAdapter: .* hand it over before its first query/));
});

test('a client that nobody hands over works as with its adapter alone', async () => {
  const client = guarded();
  expect(await client.user.count()).toBe(0);
  await client.$disconnect();
});

test.each([undefined, null, {}, 'postgresql://h/db'])('refuses %p', (adapter) => {
  expect(() => guardAdapter(adapter as never)).toThrow(FactoryError);
});
