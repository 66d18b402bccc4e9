/** Writes verified by marks on MariaDB and SQLite: through lost COMMITs, lost answers, crashes and busy files. */
import { createGuard } from '../../lib/adapter/guard';
import { type MarkProvider, markMigration } from '../../lib/tables/mark-migration';
import { ConfigError, ResilientPrismaClient } from '../../lib';
import { failureOf, newToken } from '../e2e/guard/lab';
import { PatientHost } from '../e2e/guard/patient-host';
import { PrismaVersion, type Queries, type TestClient } from '../e2e/errors/prisma-version';
import { MariaLab } from '../matrix-errors/mariadb-lab';
import { SqliteLab } from '../matrix-errors/sqlite-lab';
import { StatementFaults } from '../support/mysql_statements';
import { kMariaDatabase, kMariaPassword, kMariaUser } from '../support/mariadb';

const kWrites = { onUnknownOutcome: 'verify', markerTable: 'resilience_marks' } as const;
const kAccount = {
  host: '127.0.0.1',
  user: kMariaUser,
  password: kMariaPassword,
  database: kMariaDatabase,
  connectionLimit: 2,
};
const create = (client: Queries, token: string): PromiseLike<unknown> => client.token.create({ data: { token } });

/** `again`: the guard runs it again beneath Prisma. A create is a transaction of Prisma's on MariaDB: it reads the row back. */
const kShapes: readonly (readonly [string, boolean, (client: TestClient, token: string) => PromiseLike<unknown>])[] = [
  ['a single create', false, create],
  ['a raw write', true, (client, token) => client.$executeRawUnsafe(`INSERT INTO tokens (token) VALUES ('${token}')`)],
  [
    'a nested create',
    false,
    (client, token) => client.token.create({ data: { token, notes: { create: [{ text: 'a' }] } } }),
  ],
  [
    'an array transaction',
    false,
    (client, token) => client.$transaction([create(client, token), client.token.findMany()]),
  ],
  ['an interactive transaction', false, (client, token) => client.$transaction(async (tx) => create(tx, token))],
];

interface Queryable {
  executeRaw(query: { sql: string }): Promise<number>;
}
interface Factory {
  connect(): Promise<Queryable & { startTransaction(): Promise<Queryable>; underlyingDriver?(): unknown }>;
}
interface Driver {
  getConnection(): Promise<{ query(...args: unknown[]): Promise<unknown> }>;
}

