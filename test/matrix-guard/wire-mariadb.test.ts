/** What verification by marks costs on MariaDB's wire: one round trip more, counted there. */
import { createGuard } from '../../lib/adapter/guard';
import { markMigration } from '../../lib/tables/mark-migration';
import { newToken } from '../e2e/guard/lab';
import { PatientHost } from '../e2e/guard/patient-host';
import { PrismaVersion, type TestClient } from '../e2e/errors/prisma-version';
import { MariaLab } from '../matrix-errors/mariadb-lab';
import { kMariaDatabase, kMariaPassword, kMariaUser } from '../support/mariadb';
import { TcpProxy } from '../support/tcp_proxy';

const kMarks = { onUnknownOutcome: 'verify', markerTable: 'resilience_marks' } as const;
/** So slow that what is sent without waiting is on its way before the first answer comes back. */
const kLatencyMs = 20;

const noRows = (): never => {
  throw new Error('it was not refused');
};

const kWork: readonly (readonly [string, (client: TestClient) => PromiseLike<unknown>, number])[] = [
  ['a raw write', (client) => client.$executeRawUnsafe('UPDATE tokens SET small = small'), 1],
  [
    'a raw write that answers rows',
    (client) => client.$queryRawUnsafe(`INSERT INTO tokens (token) VALUES (?) RETURNING id`, newToken()),
    1,
  ],
  ['deleteMany', (client) => client.token.deleteMany({ where: { token: 'none' } }), 1],
  [
    'a raw write that is refused',
    (client) =>
      client
        .$executeRawUnsafe('INSERT INTO tokens (id, token) VALUES (1, ?)', newToken())
        .then(noRows, () => undefined),
    1,
  ],
  // Where it is not read with certainty, BEGIN and the mark go ahead of it.
  [
    'a raw write with a backslash',
    (client) => client.$executeRawUnsafe("UPDATE tokens SET small = ? WHERE token = 'it\\'s'", 1),
    2,
  ],
  ['a single create', (client) => client.token.create({ data: { token: newToken() } }), 1],
  [
    'a nested create',
    (client) => client.token.create({ data: { token: newToken(), notes: { create: [{ text: 'a' }] } } }),
    1,
  ],
  [
    'an array transaction',
    (client) => client.$transaction([client.token.create({ data: { token: newToken() } }), client.token.findMany()]),
    1,
  ],
  [
    'an interactive transaction',
    (client) => client.$transaction(async (tx) => tx.token.create({ data: { token: newToken() } })),
    1,
  ],
  ['a read', (client) => client.token.findMany(), 0],
];

describe.each([6, 7] as const)('Prisma %i', (major) => {
  const version = new PrismaVersion(major);
  let lab: MariaLab;
  let proxy: TcpProxy;
  let clients: Record<'bare' | 'marks', TestClient>;

  beforeAll(async () => {
    lab = await MariaLab.start(version);
    await lab.query(markMigration('mysql', 'resilience_marks').sql.replace(/;\n$/, ''));
    proxy = await TcpProxy.start({ target: { port: lab.server.port }, protocol: 'raw' });
    const factory = (): unknown =>
      version.make('@prisma/adapter-mariadb', 'PrismaMariaDb', {
        host: '127.0.0.1',
        port: proxy.port,
        user: kMariaUser,
        password: kMariaPassword,
        database: kMariaDatabase,
        connectionLimit: 1,
        // Or the pool looks at a connection that has been idle before it hands it out.
        minDelayValidation: 600_000,
      });
    clients = {
      bare: version.newClient('mysql', factory()),
      marks: version.newClient('mysql', createGuard(new PatientHost(kMarks)).wrap(factory() as never)),
    };
    // The server is got to know once per adapter.
    for (const client of Object.values(clients)) await client.token.create({ data: { token: newToken() } });
    await proxy.delay(kLatencyMs);
  });
  afterAll(async () => {
    for (const client of Object.values(clients)) client.$disconnect().catch(() => undefined);
    await proxy.dispose();
    await lab.dispose();
  });

  async function roundTrips(client: TestClient, work: (client: TestClient) => PromiseLike<unknown>): Promise<number> {
    // Prisma gives a connection back a moment after it has answered.
    await new Promise((resolve) => setTimeout(resolve, 3 * kLatencyMs));
    proxy.resetCounters();
    await work(client);
    return proxy.counters().turns;
  }

  test.each(kWork)('%s', async (_name, work, extra) => {
    const bare = await roundTrips(clients.bare, work);
    expect(bare).toBeGreaterThan(0);
    expect(await roundTrips(clients.marks, work)).toBe(bare + extra);
  });
});
