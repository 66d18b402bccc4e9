/**
 * The same statements through a bare client and through guarded ones, on tables of their own: same answers, same errors,
 * same rows. Above all the statements that refuse to run in a transaction.
 */
import { availableFlavours } from '../../../support/pg_binaries';
import type { PrismaVersion, Queries, TestClient } from '../../errors/prisma-version';
import { GuardLab } from '../lab';

const kModes = ['throw', 'verify', 'marker'] as const;

/** `T` stands for a table of the twin's own. */
const kStatements: string[] = [
  'VACUUM T',
  '/* first */ VACUUM (ANALYZE) T',
  '-- a line\nVACUUM T',
  'CREATE INDEX CONCURRENTLY T_small ON T (small)',
  'REINDEX INDEX CONCURRENTLY T_small',
  'DROP INDEX CONCURRENTLY T_small',
  'DROP INDEX CONCURRENTLY T_small',
  'ALTER SYSTEM SET work_mem = 4096',
  'CREATE DATABASE T',
  'DISCARD ALL',
  'CALL T_commits(1)',
  'CALL T_fails(2)',
  'CALL T_plain(3)',
  'DO $$ BEGIN INSERT INTO T (token) VALUES (4); COMMIT; INSERT INTO T (token) VALUES (5); END $$',
  "INSERT INTO T (token) VALUES (6); INSERT INTO T (token) VALUES ('7')",
  'INSERT INTO T (token) VALUES (8); COMMIT; INSERT INTO T (token) VALUES (9); SELECT 1/0',
  'BEGIN; INSERT INTO T (token) VALUES (10); COMMIT',
  'INSERT INTO T (token) VALUES (11); INSERT INTO T (token) VALUES (11)',
  '/* VACUUM */ INSERT INTO T (token) VALUES (12) -- COMMIT',
  "INSERT INTO T (token) VALUES ('; COMMIT; --')",
  'LOCK TABLE T',
  'DECLARE c CURSOR FOR SELECT 1',
  'SAVEPOINT s',
  'ROLLBACK',
  'COMMIT',
  'SET LOCAL work_mem = 4096',
  'NOTIFY T',
  'TRUNCATE T_other',
  'CREATE TABLE T_new (id int)',
  'CREATE TABLE T_new (id int)',
  'INSERT INTO T (token) SELECT 13 UNION SELECT 14',
  'WITH gone AS (DELETE FROM T WHERE small = 99 RETURNING id) SELECT count(*)::int FROM gone',
  'UPDATE T SET small = 99999',
  'INSERT INTO T (token, small) VALUES (15, NULL)',
  'INSERT INTO nowhere VALUES (1)',
  'INSERT INTO',
  '',
  'SELECT 1/0',
  "SELECT nextval('T_id_seq')::int AS n",
  'EXPLAIN (COSTS OFF) DELETE FROM T',
  "SELECT pg_advisory_xact_lock(1)::text, current_setting('transaction_isolation') AS iso",
  'COPY T FROM STDIN',
  'SELECT txid_status(txid_current()) AS own',
];

interface Answer {
  readonly value?: unknown;
  readonly error?: { name: string; code: unknown; message: string; meta: unknown };
}

export function twins(version: PrismaVersion): void {
  describe(version.name, () => {
    describe.each(availableFlavours())('%s server', (flavour) => {
      let lab: GuardLab;
      const twins = new Map<string, TestClient>();

      beforeAll(async () => {
        lab = await GuardLab.start({ flavour }, version);
        twins.set('bare', lab.bare({ max: 2 }, version));
        for (const mode of kModes) {
          const markerTable = mode === 'marker' ? 'marks' : undefined;
          const onUnknownOutcome = mode === 'throw' ? 'throw' : 'verify';
          twins.set(mode, lab.guarded({ onUnknownOutcome, markerTable }, { max: 2 }, version).client);
        }
        for (const name of twins.keys()) {
          const T = tableOf(name);
          await lab.cluster.query(
            `SET ROLE app;
           CREATE TABLE ${T} (id serial PRIMARY KEY, token text NOT NULL UNIQUE, small smallint NOT NULL DEFAULT 0);
           CREATE TABLE ${T}_other (id int);
           CREATE PROCEDURE ${T}_plain(n int) LANGUAGE sql AS 'INSERT INTO ${T} (token) VALUES (n)';
           CREATE PROCEDURE ${T}_commits(n int) LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO ${T} (token) VALUES (n); COMMIT; INSERT INTO ${T} (token) VALUES (n + 100); END $$;
           CREATE PROCEDURE ${T}_fails(n int) LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO ${T} (token) VALUES (n); COMMIT; INSERT INTO ${T} (token) VALUES (n + 100);
                PERFORM 1/0; END $$;
           RESET ROLE`,
          );
        }
      });
      afterAll(() => lab.dispose());

      function tableOf(name: string): string {
        return `twin_${name}`;
      }

      /** Answers of all twins, with their own names taken out. */
      async function ask(
        question: (client: Queries, table: string) => PromiseLike<unknown>,
      ): Promise<Map<string, Answer>> {
        const answers = new Map<string, Answer>();
        for (const [name, client] of twins) {
          const T = tableOf(name);
          const neutral = (value: unknown): unknown =>
            JSON.parse(
              JSON.stringify(value ?? null, (_key, each) =>
                typeof each === 'bigint' ? String(each) : each,
              ).replaceAll(T, 'T'),
            );
          try {
            answers.set(name, { value: neutral(await question(client, T)) });
          } catch (thrown) {
            const error = thrown as Error & { code?: string; meta?: unknown };
            const message = error.message.slice(error.message.indexOf('\n\n\n'));
            answers.set(name, {
              error: neutral({
                name: error.constructor.name,
                code: error.code,
                message,
                meta: error.meta,
              }) as Answer['error'],
            });
          }
        }
        return answers;
      }

      function expectAlike(answers: Map<string, Answer>): Answer {
        const bare = answers.get('bare')!;
        for (const mode of kModes) expect({ mode, ...answers.get(mode) }).toEqual({ mode, ...bare });
        return bare;
      }

      test.each(kStatements)('%s', async (sql) => {
        expectAlike(await ask((client, T) => client.$executeRawUnsafe(sql.replace(/\bT(?=\b|_)/g, T))));
        expectAlike(await ask((client, T) => client.$queryRawUnsafe(`SELECT token, small FROM ${T} ORDER BY id`)));
      });

      test('they differ in what they answer, or this file would prove nothing', async () => {
        const answers = await ask((client, T) => client.$queryRawUnsafe(`SELECT token FROM ${T} ORDER BY id`));
        const { value } = expectAlike(answers);
        expect((value as unknown[]).length).toBeGreaterThan(10);
        expect(expectAlike(await ask((client) => client.$executeRawUnsafe('VACUUM nowhere'))).error?.code).toBe(
          'P2010',
        );
      });

      test('an answer that the adapter cannot read: the row is there all the same', async () => {
        const answers = await ask((client, T) =>
          client.$queryRawUnsafe(`INSERT INTO ${T} (token) VALUES ('odd') RETURNING 'a b'::tsvector`),
        );
        const bare = expectAlike(answers);
        if (version.major === 7) expect(bare.error?.message).toContain('tsvector');
        const rows = await ask((client, T) =>
          client.$queryRawUnsafe(`SELECT 1 AS there FROM ${T} WHERE token = 'odd'`),
        );
        expect(expectAlike(rows).value).toEqual([{ there: 1 }]);
      });

      test('a pool that was handed back in order', async () => {
        await lab.nobodyInTransaction();
      });
    });
  });
}
