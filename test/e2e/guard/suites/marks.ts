/** The marker table: what it decides, what becomes of its rows, and what is wrong with other tables. */
import { ConfigError } from '../../../../lib/errors';
import { newToken as newMark } from '../../../../lib/adapter/verify/token';
import { markMigration } from '../../../../lib/tables/mark-migration';
import type { PrismaVersion, TestClient } from '../../errors/prisma-version';
import { GuardLab, type Guarded, failureOf, kVerified, newToken, until } from '../lab';

const kByMark = kVerified['by mark'];

export function marks(version: PrismaVersion): void {
  describe(version.name, () => {
    let lab: GuardLab;

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
    });
    afterAll(() => lab.dispose());
    afterEach(async () => {
      await lab.disconnectAll();
      await lab.cluster.query('TRUNCATE marks');
    });

    const rows = (): Promise<{ token: string; refused: boolean }[]> =>
      lab.cluster.query('SELECT token::text, refused FROM marks ORDER BY token');

    /** Nobody is told to go on before `go`. */
    function held(guarded: Guarded): () => void {
      let go = (): void => undefined;
      guarded.host.hold = new Promise((resolve) => (go = resolve));
      return () => {
        guarded.host.hold = undefined;
        go();
      };
    }

    describe('decides', () => {
      test('through recoveries in a row', async () => {
        const guarded = lab.guarded(kByMark, { max: 2 }, version);
        const [kept, lost] = [newToken(), newToken()];
        await guarded.client.token.create({ data: { token: newToken() } });
        const go = held(guarded);
        const cuts = [lab.proxy.cutAfter({ from: 'client', message: 'Statement', sql: /^WITH/, drop: true, times: 1 })];
        const losing = Promise.resolve(guarded.client.token.create({ data: { token: lost } }));
        await until(() => cuts[0].hits === 1);
        cuts.push(lab.proxy.loseAcknowledgements({ times: 1, tag: /^SELECT/ }));
        const keeping = Promise.resolve(guarded.client.token.create({ data: { token: kept } }));
        await until(() => cuts[1].hits === 1);
        for (let times = 0; times < 3; times += 1) await lab.cluster.restart('immediate');
        go();
        expect(await Promise.all([losing, keeping])).toMatchObject([{ token: lost }, { token: kept }]);
        expect(await lab.count(kept, lost)).toEqual([1, 1]);
        expect(guarded.host.answers.map(({ answer }) => answer).sort()).toEqual(['refused', 'there']);
      });

      test("though the asker's own answer was lost", async () => {
        const guarded = lab.guarded(kByMark, { max: 1 }, version);
        const token = newToken();
        await guarded.client.token.create({ data: { token: newToken() } });
        lab.proxy.cutAfter({ from: 'client', message: 'Statement', sql: /^WITH/, drop: true, times: 1 });
        const lost = lab.proxy.loseAcknowledgements({ times: 1, tag: /COMMIT/ });
        await guarded.client.token.create({ data: { token } });
        expect(lost.hits).toBe(1);
        expect(await lab.count(token)).toEqual([1]);
        expect(guarded.host.answers.map(({ answer }) => answer)).toEqual(['refused']);
      });

      test('against a ghost that holds the key: waits for it, then ends it', async () => {
        const guarded = lab.guarded(kByMark, { max: 1 }, version);
        const token = newToken();
        await guarded.client.token.create({ data: { token: newToken() } });
        // The write waits at the server for a lock, and its connection breaks meanwhile.
        const blocker = lab.bare({}, version);
        let release = (): void => undefined;
        let locked = (): void => undefined;
        const isLocked = new Promise<void>((resolve) => (locked = resolve));
        const blocking = blocker.$transaction(
          async (tx) => {
            await tx.$executeRawUnsafe('LOCK TABLE marks IN EXCLUSIVE MODE');
            locked();
            await new Promise<void>((resolve) => (release = resolve));
          },
          { timeout: 30_000 },
        );
        await isLocked;
        const writing = Promise.resolve(guarded.client.token.create({ data: { token } }));
        while ((await lab.cluster.connectionCount("wait_event_type = 'Lock'")) === 0);
        await lab.abandonAll(guarded.guard);
        await until(() => guarded.host.answers.some(({ verdict }) => verdict.endGhost));
        release();
        await blocking;
        await writing;
        expect(await lab.count(token)).toEqual([1]);
      });

      test('and a ghost that wakes up later fails on the key', async () => {
        const guarded = lab.guarded(kByMark, { max: 1 }, version);
        const token = newToken();
        await guarded.client.token.create({ data: { token: newToken() } });
        const seen = lab.proxy.cutAfter({ from: 'client', message: 'Statement', sql: /^WITH/, drop: true, times: 1 });
        await guarded.client.token.create({ data: { token } });
        expect(seen.hits).toBe(1);
        const [{ token: mark }] = (await rows()).filter(({ refused }) => refused);
        const ghost =
          "WITH resilience_result AS (INSERT INTO tokens (token) VALUES ('ghost') RETURNING id), resilience_mark AS (" +
          `INSERT INTO marks (token, result) SELECT '${mark}', NULL) SELECT * FROM resilience_result`;
        await expect(lab.cluster.query(ghost)).rejects.toThrow(/marks_pkey/);
        expect(await lab.count('ghost', token)).toEqual([0, 1]);
      });
    });

    describe('rows', () => {
      test('of settled writes are swept in the background', async () => {
        const { client, host } = lab.guarded(kByMark, { max: 4 }, version);
        host.sweepPauseMs = 20;
        for (let i = 0; i < 20; i += 1) {
          await Promise.all([
            client.token.create({ data: { token: newToken() } }),
            client.$transaction(async (tx) => tx.token.create({ data: { token: newToken() } })),
          ]);
        }
        while ((await rows()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      });

      test('go when the client disconnects', async () => {
        const { client } = lab.guarded(kByMark, { max: 4 }, version);
        await client.token.create({ data: { token: newToken() } });
        await client.$disconnect();
        expect(await rows()).toEqual([]);
      });

      test('that others have left are swept when they are old; a refusal only with the sessions of its time', async () => {
        const old = newMark(Date.now() - 30 * 3600 * 1000).uuid;
        const refused = newMark(Date.now() - 30 * 3600 * 1000).uuid;
        const young = newMark(Date.now() - 20 * 3600 * 1000).uuid;
        const older = lab.bare({ max: 1 }, version);
        await older.$queryRawUnsafe('SELECT 1 AS one');
        await lab.cluster.query(
          `INSERT INTO marks (token, at, refused) VALUES ('${old}', now() - interval '30 hours', false),
             ('${young}', now() - interval '20 hours', false), ('${refused}', now() + interval '1 hour', true)`,
        );
        const guarded = lab.guarded(kByMark, { max: 1 }, version);
        const sweep = (): Promise<number> => lab.sweepOld(guarded);
        expect(await sweep()).toBe(1);
        expect((await rows()).map(({ token }) => token)).toEqual([refused, young]);
        await lab.cluster.query(`UPDATE marks SET at = now() - interval '30 hours' WHERE token = '${refused}'`);
        expect(await sweep()).toBe(1);
        expect((await rows()).map(({ token }) => token)).toEqual([young]);
      });

      test('are not left by transactions that only read, and by those that may not write', async () => {
        const { client } = lab.guarded(kByMark, { max: 1 }, version);
        await client.$transaction(async (tx) => tx.token.findMany());
        const answer = await client.$transaction(async (tx) => {
          await tx.$executeRawUnsafe('SET TRANSACTION READ ONLY');
          return tx.$queryRawUnsafe('SELECT count(*)::int AS n FROM tokens WHERE false');
        });
        expect(answer).toEqual([{ n: 0 }]);
        expect(await rows()).toEqual([]);
      });
    });

    test('a statement that cannot carry a mark, for a rule of its table, runs in a transaction', async () => {
      await lab.cluster.query(`
        CREATE TABLE ruled (id serial PRIMARY KEY, n int); CREATE TABLE ruled_log (n int);
        CREATE RULE log AS ON INSERT TO ruled DO ALSO INSERT INTO ruled_log VALUES (NEW.n);
        ALTER TABLE ruled OWNER TO app; ALTER TABLE ruled_log OWNER TO app`);
      const { client } = lab.guarded(kByMark, { max: 1 }, version);
      for (let n = 0; n < 2; n += 1)
        expect(await client.$executeRawUnsafe('INSERT INTO ruled (n) VALUES ($1)', n)).toBe(1);
      const cut = lab.proxy.loseAcknowledgements({ times: 1, tag: /COMMIT/ });
      expect(await client.$executeRawUnsafe('INSERT INTO ruled (n) VALUES ($1)', 2)).toBe(1);
      expect(cut.hits).toBe(1);
      expect(await lab.cluster.query('SELECT n FROM ruled_log ORDER BY n')).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    });

    describe('what happens to the table while a client serves', () => {
      const kWrites: readonly (readonly [string, (client: TestClient, token: string) => PromiseLike<unknown>])[] = [
        ['a single write', (client, token) => client.token.create({ data: { token } })],
        ['a transaction', (client, token) => client.$transaction(async (tx) => tx.token.create({ data: { token } }))],
      ];
      const serving = async (markerTable: string): Promise<TestClient> => {
        await lab.cluster.query(
          `SET ROLE app; ${markMigration('postgresql', markerTable).sql.replace(/;\n$/, '')}; RESET ROLE`,
        );
        const { client } = lab.guarded({ onUnknownOutcome: 'verify', markerTable }, { max: 2 }, version);
        await client.token.create({ data: { token: newToken() } });
        return client;
      };

      test.each(kWrites)('a token that is there already, %s', async (name, write) => {
        const client = await serving('taken');
        // Somebody else is first, once.
        await lab.cluster.query(`
          CREATE SEQUENCE tries; GRANT ALL ON tries TO app;
          CREATE FUNCTION first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF pg_trigger_depth() = 1 AND nextval('tries') = 1 THEN
              INSERT INTO taken (token) VALUES (NEW.token);
            END IF;
            RETURN NEW;
          END $$;
          CREATE TRIGGER first BEFORE INSERT ON taken FOR EACH ROW EXECUTE FUNCTION first()`);
        const token = newToken();
        const ended = await Promise.resolve(write(client, token)).catch((error: unknown) => error);
        const isAgain = name === 'a single write';
        const conflict = version.hasRustEngine ? { code: 'P2034' } : { cause: { kind: 'TransactionWriteConflict' } };
        if (!isAgain) expect(ended).toMatchObject(conflict);
        expect(await lab.count(token)).toEqual([isAgain ? 1 : 0]);
        await lab.cluster.query('DROP TABLE taken; DROP FUNCTION first; DROP SEQUENCE tries');
      });

      test.each(kWrites)('it is dropped, %s', async (_name, write) => {
        const client = await serving('dropped');
        await lab.cluster.query('DROP TABLE dropped');
        const token = newToken();
        const { error } = await failureOf(write(client, token));
        expect(error.message).toMatch(/no table dropped that this role can reach.*npx prisma-resilient marks/);
        expect(await lab.count(token)).toEqual([0]);
      });

      test.each(kWrites)('the role loses a right, %s', async (_name, write) => {
        const client = await serving('lost');
        await lab.cluster.query('ALTER TABLE lost OWNER TO postgres; GRANT SELECT ON lost TO app');
        const token = newToken();
        const { error } = await failureOf(write(client, token));
        expect(error.message).toMatch(/app may not INSERT, UPDATE, DELETE on lost.*GRANT SELECT, INSERT/);
        expect(await lab.count(token)).toEqual([0]);
        await lab.cluster.query('DROP TABLE lost');
      });
    });

    describe('a table that cannot be relied on is a ConfigError', () => {
      const kShape =
        'token uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), refused boolean NOT NULL DEFAULT false, result json';
      const kBad: readonly (readonly [string, string, string, RegExp])[] = [
        [
          'missing',
          'nowhere',
          '',
          /no table nowhere that this role can reach.*search_path.*npx prisma-resilient marks/,
        ],
        [
          'unlogged',
          'unlogged',
          `CREATE UNLOGGED TABLE unlogged (${kShape})`,
          /unlogged: a crash empties it.*ALTER TABLE unlogged SET LOGGED/,
        ],
        [
          'without a unique key',
          'keyless',
          `CREATE TABLE keyless (${kShape.replace(' PRIMARY KEY', ' NOT NULL')})`,
          /no unique key on \(token\).*ADD PRIMARY KEY \(token\)/,
        ],
        [
          'with a key that is checked late',
          'late',
          `CREATE TABLE late (${kShape.replace(' PRIMARY KEY', ' UNIQUE DEFERRABLE')})`,
          /no unique key/,
        ],
        [
          'of an earlier shape',
          'earlier',
          'CREATE TABLE earlier (token uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
          /lacks "refused boolean", "result json".*ALTER TABLE earlier ADD COLUMN refused/,
        ],
        [
          'of another shape',
          'odd',
          'CREATE TABLE odd (id int NOT NULL)',
          /another shape.*columns that need a value.*id/s,
        ],
        [
          'that is a view',
          'looks',
          `CREATE TABLE beneath (${kShape}); CREATE VIEW looks AS SELECT * FROM beneath`,
          /looks is no table/,
        ],
        [
          'with a trigger',
          'pulled',
          `CREATE TABLE pulled (${kShape}); CREATE TRIGGER t BEFORE UPDATE ON pulled FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
          /rules or triggers/,
        ],
        [
          'in a schema out of reach',
          'secret.marks',
          `CREATE SCHEMA secret; CREATE TABLE secret.marks (${kShape})`,
          /out of reach.*GRANT USAGE ON SCHEMA/,
        ],
        [
          "of somebody else's",
          'not_mine',
          `CREATE TABLE not_mine (${kShape}); GRANT SELECT ON not_mine TO app`,
          /app may not INSERT, UPDATE, DELETE on not_mine.*GRANT SELECT, INSERT, UPDATE, DELETE ON not_mine TO "app"/,
        ],
      ];

      test.each(kBad)('%s', async (_which, markerTable, create, message) => {
        if (create !== '') await lab.cluster.query(create);
        if (!/not_mine|secret/.test(markerTable) && create !== '')
          await lab.cluster.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO app`);
        if (markerTable === 'not_mine')
          await lab.cluster.query('REVOKE ALL ON not_mine FROM app; GRANT SELECT ON not_mine TO app');
        const { client, guard } = lab.guarded({ onUnknownOutcome: 'verify', markerTable }, { max: 2 }, version);
        await client.$queryRawUnsafe('SELECT 1 AS one');
        await expect(guard.checkServer()).rejects.toThrow(ConfigError);
        await expect(guard.checkServer()).rejects.toThrow(message);
        const token = newToken();
        const { error } = await failureOf(client.token.create({ data: { token } }));
        expect(error.message).toMatch(message);
        expect(await lab.count(token)).toEqual([0]);
        // Reads need no marks.
        expect(await client.token.findMany({ where: { token } })).toEqual([]);
      });
    });
  });
}
