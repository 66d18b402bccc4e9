/** Whether a marker table of PostgreSQL's can be relied on. Asked by the guard, the doctor and the command line. */
import { markMigration } from './mark-migration';

/** What is wrong with the table, each with what to do about it; empty: nothing. */
export type Problems = readonly string[];

/** Runs one statement and answers with its rows, as text. */
type Rows = (sql: string) => Promise<readonly (readonly unknown[])[]>;

/** insufficient_privilege: of a schema, while the name is looked up. */
const kOutOfReach = '42501';

const kColumns: Readonly<Record<string, string>> = {
  token: 'uuid',
  at: 'timestamp with time zone',
  refused: 'boolean',
  result: 'json',
};
const kRights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;

/** One row of texts, none if there is no such table. */
function examineSql(name: string): string {
  const rights = kRights.map((right) => `has_table_privilege(c.oid, '${right}')::text`).join(" || ',' || ");
  return (
    `SELECT c.relkind::text, c.relpersistence::text, ${rights}, ` +
    "(SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), ',') FROM pg_attribute " +
    'WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped), ' +
    "(SELECT string_agg(attname, ',') FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped " +
    "AND attnotnull AND NOT atthasdef AND attidentity = '' AND attname NOT IN ('token')), " +
    'EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate ' +
    'AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = ' +
    "(SELECT attnum FROM pg_attribute WHERE attrelid = c.oid AND attname = 'token'))::text, " +
    'c.relhasrules::text, EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal)::text, ' +
    'current_user::text ' +
    `FROM pg_class AS c WHERE c.oid = to_regclass(${literal(name)})`
  );
}

/** `stateOf` finds the SQLSTATE in what `rows` rejects with. */
export async function examinePostgres(
  rows: Rows,
  name: string,
  stateOf: (error: unknown) => string | undefined,
): Promise<Problems> {
  try {
    const [row] = await rows(examineSql(name));
    if (row) return judge(name, row.map(String));
  } catch (error) {
    if (stateOf(error) !== kOutOfReach) throw error;
    return [`${name} is in a schema out of reach of this role. Run as its owner: GRANT USAGE ON SCHEMA … TO the role`];
  }
  const [[path = ''] = []] = await rows("SELECT current_setting('search_path')");
  return [
    `there is no table ${name} that this role can reach (search_path: ${String(path)}). ` +
      'Run what `npx prisma-resilient marks` prints, in the database and as the role that the application uses',
  ];
}

function judge(name: string, row: readonly string[]): Problems {
  const [kind, persistence, rights = '', columns = '', required, unique, rules, triggers, role = ''] = row;
  const problems: string[] = [];
  if (kind !== 'r' && kind !== 'p') {
    return [`${name} is no table. Give its rows a table of their own: \`npx prisma-resilient marks\` prints it`];
  }
  if (persistence !== 'p') {
    problems.push(
      persistence === 'u'
        ? `${name} is unlogged: a crash empties it, and every write before the crash would look as if it had never been. ` +
            `Run: ALTER TABLE ${name} SET LOGGED`
        : `${name} is a temporary table, which only one session sees. Run what \`npx prisma-resilient marks\` prints`,
    );
  }
  const there = new Map(columns.split(',').map((column) => splitOnce(column)));
  const missing = Object.entries(kColumns).filter(([column, type]) => there.get(column) !== type);
  if (missing.length > 0) {
    problems.push(
      `${name} has another shape: it lacks ${missing.map(([column, type]) => `"${column} ${type}"`).join(', ')}. ` +
        `Run: ${missing.map(([column]) => columnSql(name, column, there.has(column))).join('; ')}`,
    );
  }
  if (required !== '' && required !== 'null') {
    problems.push(
      `${name} has columns that need a value and have no default: ${required}. Drop them, or give them one`,
    );
  }
  if (unique !== 'true' && there.has('token')) {
    problems.push(
      `${name} has no unique key on (token) that is checked at once: two could hold the same mark. ` +
        `Run: ALTER TABLE ${name} ADD PRIMARY KEY (token)`,
    );
  }
  if (rules === 'true' || triggers === 'true') {
    problems.push(`${name} has rules or triggers, which may change what its rows tell. Drop them`);
  }
  const lacking = kRights.filter((_right, i) => rights.split(',')[i] !== 'true');
  if (lacking.length > 0) {
    problems.push(
      `the role ${role} may not ${lacking.join(', ')} on ${name}. ` +
        `Run as its owner: GRANT SELECT, INSERT, UPDATE, DELETE ON ${name} TO "${role.replace(/"/g, '""')}"`,
    );
  }
  return problems;
}

function columnSql(name: string, column: string, exists: boolean): string {
  const definition = markMigration('postgresql', name).columns[column];
  return exists
    ? `DROP TABLE ${name} and run what \`npx prisma-resilient marks\` prints`
    : `ALTER TABLE ${name} ADD COLUMN ${column} ${definition}`;
}

function splitOnce(column: string): [string, string] {
  const at = column.indexOf(' ');
  return [column.slice(0, at), column.slice(at + 1)];
}

function literal(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}
