/** What the core takes for a read changes nothing on a real server, however the text was put together. */
import { Client } from 'pg';
import { native } from '../../../lib/native';
import { PostgresCluster } from '../../support/postgres';
import { Random } from '../../support/random';
import { makeSqlSoup } from '../../support/sql_soup';

const kRead = 'read';
const kTables = `
  CREATE TABLE soup (a text);
  INSERT INTO soup VALUES ('a'), ('b');
  CREATE SEQUENCE spilled;
  CREATE FUNCTION spill() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('spilled') $$;`;
/** Everything that the soup's writes could change, row locks and their transaction ids included. */
const kFingerprint = `
  SELECT (SELECT string_agg(a || ctid || xmin || xmax, ',' ORDER BY ctid) FROM soup) AS rows,
         (SELECT last_value::text || is_called FROM spilled) AS sequence,
         (SELECT count(*)::text FROM pg_class) AS relations`;

let cluster: PostgresCluster;
let client: Client;

beforeAll(async () => {
  cluster = await PostgresCluster.start();
  client = new Client({ connectionString: cluster.url({ user: 'postgres' }) });
  await client.connect();
  await client.query(kTables);
});
afterAll(async () => {
  await client.end();
  await cluster.dispose();
});

async function fingerprint(): Promise<unknown> {
  return (await cluster.query(kFingerprint))[0];
}

test('statements that only look harmless are writes, and do change something', async () => {
  for (const sql of [
    "SELECT 'a\\'; SELECT spill(); --'",
    'SELECT /* /* */ */ spill()',
    'SELECT 1 --\r, spill()',
    'WITH a AS (UPDATE soup SET a = a RETURNING *) SELECT * FROM a',
    'SELECT 1INTO more1 FROM soup',
    'SELECT DISTINCT ON (a) spill() FROM soup',
    'SELECT * FROM soup, spill() AS f (n)',
    'SELECT "spill"()',
    'EXPLAIN ANALYZE SELECT spill()',
    'SELECT * FROM soup FOR NO KEY UPDATE',
  ]) {
    const before = await fingerprint();
    await client.query(sql).catch(() => undefined);
    const changed = JSON.stringify(await fingerprint()) !== JSON.stringify(before);
    expect({ sql, kind: native.sqlKind(sql, 'postgresql') === kRead ? 'read' : 'write' }).toEqual({
      sql,
      kind: 'write',
    });
    // One of them is refused by this server's version or settings; that the others write is what makes this a test.
    if (!sql.includes('1INTO') && !sql.includes("'a\\'") && !sql.includes('\r'))
      expect({ sql, changed }).toEqual({ sql, changed: true });
  }
});

test('no text that is taken for a read changes anything', async () => {
  const random = new Random(7);
  const reads: string[] = [];
  while (reads.length < 3000) {
    const sql = makeSqlSoup(random);
    if (native.sqlKind(sql, 'postgresql') === kRead) reads.push(sql);
  }
  const before = await fingerprint();
  let understood = 0;
  for (const sql of reads) {
    await client.query(sql).then(
      () => ++understood,
      () => undefined,
    );
  }
  const after = await fingerprint();
  expect(after).toEqual(before);
  // Soup that the server never understands would prove nothing.
  expect(understood).toBeGreaterThan(100);
});
