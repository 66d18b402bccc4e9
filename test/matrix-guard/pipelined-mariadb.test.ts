/**
 * A single write on MariaDB that is sent in one go with its mark, out of autocommit: whatever of it is refused or lost, it
 * is done once or told as it is, and no connection goes back to the pool in a transaction or out of autocommit.
 */
import { createGuard, type Guard } from '../../lib/adapter/guard';
import { onceSocketsAreRead } from '../../lib/drive/loop-turn';
import { markMigration } from '../../lib/tables/mark-migration';
import { failureOf, newToken } from '../e2e/guard/lab';
import { PatientHost } from '../e2e/guard/patient-host';
import { PrismaVersion, type TestClient } from '../e2e/errors/prisma-version';
import { MariaLab } from '../matrix-errors/mariadb-lab';
import { kMariaUser } from '../support/mariadb';
import { StatementFaults } from '../support/mysql_statements';

const kMarks = { onUnknownOutcome: 'verify', markerTable: 'resilience_marks' } as const;
const kOff = 'SET autocommit = 0';
const kOn = 'SET autocommit = 1';
const kMark = 'INSERT INTO `resilience_marks` (token) VALUES (IF(';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Many {
  updateMany(args: object): PromiseLike<unknown>;
}

interface Session {
  readonly id: number;
  readonly autocommit: number;
}

