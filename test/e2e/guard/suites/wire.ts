/** What verification costs on the wire, counted there. */
import { GuardLab, newToken } from '../lab';
import type { PrismaVersion, TestClient } from '../../errors/prisma-version';

const kWork: [string, (client: TestClient) => PromiseLike<unknown>, number][] = [
  ['a single create', (client) => client.token.create({ data: { token: newToken() } }), 2],
  ['a single raw write', (client) => client.$executeRawUnsafe('UPDATE tokens SET small = small'), 2],
  ['deleteMany', (client) => client.token.deleteMany({ where: { token: 'none' } }), 2],
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
  ['a raw read', (client) => client.$queryRawUnsafe('SELECT 1 AS one'), 0],
  ['a transaction that only reads', (client) => client.$transaction(async (tx) => tx.token.findMany()), 0],
];

export function wire(version: PrismaVersion): void {
  describe(version.name, () => {
    let lab: GuardLab;
    let clients: Record<'bare' | 'throw' | 'verify' | 'marker', TestClient>;

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
      clients = {
        bare: lab.bare({}, version),
        throw: lab.guarded({ onUnknownOutcome: 'throw' }, {}, version).client,
        verify: lab.guarded({ onUnknownOutcome: 'verify' }, {}, version).client,
        marker: lab.guarded({ onUnknownOutcome: 'verify', markerTable: 'marks' }, {}, version).client,
      };
      // The server is got to know once per adapter.
      for (const client of Object.values(clients)) await client.token.create({ data: { token: newToken() } });
    });
    afterAll(() => lab.dispose());

    async function roundTrips(client: TestClient, work: (client: TestClient) => PromiseLike<unknown>): Promise<number> {
      // Prisma gives a connection back a moment after it has answered.
      await new Promise((resolve) => setImmediate(resolve));
      lab.proxy.resetCounters();
      await work(client);
      return lab.proxy.counters().roundTrips;
    }

    test.each(kWork)('%s', async (_name, work, extra) => {
      const bare = await roundTrips(clients.bare, work);
      expect(bare).toBeGreaterThan(0);
      expect(await roundTrips(clients.throw, work)).toBe(bare);
      expect(await roundTrips(clients.verify, work)).toBe(bare + extra);
      // The mark travels in the statement itself, or with COMMIT.
      expect(await roundTrips(clients.marker, work)).toBe(bare);
    });
  });
}
