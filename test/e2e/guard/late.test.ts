/** `guardAdapter`: the guard beneath clients that are made first and handed over afterwards. */
import { PrismaPg } from '@prisma/adapter-pg';

import {
  type FactoryContext,
  FactoryError,
  ResilientPrismaClient,
  guardAdapter,
  resilientExtension,
} from '../../../lib';
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

function warningsInto(warnings: string[]): {
  logging: { logger: Record<'debug' | 'info' | 'error' | 'warn', () => void> };
} {
  const ignore = (): void => undefined;
  // A busy machine has others to tell, such as that of a stalled event loop.
  const note = ((line: string): void => void (/adapter/i.test(line) && warnings.push(line))) as () => void;
  return { logging: { logger: { debug: ignore, info: ignore, error: ignore, warn: note } } };
}

/** As most applications make it: what its pool lacks is what the guard sets. */
const plainAdapter = () => new PrismaPg({ connectionString: network.url });

test('a client that has connected already is served without it, and that alone is said', async () => {
  const client = new PrismaClient({ adapter: guardAdapter(plainAdapter()) });
  await client.user.count();
  const warnings: string[] = [];
  const prisma = kept(new ResilientPrismaClient(client, warningsInto(warnings)));
  expect(await prisma.user.count()).toBe(0);
  expect(warnings).toEqual([
    expect.stringMatching(/guardAdapter: this client has connected already, .* hand it over before its first query/),
  ]);
});

test('a client that is handed over twice is guarded by the first alone, and that alone is said', async () => {
  const client = new PrismaClient({ adapter: guardAdapter(plainAdapter()) });
  const warnings: string[] = [];
  const first = kept(new ResilientPrismaClient(client, warningsInto(warnings)));
  const second = kept(new ResilientPrismaClient(client, warningsInto(warnings)));
  expect([await first.user.count(), await second.user.count()]).toEqual([0, 0]);
  expect(warnings).toEqual([expect.stringMatching(/guardAdapter: this client was handed over before/)]);
});

test.each<[string, (ctx: FactoryContext) => ReturnType<typeof plainAdapter>]>([
  ['guardAdapter twice', () => guardAdapter(guardAdapter(plainAdapter()))],
  ['ctx.guard twice', ({ guard }) => guard(guard(plainAdapter()))],
  ['ctx.guard around guardAdapter twice', ({ guard }) => guard(guardAdapter(guardAdapter(plainAdapter())))],
  ['guardAdapter around ctx.guard', ({ guard }) => guardAdapter(guard(plainAdapter()))],
])('%s is one guard, and nothing is said', async (_, make) => {
  const warnings: string[] = [];
  const resilient = new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: make(ctx) }), {
    ...warningsInto(warnings),
    writes: { onUnknownOutcome: 'verify' },
  });
  const prisma = kept(resilient);
  expect(await prisma.user.count()).toBe(0);
  network.loseAcknowledgements(1, { times: 1 });
  expect(await prisma.user.create({ data: { email: 'ada@example.org' } })).toMatchObject({ email: 'ada@example.org' });
  // A second guard beneath the first would ask the server about a write that the first looks up as well.
  expect(warnings).toEqual([]);
});

test('a client that nobody hands over works as with its adapter alone', async () => {
  const client = guarded();
  expect(await client.user.count()).toBe(0);
  await client.$disconnect();
});

test.each([undefined, null, {}, 'postgresql://h/db'])('refuses %p', (adapter) => {
  expect(() => guardAdapter(adapter as never)).toThrow(FactoryError);
});
