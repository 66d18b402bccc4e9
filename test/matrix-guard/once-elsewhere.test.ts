/** once() on MariaDB and SQLite, on all versions of Prisma that work with them here. */
import { KeyReusedError, ResilientPrismaClient } from '../../lib';
import { type MarkProvider, onceMigration } from '../../lib/tables/mark-migration';
import { newToken } from '../e2e/guard/lab';
import { PrismaVersion, type Queries, type TestClient } from '../e2e/errors/prisma-version';
import { MariaLab } from '../matrix-errors/mariadb-lab';
import { SqliteLab } from '../matrix-errors/sqlite-lab';

const kHour = { ttlMs: 3_600_000, timeoutMs: 20_000 };

interface AnyLab {
  adapterFactory(): unknown;
  dispose(): Promise<void>;
}

async function mariaDb(version: PrismaVersion): Promise<AnyLab> {
  const lab = await MariaLab.start(version);
  for (const sql of onceMigration('mysql').split(';\n').filter(Boolean)) await lab.query(sql);
  return lab;
}

async function sqlite(version: PrismaVersion): Promise<AnyLab> {
  const lab = await SqliteLab.start(version);
  lab.other.exec(onceMigration('sqlite'));
  return lab;
}

const kDatabases: readonly (readonly [string, MarkProvider, (version: PrismaVersion) => Promise<AnyLab>])[] = [
  ['MariaDB', 'mysql', mariaDb],
  ['SQLite', 'sqlite', sqlite],
];

describe.each([6, 7] as const)('Prisma %i', (major) => {
  const version = new PrismaVersion(major);

  describe.each(kDatabases)('%s', (_name, provider, start) => {
    let lab: AnyLab;
    let clients: ResilientPrismaClient<never>[];
    beforeAll(async () => {
      lab = await start(version);
      clients = [0, 1].map(
        () =>
          new ResilientPrismaClient((ctx) => version.newClient(provider, ctx.guard(lab.adapterFactory())) as never, {
            logging: { level: 'silent' },
          }),
      );
    });
    afterAll(async () => {
      await Promise.all(clients.map((client) => client.shutdown({ drainMs: 0 })));
      await lab.dispose();
    });

    const count = async (token: string): Promise<number> =>
      (await (clients[0].getClient() as TestClient).token.findMany({ where: { token: { startsWith: token } } })).length;
    const work =
      (token: string) =>
      async (tx: unknown): Promise<{ id: number }> => {
        const { id } = (await (tx as Queries).token.create({ data: { token: `${token}-${Math.random()}` } })) as {
          id: number;
        };
        return { id };
      };

    test('one piece of work for its key, at the same time and later', async () => {
      const key = newToken();
      const calls = clients.flatMap((client) => [0, 1, 2].map(() => client.once(key, work(key), kHour)));
      const answers = await Promise.all(calls);
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      expect(await clients[1].once(key, () => ({ id: -1 }), kHour)).toEqual(answers[0]);
      expect(await count(key)).toBe(1);
    });

    test('a fingerprint, an expired key, and work that fails', async () => {
      const key = newToken();
      await clients[0].once(key, work(key), { ...kHour, fingerprint: 'a' });
      await expect(clients[1].once(key, work(key), { ...kHour, fingerprint: 'b' })).rejects.toThrow(KeyReusedError);
      const brief = newToken();
      await clients[0].once(brief, () => 'first', { ...kHour, ttlMs: 10 });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await clients[1].once(brief, () => 'second', kHour)).toBe('second');
      const failing = newToken();
      const fails = async (tx: unknown): Promise<never> => {
        await work(failing)(tx);
        throw new RangeError('mine');
      };
      await expect(clients[0].once(failing, fails, kHour)).rejects.toThrow(RangeError);
      expect(await count(failing)).toBe(0);
    });

    test('a missing table says what to run', async () => {
      await expect(clients[0].once(newToken(), () => 1, { ...kHour, table: 'nowhere' })).rejects.toThrow(
        /no table nowhere.*npx prisma-resilient marks/,
      );
    });
  });
});
