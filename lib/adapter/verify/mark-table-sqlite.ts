import { type SqlQuery, type SqlQueryable, adapterErrorCause, sqliteNameOf, statement } from '../driver-adapter';
import type { MarkAnswer, MarkRules } from '../guard-host';
import type { GuardState } from '../guard-state';
import type { Tenure } from '../tenure';
import type { MarkRefusal, MarkTable, Problems } from './mark-table';
import { committedAlone } from './own-transaction';

const kRefusalKeptDays = 7;
const kColumns = ['token', 'at', 'refused'];

/** A file has one writer at a time: whoever is in the middle of a write holds all keys. */
export class SqliteMarkTable implements MarkTable {
  constructor(
    private readonly name: string,
    private readonly rules: Pick<MarkRules, 'limits'>,
  ) {}

  insert(uuid: string): SqlQuery {
    return statement(`INSERT INTO ${this.name} (token) VALUES ('${uuid}')`);
  }

  refusalOf(error: unknown): MarkRefusal {
    if (isBusy(error)) return 'passing';
    const code = codeOf(error);
    if (code.startsWith('SQLITE_READONLY')) return 'readOnly';
    if (code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === 'SQLITE_CONSTRAINT_UNIQUE') return 'taken';
    return code.startsWith('SQLITE_ERROR') || code.startsWith('SQLITE_CONSTRAINT') ? 'unreliable' : 'passing';
  }

  async ask(guard: GuardState, tenure: Tenure, uuid: string): Promise<MarkAnswer> {
    try {
      return await committedAlone(guard, tenure, async (queryable) => {
        const { rows } = await queryable.queryRaw(
          statement(
            `INSERT INTO ${this.name} (token, refused) VALUES ('${uuid}', 1) ` +
              'ON CONFLICT (token) DO UPDATE SET refused = refused RETURNING CAST(refused AS INTEGER) AS refused',
          ),
        );
        return Number(rows[0]?.[0]) === 1 ? 'refused' : 'there';
      });
    } catch (error) {
      if (isBusy(error)) return 'held';
      throw error;
    }
  }

  /** Whoever held the file lets go of it when its process ends. */
  async endGhost(): Promise<void> {
    // Nothing to end.
  }

  async sweep(queryable: SqlQueryable, uuids: readonly string[]): Promise<void> {
    const list = uuids.map((uuid) => `'${uuid}'`).join(', ');
    await queryable.executeRaw(statement(`DELETE FROM ${this.name} WHERE token IN (${list})`));
  }

  sweepOld(queryable: SqlQueryable, bound: string, limit: number): Promise<number> {
    const seconds = this.rules.limits.keptMs / 1000;
    return queryable.executeRaw(
      statement(
        `DELETE FROM ${this.name} WHERE token IN (SELECT token FROM ${this.name} WHERE token < '${bound}' ` +
          `AND at < datetime('now', '-${seconds} seconds') ` +
          `AND (NOT refused OR at < datetime('now', '-${kRefusalKeptDays} days')) ORDER BY token LIMIT ${limit})`,
      ),
    );
  }

  async examine(queryable: SqlQueryable): Promise<Problems> {
    const { name } = this;
    const run = 'Run what `npx prisma-resilient marks` prints';
    const { columnNames, rows } = await queryable.queryRaw(statement(`PRAGMA table_info(${name})`));
    const at = (row: unknown[], column: string): unknown => row[columnNames.indexOf(column)];
    if (rows.length === 0) return [`there is no table ${name} in this file. ${run}`];
    const missing = kColumns.filter((column) => !rows.some((row) => at(row, 'name') === column));
    if (missing.length > 0) return [`${name} has another shape: it lacks ${missing.join(', ')}. ${run}`];
    const key = rows.filter((row) => Number(at(row, 'pk')) > 0).map((row) => at(row, 'name'));
    if (key.length === 1 && key[0] === 'token') return [];
    return [`${name} has no primary key on (token). Drop it, and ${run.toLowerCase()}`];
  }
}

function isBusy(error: unknown): boolean {
  return adapterErrorCause(error)?.kind === 'SocketTimeout' || codeOf(error).startsWith('SQLITE_BUSY');
}

/** SQLite's name of it: 'SQLITE_BUSY'. */
function codeOf(error: unknown): string {
  return sqliteNameOf(error) ?? '';
}
