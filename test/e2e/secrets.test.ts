/** A password goes through a client's whole life, and is searched for in all that it says. */
import { inspect } from 'node:util';

import { ResilientPrismaClient, healthHandler, type ResilientConfig } from '../../lib';
import { PostgresCluster } from '../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../support/prisma';

jest.setTimeout(60_000);

/** Its beginning and its end are searched for: what is between makes URLs hard to read. */
const kPassword = `Kanari" p@ss:w'rd/%41?#Vogel`;
const kPieces = /kanari|vogel/i;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start({ password: kPassword });
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

/** All that is said, to anybody, by a client that `live` uses. */
async function saidBy(
  config: ResilientConfig,
  url: string,
  live: (resilient: ResilientPrismaClient<never>, hear: (thing: unknown) => void) => Promise<void>,
): Promise<string[]> {
  const said: string[] = [];
  const hear = (thing: unknown): void => {
    said.push(inspect(thing, { depth: 12, showHidden: true }));
    said.push(JSON.stringify(thing) ?? '');
    for (let error = thing; error instanceof Error; error = error.cause) said.push(`${error.stack}`);
  };
  const line = (...args: unknown[]): void => args.forEach(hear);
  const { PrismaClient } = generatedClient();
  const resilient = new ResilientPrismaClient(
    (ctx) => new PrismaClient({ adapter: ctx.guard(makeAdapter(url, { connectionTimeoutMillis: 500 })) }),
    {
      ...config,
      logging: { level: 'trace', logger: { trace: line, debug: line, info: line, warn: line, error: line } },
      onError: (error, context) => [error, context].forEach(hear),
      classifyError: (error) => void hear(error),
    },
  );
  const { emit } = resilient;
  jest.spyOn(resilient, 'emit').mockImplementation((name, ...args) => {
    args.forEach(hear);
    return emit.call(resilient, name, ...args);
  });
  await live(resilient as never, hear);
  hear(resilient.getConnectionStats());
  hear(resilient.getMetrics());
  hear(await resilient.healthCheck());
  const health = healthHandler(resilient, { reconnect: { authorize: () => true } });
  for (const method of ['GET', 'POST']) {
    const answer = await health(new Request('http://localhost/health', { method }));
    said.push(await answer.text());
  }
  hear(resilient);
  await resilient.shutdown();
  return said;
}

type Client = InstanceType<ReturnType<typeof generatedClient>['PrismaClient']>;
const clientOf = (resilient: ResilientPrismaClient<never>): Client => resilient.getClient();

function expectNone(said: readonly string[]): void {
  expect(said.length).toBeGreaterThan(20);
  expect(said.filter((text) => kPieces.test(text)).map((text) => text.slice(0, 2000))).toEqual([]);
}

test.each(['on-demand', 'sentinel', 'off'] as const)(
  'through an outage, a reset and a refresh, probe %s',
  async (mode) => {
    const said = await saidBy(
      { probe: { mode }, refresh: { intervalMs: 100 } },
      cluster.url(),
      async (resilient, hear) => {
        await resilient.ready();
        const prisma = clientOf(resilient);
        await prisma.user.count();
        const long = prisma.$queryRaw`SELECT pg_sleep(30)::text`.then(hear, hear);
        await sleep(300);
        await cluster.stop('immediate');
        const parked = Promise.allSettled([
          prisma.user.count(),
          prisma.user.create({ data: { email: `${mode}@x.org` } }),
        ]);
        await sleep(500);
        await cluster.start();
        hear(await parked);
        await resilient.hardReset();
        await prisma.user.count();
        void long;
      },
    );
    expectNone(said);
  },
);

test.each(['on-demand', 'off'] as const)('that is wrong, probe %s', async (mode) => {
  const url = cluster.url({ password: `${kPassword}!` });
  const said = await saidBy({ probe: { mode }, reconnect: { deadline: 1000 } }, url, async (resilient, hear) => {
    await clientOf(resilient).user.count().then(hear, hear);
    await resilient.ready(500).then(hear, hear);
    await resilient.reconnect().then(hear, hear);
    await resilient.hardReset().then(hear, hear);
  });
  expectNone(said);
});

test('of a server that is not there', async () => {
  const url = cluster.url({ port: 1 });
  const said = await saidBy({ reconnect: { deadline: 500 } }, url, async (resilient, hear) => {
    await Promise.allSettled([
      clientOf(resilient).user.count().then(hear, hear),
      resilient.reconnect().then(hear, hear),
    ]);
    await resilient.hardReset().then(hear, hear);
  });
  expectNone(said);
});

test.each([
  ['a port that is none', `postgres://app:${kPassword}@127.0.0.1:notaport/app`],
  ['an address that does not end', `postgres://app:${encodeURIComponent(kPassword)}@[::1/app`],
  ["libpq's own form", `host=127.0.0.1 password='Kanari Vogel' port=x`],
])('in a connection string that cannot be read, and in what a factory throws: %s', async (_, url) => {
  const lines: string[] = [];
  const line = (text: unknown): void => void lines.push(String(text));
  const { PrismaClient } = generatedClient();
  const resilient = new ResilientPrismaClient(
    ({ generation }) => {
      if (generation > 0) throw new Error(`no client for ${url}`);
      return new PrismaClient({ adapter: makeAdapter(cluster.url()) });
    },
    {
      probe: { url },
      logging: { level: 'trace', logger: { trace: line, debug: line, info: line, warn: line, error: line } },
    },
  );
  await resilient.ready();
  await resilient.hardReset().catch(() => undefined);
  await resilient.shutdown();
  expect(lines.some((text) => text.includes('no client for'))).toBe(true);
  expect(lines.filter((text) => kPieces.test(text))).toEqual([]);
});
