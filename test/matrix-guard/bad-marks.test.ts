/** Marker tables that cannot be relied on, on MariaDB and SQLite: each is a ConfigError that says what to run. */
import { createGuard } from '../../lib/adapter/guard';
import { ConfigError } from '../../lib';
import { markMigration } from '../../lib/tables/mark-migration';
import { failureOf, newToken } from '../e2e/guard/lab';
import { PatientHost } from '../e2e/guard/patient-host';
import { PrismaVersion, type TestClient } from '../e2e/errors/prisma-version';
import { MariaLab } from '../matrix-errors/mariadb-lab';
import { SqliteLab } from '../matrix-errors/sqlite-lab';
import { kMariaDatabase } from '../support/mariadb';

type Row = readonly [which: string, markerTable: string, sql: readonly string[], message: RegExp];

const version = new PrismaVersion(7);

interface Place {
  readonly provider: 'mysql' | 'sqlite';
  run(sql: string): Promise<unknown> | void;
  factory(user?: string): unknown;
  count(token: string): Promise<number>;
}

/** The check, and a write, are refused with `message`; reads need no marks. */
async function isRefused({ count, factory, provider }: Place, markerTable: string, message: RegExp, user?: string) {
  const guard = createGuard(new PatientHost({ onUnknownOutcome: 'verify', markerTable }));
  const client = version.newClient(provider, guard.wrap(factory(user) as never));
  await client.$queryRawUnsafe('SELECT 1 AS one');
  await expect(guard.checkServer()).rejects.toThrow(ConfigError);
  await expect(guard.checkServer()).rejects.toThrow(message);
  const token = newToken();
  expect((await failureOf(client.token.create({ data: { token } }))).error.message).toMatch(message);
  expect(await count(token)).toBe(0);
  expect(await client.token.findMany({ where: { token } })).toEqual([]);
  client.$disconnect().catch(() => undefined);
}

/** What goes wrong with a table that was good when the client began. */
async function turnsBad(place: Place, spoil: readonly string[], message: RegExp): Promise<void> {
  const markerTable = 'turned';
  await place.run(markMigration(place.provider, markerTable).sql.replace(/;\n$/, ''));
  const guard = createGuard(new PatientHost({ onUnknownOutcome: 'verify', markerTable }));
  const client: TestClient = version.newClient(place.provider, guard.wrap(place.factory('poor') as never));
  await client.token.create({ data: { token: newToken() } });
  for (const sql of spoil) await place.run(sql);
  const writes = [
    (token: string) => client.$executeRawUnsafe(`INSERT INTO tokens (token) VALUES ('${token}')`),
    (token: string) => client.$transaction(async (tx) => tx.token.create({ data: { token } })),
  ];
  for (const write of writes) {
    const token = newToken();
    const { error } = await failureOf(write(token));
    expect(error.message).toMatch(message);
    expect(await place.count(token)).toBe(0);
  }
  client.$disconnect().catch(() => undefined);
}

const kMariaColumns = 'at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), refused boolean NOT NULL DEFAULT false';

