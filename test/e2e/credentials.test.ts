/** A secret is rotated, and the factory reads it anew: nothing fails, and what runs goes on. */
import { ResilientPrismaClient } from '../../lib';
import { PostgresCluster } from '../support/postgres';
import { createSchema, generatedClient, makeAdapter, makeClient } from '../support/prisma';

jest.setTimeout(60_000);

type Client = ReturnType<typeof makeClient>;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let cluster: PostgresCluster;
let resilient: ResilientPrismaClient<Client>;
let secret = 'first';
let reasons: string[] = [];
let lines: string[] = [];
beforeAll(async () => {
  cluster = await PostgresCluster.start({ password: secret });
  await createSchema(cluster);
});
beforeEach(() => {
  reasons = [];
  lines = [];
});
afterEach(() => resilient.shutdown({ drainMs: 0 }));
afterAll(() => cluster.dispose());

function open(guarded: boolean, read: () => string): Client {
  const { PrismaClient } = generatedClient();
  const note = (text: unknown): void => void lines.push(String(text));
  resilient = new ResilientPrismaClient<Client>(
    (ctx) => {
      reasons.push(ctx.reason);
      const adapter = makeAdapter(cluster.url({ password: read() }), { max: 3 });
      return new PrismaClient({ adapter: guarded ? ctx.guard(adapter) : adapter }) as Client;
    },
    { logging: { logger: { debug: note, info: note, warn: note, error: note } as never } },
  );
  return resilient.getClient();
}

async function rotate(password: string): Promise<void> {
  secret = password;
  await cluster.query(`ALTER ROLE app PASSWORD '${password}'`);
}

describe.each([
  ['without the guard', false],
  ['with the guard', true],
])('%s', (_, guarded) => {
  test('a rotated password is picked up by the factory, and nothing fails', async () => {
    const prisma = open(guarded, () => secret);
    await resilient.ready();
    const told: string[] = [];
    resilient.on('refresh', ({ reason }) => told.push(reason));
    const running = prisma.$queryRaw`SELECT pg_sleep(1)::text AS nap`.then(() => 'done');
    await sleep(100);
    await rotate(`rotated-${guarded}`);
    // More than the pool has open: new connections are needed.
    const counts = await Promise.all(Array.from({ length: 10 }, () => prisma.$queryRaw`SELECT pg_sleep(0.1)::text`));
    expect(counts).toHaveLength(10);
    expect(await running).toBe('done');
    expect(reasons).toEqual(['initial', 'credentials']);
    expect(told).toEqual(['credentials']);
    expect(resilient.getConnectionStats()).toMatchObject({ totalHardResets: 0, state: 'up' });
    expect(lines.filter((line) => line.includes('credentials-refused'))).toHaveLength(1);
    expect(lines.join('\n')).not.toContain(secret);
  });

  test('a factory that knows no better is asked once per minResetInterval, and connections that work go on', async () => {
    const stale = secret;
    const prisma = open(guarded, () => stale);
    await resilient.ready();
    const running = prisma.$queryRaw`SELECT pg_sleep(1)::text AS nap`.then(() => 'done');
    await sleep(100);
    await rotate(`better-${guarded}`);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () =>
        prisma.$queryRaw`SELECT pg_sleep(0.1)::text`.then(
          () => 'ok',
          (error: Error & { resilience: { errorClass: string } }) => error.resilience.errorClass,
        ),
      ),
    );
    expect(new Set(outcomes)).toContain('fatal-configuration');
    expect(await running).toBe('done');
    expect(reasons).toEqual(['initial', 'credentials']);
    expect(resilient.getConnectionStats().state).toBe('up');
  });
});
