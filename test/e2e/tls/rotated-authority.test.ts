/** The server's certificate comes from a new authority: the factory is asked for the new one, and nothing fails. */
import { readFileSync } from 'node:fs';
import type * as net from 'node:net';

import { ResilientPrismaClient } from '../../../lib';
import { Authority } from '../../binding/support/certificates';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter, type makeClient } from '../../support/prisma';
import { front, handOnTo, kPassword, portOf } from './servers';

jest.setTimeout(60_000);

type Client = ReturnType<typeof makeClient>;
const kLocalhost = { commonName: 'localhost', altNames: 'DNS:localhost' };

let cluster: PostgresCluster;
let server: net.Server;
const authorities: Authority[] = [];
const authority = (name: string): Authority => {
  const made = new Authority(name);
  authorities.push(made);
  return made;
};

beforeAll(async () => {
  cluster = await PostgresCluster.start({ password: kPassword });
  await createSchema(cluster);
});
afterEach(() => void server.close());
afterAll(async () => {
  await cluster.dispose();
  for (const made of authorities) made.dispose();
});

test.each([
  ['without the guard', false],
  ['with the guard', true],
])('%s', async (_, guarded) => {
  const { PrismaClient } = generatedClient();
  let trusted = authority('before');
  let signed = trusted.sign(kLocalhost);
  server = await front(() => signed, handOnTo(cluster));

  const reasons: string[] = [];
  const lines: string[] = [];
  const note = (text: unknown): void => void lines.push(String(text));
  const url = new URL(cluster.url());
  url.hostname = 'localhost';
  url.port = String(portOf(server));
  const resilient = new ResilientPrismaClient<Client>(
    (ctx) => {
      reasons.push(ctx.reason);
      const adapter = makeAdapter(url.toString(), { max: 3, ssl: { ca: readFileSync(trusted.certificate, 'utf8') } });
      return new PrismaClient({ adapter: guarded ? ctx.guard(adapter) : adapter }) as Client;
    },
    { probe: { url: false }, logging: { logger: { debug: note, info: note, warn: note, error: note } } },
  );
  const prisma = resilient.getClient();
  await resilient.ready();
  const told: string[] = [];
  resilient.on('refresh', ({ reason }) => told.push(reason));
  let asleep = false;
  const running = prisma.$queryRaw`SELECT pg_sleep(1)::text AS nap`.then(() => 'done');
  while (!asleep) {
    const [row] = await cluster.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
    );
    asleep = (row?.n ?? 0) > 0;
  }

  trusted = authority('after');
  signed = trusted.sign(kLocalhost);
  // More than the pool has open: new connections are needed.
  const naps = await Promise.all(Array.from({ length: 10 }, () => prisma.$queryRaw`SELECT pg_sleep(0.1)::text`));
  expect(naps).toHaveLength(10);
  expect(await running).toBe('done');
  expect(reasons).toEqual(['initial', 'credentials']);
  expect(told).toEqual(['credentials']);
  expect(resilient.getConnectionStats()).toMatchObject({ totalHardResets: 0, state: 'up' });
  expect(lines.filter((line) => line.includes('credentials-refused'))).toHaveLength(1);
  await resilient.shutdown({ drainMs: 0 });
});
