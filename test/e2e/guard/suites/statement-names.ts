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
          await client.$queryRawUnsafe(
            `INSERT INTO tokens (token) VALUES ($1) RETURNING id, token /* ${i} */`,
            newToken(),
          );
        }
      }
      expect(await prepared(client)).toHaveLength(100);
    });

    test.each([
      ['answered', 'INSERT INTO changing (v) VALUES ($1) RETURNING id, v'],
      ['not answered', 'INSERT INTO changing (v) VALUES ($1) RETURNING id'],
      ['compared', 'UPDATE changing SET v = $1 WHERE v <= $1 RETURNING id, v'],
    ])('and what is written is what was given, once its column has another type: %s', async (_where, sql) => {
      await lab.cluster.query(
        'CREATE TABLE changing (id serial PRIMARY KEY, v date); ALTER TABLE changing OWNER TO app',
      );
      try {
        const { client, host } = lab.guarded(kByMark, { max: 1 }, version);
        await client.$executeRawUnsafe("INSERT INTO changing (v) VALUES ('2026-01-01')");
        for (let times = 0; times < 4; times += 1) await client.$queryRawUnsafe(sql, '2026-01-02');
        await lab.cluster.query('ALTER TABLE changing ALTER COLUMN v TYPE timestamp(3)');
        await client.$queryRawUnsafe(sql, '2026-01-02 12:34:56');
        const [{ latest }] = await lab.cluster.query<{ latest: string }>('SELECT max(v)::text AS latest FROM changing');
        expect(latest).toBe('2026-01-02 12:34:56');
        expect(host.failures).toEqual([]);
      } finally {
        await lab.disconnectAll();
        await lab.cluster.query('DROP TABLE changing');
      }
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

    test('and no more, where they are stale again and again', async () => {
      const { client, host } = lab.guarded(kByMark, { max: 1 }, version);
      try {
        for (const type of ['int', 'bigint', 'smallint']) {
          await create(client, 4);
          await lab.cluster.query(`ALTER TABLE tokens ALTER COLUMN small TYPE ${type}`);
        }
        await create(client, 4);
        expect(await prepared(client)).toEqual([]);
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
