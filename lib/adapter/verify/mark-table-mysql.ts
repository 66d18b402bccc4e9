import { mysqlNumberOf } from '../commit-reply';
import { type SqlQuery, type SqlQueryable, statement } from '../driver-adapter';
import type { ConnectionFacts, MarkAnswer, MarkRules } from '../guard-host';
import type { GuardState } from '../guard-state';
import type { Tenure } from '../tenure';
import type { MarkRefusal, MarkTable, Problems } from './mark-table';
import { committedAlone, inOwnTransaction } from './own-transaction';
import { backquoted, bareName, schemaOf } from '../../tables/table-name';

/** NOWAIT: MariaDB's number and MySQL's. */
const kHeld = new Set([1205, 3572]);
const kReadOnly = new Set([1290, 1792, 1836]);
const kDuplicate = 1062;
/** No such table or column, a right that was taken away, a column that needs a value, a view, another shape. */
const kUnreliable = new Set([1044, 1048, 1054, 1136, 1142, 1143, 1146, 1227, 1347, 1364, 1366, 1406, 1471]);
/** A refusal has to outlive its ghost, and no session says here when it began. */
const kRefusalKeptDays = 7;
const kColumns = ['token', 'at', 'refused'];

export class MysqlMarkTable implements MarkTable {
  private readonly quoted: string;

  constructor(
    private readonly name: string,
    private readonly rules: Pick<MarkRules, 'limits'>,
  ) {
    this.quoted = backquoted(name);
  }

  insert(uuid: string): SqlQuery {
    return statement(`INSERT INTO ${this.quoted} (token) VALUES ('${uuid}')`);
  }

  refusalOf(error: unknown): MarkRefusal {
    const number = mysqlNumberOf(error) ?? 0;
    if (kReadOnly.has(number)) return 'readOnly';
    if (number === kDuplicate) return 'taken';
    return kUnreliable.has(number) ? 'unreliable' : 'passing';
  }

  async ask(guard: GuardState, tenure: Tenure, uuid: string): Promise<MarkAnswer> {
    const { quoted } = this;
    try {
      return await committedAlone(guard, tenure, async (queryable) => {
        await queryable.queryRaw(statement(`SELECT 1 FROM ${quoted} WHERE token = '${uuid}' FOR UPDATE NOWAIT`));
        await queryable.executeRaw(
          statement(
            `INSERT INTO ${quoted} (token, refused) VALUES ('${uuid}', true) ON DUPLICATE KEY UPDATE refused = refused`,
          ),
        );
        const { rows } = await queryable.queryRaw(
          statement(`SELECT CAST(refused AS CHAR) FROM ${quoted} WHERE token = '${uuid}'`),
        );
        return rows[0]?.[0] === '1' ? 'refused' : 'there';
      });
    } catch (error) {
      const number = mysqlNumberOf(error) ?? 0;
      if (kHeld.has(number)) return 'held';
      if (kReadOnly.has(number)) return 'readOnly';
      throw error;
    }
  }

  /** Numbers of connections begin anew with the server: one that has started since knows nothing of the ghost. */
  async endGhost(guard: GuardState, tenure: Tenure, { openedAt, pid }: ConnectionFacts): Promise<void> {
    if (pid === 0) return;
    const age = (performance.now() - openedAt) / 1000;
    await inOwnTransaction(guard, tenure, async (queryable) => {
      const [status = []] = (await queryable.queryRaw(statement("SHOW GLOBAL STATUS LIKE 'Uptime'"))).rows;
      if (!(Number(status[1]) > age + 1)) return;
      const { rows } = await queryable.queryRaw(
        statement(
          `SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ${pid} AND ID <> CONNECTION_ID() ` +
            "AND USER = SUBSTRING_INDEX(USER(), '@', 1)",
        ),
      );
      if (rows.length > 0) await queryable.executeRaw(statement(`KILL ${pid}`));
    });
  }

  async sweep(queryable: SqlQueryable, uuids: readonly string[]): Promise<void> {
    const list = uuids.map((uuid) => `'${uuid}'`).join(', ');
    await queryable.executeRaw(statement(`DELETE FROM ${this.quoted} WHERE token IN (${list})`));
  }

  sweepOld(queryable: SqlQueryable, bound: string, limit: number): Promise<number> {
    const seconds = this.rules.limits.keptMs / 1000;
    return queryable.executeRaw(
      statement(
        `DELETE FROM ${this.quoted} WHERE token < '${bound}' AND at < NOW(3) - INTERVAL ${seconds} SECOND ` +
          `AND (NOT refused OR at < NOW(3) - INTERVAL ${kRefusalKeptDays} DAY) ORDER BY token LIMIT ${limit}`,
      ),
    );
  }

  async examine(queryable: SqlQueryable): Promise<Problems> {
    const { name, quoted } = this;
    const schema = schemaOf(name);
    const place =
      `TABLE_SCHEMA = ${schema === undefined ? 'DATABASE()' : literal(schema)} AND ` +
      `TABLE_NAME = ${literal(bareName(name))}`;
    const texts = async (sql: string): Promise<string[][]> =>
      (await queryable.queryRaw(statement(sql))).rows.map((row) => row.map(String));
    const [table] = await texts(`SELECT ENGINE, TABLE_TYPE FROM information_schema.TABLES WHERE ${place}`);
    const run = 'Run what `npx prisma-resilient marks` prints';
    if (!table) return [`there is no table ${name} that this user can reach. ${run}`];
    if (table[1] !== 'BASE TABLE') return [`${name} is no table of its own. ${run}`];
    const problems: string[] = [];
    if (table[0] !== 'InnoDB') {
      problems.push(
        `${name} is of the engine ${table[0]}, which knows no transactions. Run: ALTER TABLE ${quoted} ENGINE = InnoDB`,
      );
    }
    const columns = await texts(`SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE ${place}`);
    const missing = kColumns.filter((column) => !columns.some(([there]) => there === column));
    if (missing.length > 0) problems.push(`${name} has another shape: it lacks ${missing.join(', ')}. ${run}`);
    const keys = await texts(
      `SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE ${place} AND NON_UNIQUE = 0 ` +
        "GROUP BY INDEX_NAME HAVING COUNT(*) = 1 AND MAX(COLUMN_NAME) = 'token'",
    );
    if (keys.length === 0 && missing.length === 0) {
      problems.push(`${name} has no unique key on (token). Run: ALTER TABLE ${quoted} ADD PRIMARY KEY (token)`);
    }
    return problems.length > 0 ? problems : this.examineRights(queryable);
  }

  /** By doing it: it is rolled back. */
  private async examineRights(queryable: SqlQueryable): Promise<Problems> {
    const nobody = '00000000-0000-0000-0000-000000000000';
    try {
      await queryable.executeRaw(this.insert(nobody));
      await queryable.executeRaw(statement(`UPDATE ${this.quoted} SET refused = refused WHERE token = '${nobody}'`));
      await this.sweep(queryable, [nobody]);
      return [];
    } catch (error) {
      const number = mysqlNumberOf(error) ?? 0;
      if (kReadOnly.has(number)) return [];
      if (number !== 1142 && number !== 1143) throw error;
      return [
        `this user may not use ${this.name} (${number}). Run as an administrator: ` +
          `GRANT SELECT, INSERT, UPDATE, DELETE ON ${this.quoted} TO the user`,
      ];
    }
  }
}

function literal(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;
}
