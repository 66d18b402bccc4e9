/** A statement that carries its mark answers and does what it did without, however the text was put together. */
import { Client } from 'pg';
import { markMigration } from '../../../lib/tables/mark-migration';
import { type MarkedSql, native } from '../../../lib/native';
import { PostgresCluster } from '../../support/postgres';
import { Random } from '../../support/random';
import { makeChange, makeSqlSoup } from '../../support/sql_soup';

const kTexts = 1500;
const kToken = '00000000-0000-7000-8000-000000000000';

interface Seen {
  readonly error?: string;
  readonly rows?: unknown;
  readonly count?: number;
  /** What is in the tables afterwards. */
  readonly tables?: unknown;
}

let cluster: PostgresCluster;
let client: Client;

beforeAll(async () => {
  cluster = await PostgresCluster.start();
  client = new Client({ connectionString: cluster.url({ user: 'postgres' }) });
  await client.connect();
  await client.query(`
    CREATE TABLE soup (a text UNIQUE, n serial);
    CREATE TABLE other (a text);
    INSERT INTO soup VALUES ('a'), ('b');
    INSERT INTO other VALUES ('o');
    ${markMigration('postgresql', 'marks').sql}`);
});
afterAll(async () => {
  await client.end();
  await cluster.dispose();
});

async function inTransaction(run: () => Promise<Seen>): Promise<Seen> {
  await client.query("BEGIN; SELECT setval('soup_n_seq', 10)");
  try {
    const seen = await run();
    const tables = await client.query(
      "SELECT (SELECT string_agg(a || n, ',' ORDER BY n, a) FROM soup) AS soup, (SELECT string_agg(a, ',' ORDER BY a) FROM other) AS other",
    );
    return { ...seen, tables: tables.rows };
  } catch (error) {
    return { error: (error as { code?: string }).code ?? String(error) };
  } finally {
    await client.query('ROLLBACK');
  }
}

async function bare(sql: string): Promise<Seen> {
  const result = await client.query({ text: sql, rowMode: 'array' });
  return { rows: result.rows, count: result.rowCount ?? 0 };
}

async function carrying({ answer, text, recall }: MarkedSql): Promise<Seen> {
  const rows = answer === 'rows';
  const result = await client.query({ text, values: [kToken], rowMode: 'array' });
  const recalled = await client.query({ text: recall, values: [kToken], rowMode: 'array' });
  expect(recalled.rows).toEqual(rows ? result.rows : [[result.rows[0][0]]]);
  expect(recalled.fields.map(({ name }) => name)).toEqual(rows ? result.fields.map(({ name }) => name) : ['result']);
  if (rows) {
    const types = ({ fields }: typeof result): number[] => fields.map(({ dataTypeID }) => dataTypeID);
    expect(types(recalled)).toEqual(types(result));
  }
  return rows ? { rows: result.rows, count: result.rows.length } : { rows: [], count: Number(result.rows[0][0]) };
}

test.each([
  ['for its rows', true],
  ['for their number', false],
])('a soup of changes, asked %s', async (_how, wantsRows) => {
  const random = new Random(7);
  const reached = { carried: 0, succeeded: 0 };
  for (let i = 0; i < kTexts; i += 1) {
    const sql = random.chance(0.9) ? makeChange(random) : makeSqlSoup(random);
    const marked = native.markSql(sql, 'postgres', { table: 'marks', parameters: 0, wantsRows });
    if (!marked) continue;
    reached.carried += 1;
    const [without, withMark] = [await inTransaction(() => bare(sql)), await inTransaction(() => carrying(marked))];
    const expected = marked.answer === 'rows' || without.error !== undefined ? without : { ...without, rows: [] };
    expect({ sql, ...withMark }).toEqual({ sql, ...expected });
    if (without.error === undefined) reached.succeeded += 1;
  }
  expect(reached.carried).toBeGreaterThan(200);
  expect(reached.succeeded).toBeGreaterThan(150);
});