describe.each([6, 7] as const)('Prisma %i', (major) => {
  const version = new PrismaVersion(major);
  let lab: MariaLab;
  let faults: StatementFaults;
  /** Sees what is not committed. */
  let dirty: Pick<MariaLab, 'query'>;
  let host: PatientHost;
  let guard: Guard;
  let client: TestClient;
  let clients: TestClient[] = [];

  beforeAll(async () => {
    lab = await MariaLab.start(version, ['--innodb-lock-wait-timeout=60', '--innodb-rollback-on-timeout=1']);
    await lab.query(markMigration('mysql', 'resilience_marks').sql.replace(/;\n$/, ''));
    await lab.query('CREATE TABLE audit (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(20))');
    await lab.query(
      'CREATE TRIGGER touched AFTER UPDATE ON notes FOR EACH ROW INSERT INTO audit (text) VALUES (NEW.text), (OLD.text)',
    );
    faults = await StatementFaults.start(lab.server.port);
    const reader = await lab.connect({ user: 'root', password: '' });
    await reader.query('SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED');
    dirty = reader as never;
  });
  afterAll(async () => {
    await faults.dispose();
    await lab.dispose();
  });
  beforeEach(async () => {
    client = await connected();
  });
  afterEach(async () => {
    for (const each of clients) each.$disconnect().catch(() => undefined);
    clients = [];
    faults.cut();
    await lab.query('DELETE FROM resilience_marks');
  });

  /** Of one connection, so that what comes next is on the same. */
  async function connected(settings: object = {}): Promise<TestClient> {
    host = new PatientHost(kMarks);
    guard = createGuard(host);
    const factory = lab.adapterFactory({ port: faults.port, connectionLimit: 1, ...settings });
    const made = version.newClient('mysql', guard.wrap(factory as never));
    clients.push(made);
    // The server is got to know once per adapter.
    await write(made, newToken());
    host.answers.length = 0;
    return made;
  }

  /** At once: Prisma's own promises wait until somebody does. */
  const write = async (on: TestClient, token: string): Promise<number> =>
    on.$executeRawUnsafe('INSERT INTO tokens (token) VALUES (?)', token);
  const count = async (token: string): Promise<number> =>
    (await lab.query('SELECT 1 FROM tokens WHERE token = ?', [token])).length;
  const session = async (): Promise<Session> => {
    const sql = 'SELECT CAST(CONNECTION_ID() AS CHAR) AS id, CAST(@@autocommit + 0 AS CHAR) AS autocommit';
    const [row] = (await client.$queryRawUnsafe(sql)) as Record<string, string>[];
    return { id: Number(row.id), autocommit: Number(row.autocommit) };
  };
  /** Rows of the marker table that were committed by themselves. */
  const alone = async (): Promise<number> =>
    (await lab.query("SELECT 1 FROM resilience_marks WHERE SUBSTRING(token, 15, 1) = '8'")).length;

  async function expectSound(before: Pick<Session, 'id'>): Promise<void> {
    expect(await session()).toEqual({ id: before.id, autocommit: 1 });
    // The server answers with what it has answered a moment ago.
    await pause(150);
    const open = await lab.query('SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = ?', [
      before.id,
    ]);
    expect(open).toEqual([]);
  }

  async function until(sql: string, on: Pick<MariaLab, 'query'> = lab): Promise<void> {
    while ((await on.query(sql)).length === 0) await pause(5);
  }
  /** And what the server has answered before is read. */
  const somebodyWaits = async (): Promise<void> => {
    await until(
      "SELECT 1 FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS' AND VARIABLE_VALUE <> '0'",
    );
    await new Promise<void>((resolve) => onceSocketsAreRead(resolve));
  };

  test('goes out in one go, and ends in another', async () => {
    const before = await session();
    const token = newToken();
    faults.arm();
    expect(await write(client, token)).toBe(1);
    const expected = [kOff, kOff, kMark, 'INSERT INTO tokens', 'COMMIT', kOn];
    expect(faults.sent).toEqual(expected.map((text) => expect.stringContaining(text)));
    expect(await count(token)).toBe(1);
    await expectSound(before);
  });

  test.each([
    ['pipelining: false', { pipelining: false }],
    ['resetAfterUse', { resetAfterUse: true }],
    ['noControlAfterUse', { noControlAfterUse: true }],
    ['a cache of prepared statements', { prepareCacheLength: 50 }],
  ])('%s', async (_name, settings) => {
    client = await connected(settings);
    const tokens = [newToken(), newToken(), newToken()];
    for (const token of tokens) expect(await write(client, token)).toBe(1);
    expect(await Promise.all(tokens.map(count))).toEqual([1, 1, 1]);
    expect(await session()).toMatchObject({ autocommit: 1 });
  });

  test('a pool that is out of autocommit already is left as it is', async () => {
    client = await connected({ initSql: kOff });
    const token = newToken();
    faults.arm();
    await write(client, token);
    expect(faults.sent).not.toContain(kOn);
    expect(await count(token)).toBe(1);
    expect(await session()).toMatchObject({ autocommit: 0 });
  });

  test('rows that triggers touch are not counted, and the id is of the statement', async () => {
    const token = newToken();
    await client.token.create({ data: { token, notes: { create: [{ text: 'a' }, { text: 'b' }] } } });
    const [{ id }] = await lab.query<{ id: number }>('SELECT id FROM tokens WHERE token = ?', [token]);
    expect(await client.$executeRawUnsafe("UPDATE notes SET text = 'c' WHERE token_id = ?", id)).toBe(2);
    expect(await (client.note as unknown as Many).updateMany({ where: { tokenId: id }, data: { text: 'd' } })).toEqual({
      count: 2,
    });
  });

  test('a statement that is refused leaves its connection as it was', async () => {
    const before = await session();
    const token = newToken();
    await write(client, token);
    faults.arm();
    expect((await failureOf(write(client, token))).record).toMatchObject({ outcome: 'not-applied' });
    expect(faults.sent.slice(-2)).toEqual(['ROLLBACK', kOn]);
    await expectSound(before);
    expect(host.answers).toEqual([]);
  });

  describe('refused', () => {
    test('one of the two SETs: it is all the same in its transaction', async () => {
      for (const which of [1, 2]) {
        const before = await session();
        const token = newToken();
        faults.arm([kOff, which === 1 ? 'refuse' : 'pass'], [kOff, which === 2 ? 'refuse' : 'pass']);
        expect(await write(client, token)).toBe(1);
        expect(faults.allStruck).toBe(true);
        expect(await count(token)).toBe(1);
        expect(await alone()).toBe(0);
        await expectSound(before);
      }
    });

    test('both SETs: the statement is committed by itself, and told as done; the next begins in the careful way', async () => {
      const before = await session();
      const tokens = [newToken(), newToken()];
      faults.arm([kOff, 'refuse'], [kOff, 'refuse']);
      expect(await write(client, tokens[0])).toBe(1);
      expect(faults.allStruck).toBe(true);
      await expectSound(before);
      expect(await alone()).toBe(1);
      faults.arm();
      await write(client, tokens[1]);
      expect(faults.sent[0]).toBe('BEGIN');
      expect(await Promise.all(tokens.map(count))).toEqual([1, 1]);
    });

    test('both SETs, and the statement: nothing is applied', async () => {
      const before = await session();
      const token = newToken();
      await write(client, token);
      faults.arm([kOff, 'refuse'], [kOff, 'refuse']);
      expect((await failureOf(write(client, token))).record).toMatchObject({ outcome: 'not-applied' });
      expect(await count(token)).toBe(1);
      await expectSound(before);
    });

    test('both SETs, and the answers are lost: the mark does not lie', async () => {
      const token = newToken();
      faults.arm([kOff, 'refuse'], [kOff, 'refuse'], [kMark, 'lose']);
      const ended = failureOf(write(client, token));
      while ((await count(token)) === 0) await pause(5);
      faults.cut();
      expect((await ended).record).toMatchObject({ outcome: 'unknown', reason: 'alone' });
      expect(host.answers.map(({ answer }) => answer)).toEqual(['alone']);
    });

    test('the mark, by a lock that is waited for too long: its transaction is rolled back, and the statement with it', async () => {
      await lab.query('SET GLOBAL innodb_lock_wait_timeout = 1');
      client = await connected();
      await lab.query('SET GLOBAL innodb_lock_wait_timeout = 60');
      const before = await session();
      const token = newToken();
      const holder = await lab.connect({ user: 'root', password: '' });
      await holder.query('BEGIN');
      faults.arm();
      await holder.query("SELECT * FROM resilience_marks WHERE token > '0' FOR UPDATE");
      const writing = write(client, token).then(
        (rows) => rows,
        (error: unknown) => failureOf(Promise.reject(error)).then(({ record }) => record?.outcome),
      );
      while (!faults.sent.includes('ROLLBACK')) await pause(5);
      expect(await count(token)).toBe(0);
      await holder.query('ROLLBACK');
      holder.destroy();
      const told = await writing;
      expect([1, 'not-applied']).toContain(told);
      expect(await count(token)).toBe(told === 1 ? 1 : 0);
      await expectSound(before);
    });

    test('the mark, and the ROLLBACK behind it: the statement that was done is not committed', async () => {
      const before = await session();
      const token = newToken();
      faults.arm([kMark, 'refuse'], ['ROLLBACK', 'refuse']);
      const told = await write(client, token).then(
        (rows) => rows,
        (error: unknown) => failureOf(Promise.reject(error)).then(({ record }) => record?.outcome),
      );
      expect(faults.allStruck).toBe(true);
      expect([1, 'not-applied']).toContain(told);
      const after = await session();
      await expectSound(after);
      // Prisma 6 sends another ROLLBACK.
      if (major === 7) expect(after.id).not.toBe(before.id);
      expect(await count(token)).toBe(told === 1 ? 1 : 0);
    });

    test('COMMIT, and what follows it commits: the mark tells', async () => {
      const token = newToken();
      faults.arm(['COMMIT', 'refuse']);
      expect(await write(client, token)).toBe(1);
      expect(faults.allStruck).toBe(true);
      expect(host.answers.map(({ answer }) => answer)).toEqual(['there']);
      expect(await count(token)).toBe(1);
      expect(await session()).toMatchObject({ autocommit: 1 });
    });

    test('what follows COMMIT: the connection is not used again', async () => {
      const before = await session();
      const token = newToken();
      faults.arm([kOn, 'refuse']);
      expect(await write(client, token)).toBe(1);
      expect(faults.allStruck).toBe(true);
      const after = await session();
      expect(after).toMatchObject({ autocommit: 1 });
      expect(after.id).not.toBe(before.id);
      expect(await count(token)).toBe(1);
    });
  });

  describe('lost', () => {
    const asked = (): string[] => host.answers.map(({ answer }) => answer);

    test.each([
      ['all of it', kOff],
      ['the mark and what follows', kMark],
      ['the statement', 'INSERT INTO tokens'],
      ['COMMIT', 'COMMIT'],
    ])('%s, on the way there', async (_name, text) => {
      const token = newToken();
      faults.arm([text, 'cut']);
      expect(await write(client, token)).toBe(1);
      expect(faults.allStruck).toBe(true);
      expect(await count(token)).toBe(1);
      expect(asked().filter((answer) => answer !== 'refused' && answer !== 'held')).toEqual([]);
    });

    test.each([
      ['all answers', kOff],
      ["the statement's answer", 'INSERT INTO tokens'],
    ])('%s, of what was done and not committed', async (_name, text) => {
      const token = newToken();
      faults.arm([text, 'lose']);
      const writing = write(client, token);
      await until(`SELECT 1 FROM tokens WHERE token = '${token}'`, dirty);
      faults.cut();
      expect(await writing).toBe(1);
      expect(await count(token)).toBe(1);
      expect(asked()).toContain('refused');
    });

    test('the statement waits for a lock: nothing has to be asked', async () => {
      const token = newToken();
      const holder = await lab.connect({ user: 'root', password: '' });
      await holder.query('BEGIN');
      await holder.query('INSERT INTO tokens (token) VALUES (?)', [token]);
      const writing = write(client, token);
      await somebodyWaits();
      faults.cut();
      await holder.query('ROLLBACK');
      holder.destroy();
      expect(await writing).toBe(1);
      expect(await count(token)).toBe(1);
      expect(asked()).toEqual([]);
    });

    test('the answer to COMMIT', async () => {
      const token = newToken();
      faults.arm(['COMMIT', 'lose']);
      const writing = write(client, token);
      while ((await count(token)) === 0) await pause(5);
      faults.cut();
      expect(await writing).toBe(1);
      expect(asked()).toEqual(['there']);
      expect(await count(token)).toBe(1);
    });
  });

  test('given up while it waits for a lock: it is rolled back once that is answered', async () => {
    const before = await session();
    const token = newToken();
    const holder = await lab.connect({ user: 'root', password: '' });
    await holder.query('BEGIN');
    await holder.query('INSERT INTO tokens (token) VALUES (?)', [token]);
    host.hold = new Promise(() => undefined);
    write(client, token).catch(() => undefined);
    await somebodyWaits();
    const [hanging] = [...guard.inFlight()];
    expect(guard.abandon(hanging)).toBe(true);
    await holder.query('ROLLBACK');
    holder.destroy();
    await expectSound(before);
    expect(await count(token)).toBe(0);
  });

  test('a storm of KILL QUERY: what is told is what is there', async () => {
    const kStrikes = 40;
    let over = false;
    // A connection that was struck badly is replaced.
    const ids = `SELECT id FROM information_schema.PROCESSLIST WHERE user = '${kMariaUser}'`;
    const storm = Array.from({ length: 3 }, async () => {
      const rival = await lab.connect({ user: 'root', password: '' });
      while (!over) {
        const rows = await rival.query(ids);
        const kills = rows.flatMap(({ id }) =>
          Array.from({ length: 20 }, () => rival.query(`KILL QUERY ${id as number}`)),
        );
        await Promise.allSettled(kills);
      }
      rival.destroy();
    });

    const told = new Map<string, string>();
    let strikes = 0;
    while (strikes < kStrikes) {
      const token = newToken();
      const outcome = await write(client, token).then(
        () => 'done',
        async (error: unknown) => (await failureOf(Promise.reject(error))).record?.outcome ?? 'unknown',
      );
      told.set(token, outcome);
      strikes = host.answers.length + [...told.values()].filter((each) => each !== 'done').length;
    }
    over = true;
    await Promise.all(storm);
    const there = new Set((await lab.query<{ token: string }>('SELECT token FROM tokens')).map(({ token }) => token));
    const wrong = [...told].filter(
      ([token, outcome]) => outcome !== 'unknown' && there.has(token) !== (outcome === 'done'),
    );
    expect(wrong).toEqual([]);
    expect((await session()).autocommit).toBe(1);
  }, 120_000);
});