/** `send` sees each mark that is to be written in a transaction. */
function onMark(factory: unknown, send: (go: () => Promise<number>, sql: string) => Promise<number>): unknown {
  const made = factory as Factory;
  const connect = made.connect.bind(made);
  made.connect = async () => {
    const adapter = await connect();
    const start = adapter.startTransaction.bind(adapter);
    // At once, as Prisma's own: what is sent ahead goes out in the very call.
    adapter.startTransaction = () =>
      start().then((transaction) => {
        const execute = transaction.executeRaw.bind(transaction);
        transaction.executeRaw = (query) => {
          const go = (): Promise<number> => execute(query);
          return /^INSERT INTO .?resilience_marks.*\((IF\(.*)?'(?!0000)/.test(query.sql) ? send(go, query.sql) : go();
        };
        return transaction;
      });
    return adapter;
  };
  return made;
}

/** A mark as it is written where autocommit is off. */
function inTransaction(mark: string): string {
  return mark.replace(/IF\(@@autocommit, '[^']*', ('[^']*')\)/, '$1');
}

/** How the next BEGIN fails: its server refuses it, or goes away before it has said what became of it. */
type BeginFault = 'refused' | 'unanswered';

function failingBegin(factory: unknown, armed: { begin?: BeginFault }): unknown {
  const made = factory as Factory;
  const connect = made.connect.bind(made);
  made.connect = async () => {
    const adapter = await connect();
    const driver = adapter.underlyingDriver?.() as Driver;
    const getConnection = driver.getConnection.bind(driver);
    driver.getConnection = async () => {
      const connection = await getConnection();
      const query = connection.query.bind(connection);
      connection.query = (asked, ...rest) => {
        if (!armed.begin || (asked as { sql?: unknown }).sql !== 'BEGIN') return query(asked, ...rest);
        const fault = armed.begin;
        armed.begin = undefined;
        if (fault === 'unanswered') {
          return Promise.reject(Object.assign(new Error('Server shutdown in progress'), { errno: 1053 }));
        }
        return query({ ...(asked as object), sql: 'BEGIN nothing of the kind' }, ...rest);
      };
      return connection;
    };
    return adapter;
  };
  return made;
}

function tableFor(provider: MarkProvider): string {
  return markMigration(provider, 'resilience_marks').sql;
}

describe.each([6, 7] as const)('MariaDB, Prisma %i', (major) => {
  const version = new PrismaVersion(major);
  let lab: MariaLab;
  let fault: StatementFaults;
  let host: PatientHost;
  let client: TestClient;

  beforeAll(async () => {
    lab = await MariaLab.start(version);
    await lab.query(tableFor('mysql').replace(/;\n$/, ''));
    fault = await StatementFaults.start(lab.server.port);
    host = new PatientHost(kWrites);
    const factory = version.make('@prisma/adapter-mariadb', 'PrismaMariaDb', {
      ...kAccount,
      port: fault.port,
    });
    client = version.newClient('mysql', createGuard(host).wrap(factory as never));
  });
  afterAll(async () => {
    client.$disconnect().catch(() => undefined);
    await fault.dispose();
    await lab.dispose();
  });
  beforeEach(() => void (host.answers.length = 0));

  const count = async (token: string): Promise<number> =>
    (await lab.query('SELECT 1 FROM tokens WHERE token = ?', [token])).length;

  test.each(kShapes)('%s: works, and once', async (_name, _again, write) => {
    const token = newToken();
    await write(client, token);
    expect(await count(token)).toBe(1);
    expect(host.answers).toEqual([]);
  });

  test.each(kShapes)('%s: a COMMIT that is lost', async (_name, again, write) => {
    const token = newToken();
    fault.arm(['COMMIT', 'cut']);
    const writing = write(client, token);
    if (again) await writing;
    else expect((await failureOf(writing)).record).toMatchObject({ phase: 'commit', outcome: 'not-applied' });
    expect(fault.allStruck).toBe(true);
    expect(await count(token)).toBe(again ? 1 : 0);
    expect(host.answers[host.answers.length - 1].answer).toBe('refused');
  });

  // Prisma 6 prepares its COMMIT: what is cut is the answer to that, and the COMMIT itself may not have been sent.
  test.each(kShapes)('%s: an answer that is lost', async (_name, again, write) => {
    const token = newToken();
    fault.arm(['COMMIT', 'cut-answer']);
    const ended = await Promise.resolve(write(client, token)).then(
      () => 'done',
      async (error) => (await failureOf(Promise.reject(error))).record?.outcome,
    );
    expect(fault.allStruck).toBe(true);
    const there = await count(token);
    if (major === 7 || again) expect(ended).toBe('done');
    expect(there).toBe(ended === 'done' ? 1 : 0);
  });

  test('a crash of the server with COMMIT unanswered, and another one', async () => {
    const token = newToken();
    let go = (): void => undefined;
    host.hold = new Promise((resolve) => (go = resolve));
    fault.arm(['COMMIT', 'cut-answer']);
    const writing = Promise.resolve(create(client, token));
    while (!fault.allStruck) await new Promise((resolve) => setTimeout(resolve, 2));
    for (let times = 0; times < 2; times += 1) {
      lab.dropControl();
      await lab.server.stop('SIGKILL');
      await lab.server.start();
    }
    host.hold = undefined;
    go();
    await writing;
    expect(await count(token)).toBe(1);
  });

  test('unverified, a lost answer to COMMIT is not called a refusal', async () => {
    const factory = version.make('@prisma/adapter-mariadb', 'PrismaMariaDb', { ...kAccount, port: fault.port });
    const unverified = version.newClient('mysql', createGuard(new PatientHost()).wrap(factory as never));
    await unverified.$queryRawUnsafe('SELECT 1 AS one');
    const token = newToken();
    fault.arm(['COMMIT', 'cut-answer']);
    const { record } = await failureOf(unverified.$transaction(async (tx) => create(tx, token)));
    expect(record).toMatchObject({ phase: 'commit' });
    expect(record?.outcome).not.toBe('not-applied');
    unverified.$disconnect().catch(() => undefined);
  });

  describe('what is sent ahead', () => {
    const raw = (on: Queries, token: string): PromiseLike<unknown> =>
      on.$executeRawUnsafe(`INSERT INTO tokens (token) VALUES ('${token}')`);

    test.each([
      ['a raw write', raw],
      [
        'an interactive transaction',
        (on: TestClient, token: string) => on.$transaction(async (tx) => create(tx, token)),
      ],
    ] as const)('%s: a mark whose token is taken lets nothing be committed', async (_name, write) => {
      const token = newToken();
      const patient = new PatientHost(kWrites);
      let taken = 0;
      const factory = onMark(lab.adapterFactory(), (go, sql) => {
        taken += 1;
        return taken > 1 ? go() : lab.query(inTransaction(sql)).then(go);
      });
      const other = version.newClient('mysql', createGuard(patient).wrap(factory as never));
      const ended = await Promise.resolve(write(other, token)).catch((error: unknown) => error);
      // A single write runs again with a token of its own; a transaction is told as a conflict.
      if (write === raw) expect(taken).toBe(2);
      else expect(ended).toMatchObject({ cause: { kind: 'TransactionWriteConflict' } });
      expect(await count(token)).toBe(write === raw ? 1 : 0);
      other.$disconnect().catch(() => undefined);
    });

    test.each(['refused', 'unanswered'] as const)(
      'a BEGIN that is %s: nothing of the statement is applied',
      async (how) => {
        // Not read with certainty, so it does not go along with its mark.
        const careful = (on: Queries, name: string): PromiseLike<unknown> =>
          on.$executeRawUnsafe("INSERT INTO tokens (token, small) VALUES (?, CHAR_LENGTH('it\\'s'))", name);
        const armed: { begin?: BeginFault } = {};
        const factory = failingBegin(lab.adapterFactory(), armed);
        const other = version.newClient('mysql', createGuard(new PatientHost(kWrites)).wrap(factory as never));
        await careful(other, newToken());
        const token = newToken();
        armed.begin = how;
        expect((await failureOf(careful(other, token))).record).toMatchObject({ outcome: 'not-applied' });
        expect(armed.begin).toBeUndefined();
        expect(await count(token)).toBe(0);
        await careful(other, token);
        expect(await count(token)).toBe(1);
        other.$disconnect().catch(() => undefined);
      },
    );
  });

  test("a refusal is the caller's", async () => {
    const token = newToken();
    await create(client, token);
    expect((await failureOf(create(client, token))).record).toMatchObject({ outcome: 'not-applied' });
    expect(await count(token)).toBe(1);
  });

  test.each([
    ['missing', 'nowhere', undefined, /no table nowhere/],
    [
      'of an engine without transactions',
      'loose',
      'CREATE TABLE loose (token char(36) PRIMARY KEY, at timestamp(3), refused boolean) ENGINE = MyISAM',
      /ENGINE = InnoDB/,
    ],
    [
      'without a key',
      'keyless',
      'CREATE TABLE keyless (token char(36), at timestamp(3), refused boolean)',
      /no unique key/,
    ],
  ])('a table %s is a ConfigError', async (_which, markerTable, sql, message) => {
    if (sql !== undefined) await lab.query(sql);
    const guard = createGuard(new PatientHost({ onUnknownOutcome: 'verify', markerTable }));
    const other = version.newClient('mysql', guard.wrap(lab.adapterFactory() as never));
    await other.$queryRawUnsafe('SELECT 1 AS one');
    await expect(guard.checkServer()).rejects.toThrow(ConfigError);
    await expect(guard.checkServer()).rejects.toThrow(message);
    other.$disconnect().catch(() => undefined);
  });
});

describe.each([
  [6, 'better-sqlite3'],
  [7, 'better-sqlite3'],
  [7, 'libsql'],
] as const)('SQLite, Prisma %i, %s', (major, driver) => {
  const version = new PrismaVersion(major);
  let lab: SqliteLab;
  let host: PatientHost;
  let client: TestClient;

  beforeAll(async () => {
    lab = await SqliteLab.start(version, driver);
    lab.other.exec(tableFor('sqlite'));
    host = new PatientHost(kWrites);
    client = version.newClient('sqlite', createGuard(host).wrap(lab.adapterFactory() as never));
  });
  afterAll(async () => {
    await client.$disconnect();
    await lab.dispose();
  });
  beforeEach(() => void (host.failures.length = 0));

  const marks = (): number =>
    (lab.other.prepare('SELECT COUNT(*) AS marks FROM resilience_marks').all() as { marks: number }[])[0].marks;

  test.each(kShapes)('%s: works, and once', async (_name, _again, write) => {
    const token = newToken();
    await write(client, token);
    expect(await lab.isApplied(token)).toBe(true);
  });

  test('a file that is busy is waited for', async () => {
    const token = newToken();
    lab.other.exec('BEGIN IMMEDIATE');
    const writing = Promise.resolve(create(client, token));
    await new Promise((resolve) => setTimeout(resolve, 300));
    lab.other.exec('ROLLBACK');
    await writing;
    expect(await lab.isApplied(token)).toBe(true);
    expect(host.failures.length).toBeGreaterThan(0);
  });

  test('a busy file does not let a write go without its mark', async () => {
    const token = newToken();
    const before = marks();
    const guard = createGuard(new PatientHost(kWrites));
    // The file is free again as soon as a mark was refused.
    const factory = onMark(lab.adapterFactory(), (go) =>
      go().catch((error: unknown) => {
        lab.other.exec('ROLLBACK');
        throw error;
      }),
    );
    const other = version.newClient('sqlite', guard.wrap(factory as never));
    await other.token.findMany();
    await guard.checkServer();
    lab.other.exec('BEGIN IMMEDIATE');
    await other.$executeRawUnsafe(`INSERT INTO tokens (token) VALUES ('${token}')`);
    expect(await lab.isApplied(token)).toBe(true);
    expect(marks()).toBe(before + 1);
    await other.$disconnect();
  });

  test('a transaction whose mark finds the file busy leaves nothing open', async () => {
    const tokens = [newToken(), newToken()];
    const committing = Promise.resolve(
      client.$transaction(async (tx) => {
        lab.other.exec('BEGIN IMMEDIATE');
        await create(tx, tokens[0]).then(undefined, () => undefined);
      }),
    );
    expect((await failureOf(committing)).record).toMatchObject({ outcome: 'not-applied' });
    lab.other.exec('ROLLBACK');
    await create(client, tokens[1]);
    expect(await Promise.all(tokens.map((token) => lab.isApplied(token)))).toEqual([false, true]);
  });

  // A COMMIT that libsql has refused goes on holding the file until its connection is collected, with a guard or without.
  if (driver !== 'libsql') {
    test.each([
      ['verified', kWrites],
      ['unverified', undefined],
    ] as const)('a COMMIT that a reader hinders leaves nothing open, %s', async (_mode, writes) => {
      const other = version.newClient(
        'sqlite',
        createGuard(new PatientHost(writes)).wrap(lab.adapterFactory() as never),
      );
      const tokens = [newToken(), newToken()];
      await create(other, newToken());
      lab.holdReadLock();
      const { record } = await failureOf(other.$transaction(async (tx) => create(tx, tokens[0])));
      expect(record).toMatchObject({ phase: 'commit', outcome: 'not-applied' });
      await lab.reset();
      await create(other, tokens[1]);
      expect(await Promise.all(tokens.map((token) => lab.isApplied(token)))).toEqual([false, true]);
      await other.$disconnect();
    });
  }

  test('a connection that the caller has left inside a transaction is replaced, with whoever waits for it', async () => {
    const resilient = new ResilientPrismaClient(
      (ctx) =>
        version.newClient('sqlite', ctx.guard(lab.adapterFactory() as never)) as TestClient & {
          $connect(): Promise<void>;
        },
      { logging: { level: 'silent' }, writes: kWrites },
    );
    await resilient.ready();
    const other = resilient.getClient();
    await other.$executeRawUnsafe('BEGIN');
    const tokens = [newToken(), newToken(), newToken()];
    await Promise.all(tokens.map((token) => create(other, token)));
    expect(await Promise.all(tokens.map((token) => lab.isApplied(token)))).toEqual([true, true, true]);
    await resilient.shutdown();
  }, 30_000);

  test('a missing table is a ConfigError', async () => {
    const guard = createGuard(new PatientHost({ onUnknownOutcome: 'verify', markerTable: 'nowhere' }));
    const other = version.newClient('sqlite', guard.wrap(lab.adapterFactory() as never));
    await other.$queryRawUnsafe('SELECT 1 AS one');
    await expect(guard.checkServer()).rejects.toThrow(/no table nowhere/);
    await other.$disconnect();
  });
});
