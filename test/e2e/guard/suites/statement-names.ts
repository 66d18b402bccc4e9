/** Statements that carry their mark are prepared under a name, where the server keeps it. */
import { PgBouncer } from '../../../support/pgbouncer';
import type { PrismaVersion, TestClient } from '../../errors/prisma-version';
import { GuardLab, kVerified, newToken } from '../lab';

const kByMark = kVerified['by mark'];

interface Prepared {
  readonly name: string;
  readonly uses: number;
}

export function statementNames(version: PrismaVersion): void {
  describe(version.name, () => {
    let lab: GuardLab;

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
    });
    afterAll(() => lab.dispose());
    afterEach(() => lab.disconnectAll());

    /** On the one connection of `client`. */
    const prepared = (client: TestClient): Promise<Prepared[]> =>
      client.$queryRawUnsafe(
        "SELECT name, (generic_plans + custom_plans)::int AS uses FROM pg_prepared_statements WHERE name LIKE 'resilience_%'",
      ) as Promise<Prepared[]>;

    async function create(client: TestClient, times: number): Promise<void> {
      for (let i = 0; i < times; i += 1) {
        const token = newToken();
        expect(await client.token.create({ data: { token } })).toMatchObject({ token, small: 0 });
        expect(await lab.count(token)).toEqual([1]);
      }
    }

    test('from the third time on', async () => {
      const { client } = lab.guarded(kByMark, { max: 1 }, version);
      await create(client, 2);
      expect(await prepared(client)).toEqual([]);
      await create(client, 5);
      expect(await prepared(client)).toEqual([{ name: expect.any(String) as string, uses: 5 }]);
    });

    test('no more than a hundred', async () => {
      const { client } = lab.guarded(kByMark, { max: 1 }, version);
      for (let i = 0; i < 110; i += 1) {
        for (let times = 0; times < 3; times += 1) {
          await client.$executeRawUnsafe(`UPDATE tokens AS t${i} SET small = small WHERE token = $1`, 'nobody');
        }
      }
      expect(await prepared(client)).toHaveLength(100);
    });

    test('and are sent as before once somebody has deallocated them', async () => {
      const { client, host } = lab.guarded(kByMark, { max: 1 }, version);
      await create(client, 4);
      await client.$executeRawUnsafe('DEALLOCATE ALL');
      await create(client, 3);
      expect(await prepared(client)).toEqual([]);
      expect(host.failures).toEqual([]);
    });

    test('and are prepared anew where what they answer has changed', async () => {
      const { client, host } = lab.guarded(kByMark, { max: 1 }, version);
      await create(client, 4);
      const [before] = await prepared(client);
      await lab.cluster.query('ALTER TABLE tokens ALTER COLUMN small TYPE int');
      try {
        await create(client, 4);
        const after = await prepared(client);
        expect(after.map(({ name }) => name)).not.toContain(before.name);
        expect(after).toHaveLength(1);
        expect(host.failures).toEqual([]);
      } finally {
        await lab.cluster.query('ALTER TABLE tokens ALTER COLUMN small TYPE smallint');
      }
    });

    test('and are sent as before through a pooler that does not keep them', async () => {
      const bouncer = await PgBouncer.start({ target: lab.cluster, settings: { default_pool_size: '3' } });
      try {
        const { client, host } = lab.guarded(kByMark, { connectionString: bouncer.url(), max: 8 }, version);
        const tokens = Array.from({ length: 80 }, newToken);
        await Promise.all(
          tokens.map(async (token) => {
            expect(await client.token.create({ data: { token } })).toMatchObject({ token });
          }),
        );
        expect(await lab.count(...tokens)).toEqual(tokens.map(() => 1));
        expect(host.failures).toEqual([]);
        await client.$disconnect();
      } finally {
        await bouncer.dispose();
      }
    });
  });
}
