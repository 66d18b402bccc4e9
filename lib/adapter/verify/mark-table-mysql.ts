import { mysqlNumberOf } from '../commit-reply';
import { type SqlQuery, type SqlQueryable, adapterMessageOf, statement } from '../driver-adapter';
import type { ConnectionFacts, MarkAnswer, MarkRules } from '../guard-host';
import type { GuardState } from '../guard-state';
import type { AdapterLease } from '../adapter-lease';
import type { MarkRefusal, MarkTable, Problems } from './mark-table';
import { MarkTableBase, kColumns, kRefusalKeptDays, kRun } from './mark-table-base';
import { committedAlone, inOwnTransaction } from './own-transaction';
import { backquoted, bareName, schemaOf } from '../../tables/table-name';

/** NOWAIT: MariaDB's number and MySQL's. */
const kHeld = new Set([1205, 3572]);
const kReadOnly = new Set([1290, 1792, 1836]);
const kDuplicate = 1062;
const kNoRight = new Set([1044, 1142, 1143, 1227]);
/** No such table or column, a right that was taken away, a column that needs a value, a view, another shape. */
const kUnreliable = new Set([1044, 1048, 1054, 1136, 1142, 1143, 1146, 1227, 1347, 1364, 1366, 1406, 1471]);

export class MysqlMarkTable extends MarkTableBase implements MarkTable {
  constructor(name: string, rules: Pick<MarkRules, 'limits'>) {
    super(name, rules, backquoted(name));
  }

  override insert(uuid: string, alone?: string): SqlQuery {
    if (alone === undefined) return super.insert(uuid);
    return statement(`INSERT INTO ${this.quoted} (token) VALUES (IF(@@autocommit, '${alone}', '${uuid}'))`);
  }

  refusalOf(error: unknown): MarkRefusal {
    const number = mysqlNumberOf(error) ?? 0;
    if (kReadOnly.has(number)) return 'readOnly';
    if (number === kDuplicate) return 'taken';
    return kUnreliable.has(number) ? 'unreliable' : 'passing';
  }

  async ask(guard: GuardState, lease: AdapterLease, uuid: string, alone = uuid): Promise<MarkAnswer> {
    const { quoted } = this;
    try {
      return await committedAlone(guard, lease, async (queryable) => {
        const { rows: held } = await queryable.queryRaw(
          statement(
            `SELECT token <> '${uuid}' FROM ${quoted} WHERE token IN ('${uuid}', '${alone}') FOR UPDATE NOWAIT`,
          ),
        );
        if (held.some(([isOther]) => Number(isOther) === 1)) return 'alone';
        // A row that is there is changed, whatever the clock says: InnoDB shows a commit before its log is written, and
        // this one's log comes after it.
        await queryable.executeRaw(
          statement(
            `INSERT INTO ${quoted} (token, refused) VALUES ('${uuid}', true) ` +
              'ON DUPLICATE KEY UPDATE at = GREATEST(NOW(3), at + INTERVAL 1000 MICROSECOND)',
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
  async endGhost(guard: GuardState, lease: AdapterLease, { openedAt, pid }: ConnectionFacts): Promise<void> {
    if (pid === 0) return;
    const age = (performance.now() - openedAt) / 1000;
    await inOwnTransaction(guard, lease, async (queryable) => {
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

  sweepOld(queryable: SqlQueryable, bound: string, limit: number): Promise<number> {
    return queryable.executeRaw(
      statement(
        `DELETE FROM ${this.quoted} WHERE token < '${bound}' AND at < NOW(3) - INTERVAL ${this.keptSeconds} SECOND ` +
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
    const [[user = ''] = []] = await texts('SELECT CURRENT_USER()');
    if (!table) {
      return [
        `there is no table ${name} that ${user} can reach. ${kRun}; where it is there, run as an administrator: ` +
          this.grant(user),
      ];
    }
    if (table[1] !== 'BASE TABLE') return [`${name} is no table of its own. ${kRun}`];
    const problems: string[] = [];
    if (table[0] !== 'InnoDB') {
      problems.push(
        `${name} is of the engine ${table[0]}, which knows no transactions. Run: ALTER TABLE ${quoted} ENGINE = InnoDB`,
      );
    }
    const columns = await texts(
      "SELECT COLUMN_NAME, IF(IS_NULLABLE = 'NO' AND COLUMN_DEFAULT IS NULL AND EXTRA NOT LIKE '%auto_increment%', 1, 0) " +
        `FROM information_schema.COLUMNS WHERE ${place}`,
    );
    const missing = kColumns.filter((column) => !columns.some(([there]) => there === column));
    const required = columns
      .filter(([column, needed]) => needed === '1' && column !== 'token')
      .map(([column = '']) => column);
    problems.push(...this.problemOfColumns(missing, required));
    const keys = await texts(
      `SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE ${place} AND NON_UNIQUE = 0 ` +
        "GROUP BY INDEX_NAME HAVING COUNT(*) = 1 AND MAX(COLUMN_NAME) = 'token'",
    );
    if (keys.length === 0 && missing.length === 0) {
      problems.push(`${name} has no unique key on (token). Run: ALTER TABLE ${quoted} ADD PRIMARY KEY (token)`);
    }
    return problems.length > 0 ? problems : this.examineRights(queryable, user);
  }

  private async examineRights(queryable: SqlQueryable, user: string): Promise<Problems> {
    try {
      await this.tryRights(queryable);
      return [];
    } catch (error) {
      const number = mysqlNumberOf(error) ?? 0;
      if (kReadOnly.has(number)) return [];
      if (kNoRight.has(number)) {
        return [`${user} may not use ${this.name} (${number}). Run as an administrator: ${this.grant(user)}`];
      }
      if (!kUnreliable.has(number)) throw error;
      return [
        `${this.name} has another shape (${number}: ${adapterMessageOf(error)}). Drop it, and ${kRun.toLowerCase()}`,
      ];
    }
  }

  private grant(user: string): string {
    const [name, host = '%'] = user.split('@');
    return `GRANT SELECT, INSERT, UPDATE, DELETE ON ${this.quoted} TO '${name}'@'${host}'`;
  }
}

function literal(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;
}