describe('MariaDB', () => {
  let lab: MariaLab;
  let place: Place;

  beforeAll(async () => {
    lab = await MariaLab.start(version);
    await lab.query("CREATE USER 'poor'@'%' IDENTIFIED BY 'poor'");
    for (const table of ['tokens', 'notes']) await lab.query(`GRANT ALL ON ${kMariaDatabase}.${table} TO 'poor'@'%'`);
    place = {
      provider: 'mysql',
      run: (sql) => lab.query(sql),
      count: async (token) => (await lab.query('SELECT 1 FROM tokens WHERE token = ?', [token])).length,
      factory: (user) =>
        user === undefined
          ? lab.adapterFactory()
          : version.make('@prisma/adapter-mariadb', 'PrismaMariaDb', {
              host: '127.0.0.1',
              port: lab.server.port,
              user,
              password: user,
              database: kMariaDatabase,
              connectionLimit: 2,
            }),
    };
  });
  afterAll(() => lab.dispose());

  const kRows: readonly Row[] = [
    ['missing', 'nowhere', [], /no table nowhere that app@% can reach.*npx prisma-resilient marks/],
    [
      'that a crash empties',
      'unlogged',
      [`CREATE TABLE unlogged (token char(36) PRIMARY KEY, ${kMariaColumns}) ENGINE = MEMORY`],
      /MEMORY, which knows no transactions.*ALTER TABLE `unlogged` ENGINE = InnoDB/,
    ],
    [
      'without a unique key',
      'keyless',
      [`CREATE TABLE keyless (token char(36), ${kMariaColumns})`],
      /no unique key on \(token\).*ADD PRIMARY KEY \(token\)/,
    ],
    [
      'of another shape',
      'odd',
      ['CREATE TABLE odd (token char(36) PRIMARY KEY, who int NOT NULL)'],
      /another shape: it lacks at, refused.*need a value.*who/s,
    ],
    [
      'that is too narrow',
      'narrow',
      [`CREATE TABLE narrow (token char(8) PRIMARY KEY, ${kMariaColumns})`],
      /narrow has another shape \(1406.*npx prisma-resilient marks/,
    ],
    ['that is a view', 'looks', ['CREATE VIEW looks AS SELECT token FROM tokens'], /looks is no table of its own/],
    [
      'in a schema out of reach',
      'secret.marks',
      ['CREATE DATABASE secret', `CREATE TABLE secret.marks (token char(36) PRIMARY KEY, ${kMariaColumns})`],
      /no table secret\.marks that app@% can reach.*GRANT SELECT, INSERT, UPDATE, DELETE ON `secret`\.`marks` TO 'app'@'%'/,
    ],
  ];

  test.each(kRows)('a table %s', async (_which, markerTable, sqls, message) => {
    for (const sql of sqls) await place.run(sql);
    await isRefused(place, markerTable, message);
  });

  test('a user that may not insert', async () => {
    await lab.query(markMigration('mysql', 'not_mine').sql.replace(/;\n$/, ''));
    await lab.query(`GRANT SELECT ON ${kMariaDatabase}.not_mine TO 'poor'@'%'`);
    const message =
      /poor@% may not use not_mine \(1142\).*GRANT SELECT, INSERT, UPDATE, DELETE ON `not_mine` TO 'poor'@'%'/;
    await isRefused(place, 'not_mine', message, 'poor');
  });

  test('a table that is dropped while a client serves', async () => {
    await lab.query(`GRANT ALL ON ${kMariaDatabase}.turned TO 'poor'@'%'`).catch(() => undefined);
    await turnsBad(place, ['DROP TABLE turned'], /no table turned.*npx prisma-resilient marks/);
  });

  test('a right that is taken away while a client serves', async () => {
    const revoke = [`REVOKE INSERT ON ${kMariaDatabase}.turned FROM 'poor'@'%'`];
    await turnsBad(place, revoke, /poor@% may not use turned.*GRANT/);
  });
});

const kSqliteColumns = 'at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, refused BOOLEAN NOT NULL DEFAULT false';

describe.each(['better-sqlite3', 'libsql'] as const)('SQLite, %s', (driver) => {
  let lab: SqliteLab;
  let place: Place;

  beforeAll(async () => {
    lab = await SqliteLab.start(version, driver);
    place = {
      provider: 'sqlite',
      run: (sql) => lab.other.exec(sql),
      count: async (token) => ((await lab.isApplied(token)) ? 1 : 0),
      factory: () => lab.adapterFactory(),
    };
  });
  afterAll(() => lab.dispose());

  const kRows: readonly Row[] = [
    ['missing', 'nowhere', [], /no table nowhere in this file.*npx prisma-resilient marks/],
    ['in a file that is not attached', 'other.marks', [], /no table other\.marks in this file/],
    [
      'without a unique key',
      'keyless',
      [`CREATE TABLE keyless (token TEXT NOT NULL DEFAULT '', ${kSqliteColumns})`],
      /no primary key on \(token\)/,
    ],
    [
      'of another shape',
      'odd',
      ['CREATE TABLE odd (token TEXT PRIMARY KEY, who INT NOT NULL)'],
      /another shape: it lacks at, refused.*need a value.*who/s,
    ],
    ['that is a view', 'looks', ['CREATE VIEW looks AS SELECT token FROM tokens'], /looks is no table of its own/],
    [
      'that refuses rows',
      'strict',
      [`CREATE TABLE strict (token TEXT PRIMARY KEY CHECK (token = ''), ${kSqliteColumns})`],
      /strict takes no marks.*CHECK/,
    ],
  ];

  test.each(kRows)('a table %s', async (_which, markerTable, sqls, message) => {
    for (const sql of sqls) await place.run(sql);
    await isRefused(place, markerTable, message);
  });

  test('a table that is dropped while a client serves', () =>
    turnsBad(place, ['DROP TABLE turned'], /no table turned in this file/));
});
