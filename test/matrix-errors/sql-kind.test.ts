/** What the core takes for a read changes nothing in MariaDB and SQLite either. */
import { PrismaVersion } from '../e2e/errors/prisma-version';
import { native } from '../../lib/native';
import { MariaDb } from '../support/mariadb';
import { Random } from '../support/random';
import { makeSqlSoup } from '../support/sql_soup';

const kRead = 'read';
const kTexts = 4000;
const version = new PrismaVersion(7);

function readsOf(provider: string): string[] {
  const random = new Random(11);
  const reads: string[] = [];
  while (reads.length < kTexts) {
    const sql = makeSqlSoup(random);
    if (native.sqlKind(sql, provider) === kRead) reads.push(sql);
  }
  return reads;
}

test('no text that is taken for a read changes anything in SQLite', () => {
  version.setUp('sqlite');
  const Database = version.module('better-sqlite3') as unknown as new (file: string) => {
    exec(sql: string): void;
    function(name: string, run: () => number): void;
    prepare(sql: string): { all(): unknown };
  };
  const database = new Database(':memory:');
  let spilled = 0;
  database.function('spill', () => ++spilled);
  database.exec("CREATE TABLE soup (a text); INSERT INTO soup VALUES ('a'), ('b')");
  const fingerprint = (): unknown => [
    spilled,
    database.prepare('SELECT * FROM soup').all(),
    database.prepare('SELECT * FROM sqlite_schema').all(),
  ];
  const before = fingerprint();
  let understood = 0;
  for (const sql of readsOf('sqlite')) {
    try {
      database.exec(sql);
      ++understood;
    } catch {
      // Soup.
    }
  }
  expect(fingerprint()).toEqual(before);
  expect(understood).toBeGreaterThan(50);
  database.exec('SELECT spill()');
  expect(fingerprint()).not.toEqual(before);
});

test('no text that is taken for a read changes anything in MariaDB', async () => {
  version.setUp('mysql');
  const server = await MariaDb.start();
  try {
    const { createConnection } = version.module('mariadb') as unknown as {
      createConnection(options: object): Promise<{ query(sql: string): Promise<unknown>; end(): Promise<void> }>;
    };
    const account = { host: server.host, port: server.port, user: 'root', database: 'app', multipleStatements: true };
    const [connection, other] = [await createConnection(account), await createConnection(account)];
    await other.query('CREATE TABLE soup (a text)');
    await other.query("INSERT INTO soup VALUES ('a'), ('b')");
    await other.query('CREATE TABLE spilled (n int)');
    await other.query(
      'CREATE FUNCTION spill() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO spilled VALUES (1); RETURN 1; END',
    );
    const fingerprint = async (): Promise<unknown> => [
      await other.query('SELECT * FROM soup'),
      await other.query('SELECT count(*) FROM spilled'),
      await other.query('SELECT count(*) FROM information_schema.tables'),
    ];
    const before = await fingerprint();
    let understood = 0;
    for (const sql of readsOf('mysql')) {
      await connection.query(sql).then(
        () => ++understood,
        () => undefined,
      );
    }
    expect(await fingerprint()).toEqual(before);
    expect(understood).toBeGreaterThan(50);
    await connection.query('SELECT spill()');
    expect(await fingerprint()).not.toEqual(before);
    await Promise.all([connection.end(), other.end()]);
  } finally {
    await server.dispose();
  }
});
