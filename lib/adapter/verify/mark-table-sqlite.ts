import { type SqlQueryable, adapterErrorCause, adapterMessageOf, sqliteNameOf, statement } from '../driver-adapter';
import type { MarkAnswer } from '../guard-host';
import type { GuardState } from '../guard-state';
import type { AdapterLease } from '../adapter-lease';
import type { MarkRefusal, MarkTable, Problems } from './mark-table';
import { bareName, schemaOf } from '../../tables/table-name';
import { MarkTableBase, kColumns, kRefusalKeptDays, kRun } from './mark-table-base';
import { committedAlone } from './own-transaction';

/** A file has one writer at a time: whoever is in the middle of a write holds all keys. */
export class SqliteMarkTable extends MarkTableBase implements MarkTable {
  refusalOf(error: unknown): MarkRefusal {
    if (isBusy(error)) return 'passing';
    const code = codeOf(error);
    if (code.startsWith('SQLITE_READONLY')) return 'readOnly';
    if (code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === 'SQLITE_CONSTRAINT_UNIQUE') return 'taken';
    return code.startsWith('SQLITE_ERROR') || code.startsWith('SQLITE_CONSTRAINT') ? 'unreliable' : 'passing';
  }

  async ask(guard: GuardState, lease: AdapterLease, uuid: string): Promise<MarkAnswer> {
    try {
      return await committedAlone(guard, lease, async (queryable) => {
        return this.refuse(queryable, uuid);
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

  sweepOld(queryable: SqlQueryable, bound: string, limit: number): Promise<number> {
    return queryable.executeRaw(
      statement(
        `DELETE FROM ${this.name} WHERE token IN (SELECT token FROM ${this.name} WHERE token < '${bound}' ` +
          `AND at < datetime('now', '-${this.keptSeconds} seconds') ` +
          `AND (NOT refused OR at < datetime('now', '-${kRefusalKeptDays} days')) ORDER BY token LIMIT ${limit})`,
      ),
    );
  }

  async examine(queryable: SqlQueryable): Promise<Problems> {
    const { name } = this;
    const table = `${literal(bareName(name))}, ${literal(schemaOf(name) ?? 'main')}`;
    const texts = async (sql: string): Promise<string[][]> =>
      (await queryable.queryRaw(statement(sql))).rows.map((row) => row.map(String));
    const columns = await texts(
      `SELECT name, pk, "notnull" AND dflt_value IS NULL AND NOT pk AS required FROM pragma_table_info(${table})`,
    ).catch(() => []);
    if (columns.length === 0) return [`there is no table ${name} in this file. ${kRun}`];
    const [kind] = await texts(
      `SELECT type FROM ${schemaOf(name) ?? 'main'}.sqlite_master WHERE name = ${literal(bareName(name))} COLLATE NOCASE`,
    );
    if (kind?.[0] !== 'table') return [`${name} is no table of its own. ${kRun}`];
    const missing = kColumns.filter((column) => !columns.some(([there]) => there === column));
    const required = columns.filter(([, , needed]) => needed === '1').map(([column = '']) => column);
    const problems = this.problemOfColumns(missing, required);
    const key = columns.filter(([, place]) => place !== '0').map(([column]) => column);
    if (missing.length === 0 && (key.length !== 1 || key[0] !== 'token')) {
      problems.push(`${name} has no primary key on (token). Drop it, and ${kRun.toLowerCase()}`);
    }
    return problems.length > 0 ? problems : this.examineRights(queryable);
  }

  private async examineRights(queryable: SqlQueryable): Promise<Problems> {
    try {
      await this.tryRights(queryable);
      return [];
    } catch (error) {
      // A file that nobody may write to takes no writes either; one that is busy was examined well enough.
      if (this.refusalOf(error) !== 'unreliable') return [];
      return [`${this.name} takes no marks (${adapterMessageOf(error)}). Drop it, and ${kRun.toLowerCase()}`];
    }
  }
}

function literal(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}

function isBusy(error: unknown): boolean {
  return adapterErrorCause(error)?.kind === 'SocketTimeout' || codeOf(error).startsWith('SQLITE_BUSY');
}

/** SQLite's name of it: 'SQLITE_BUSY'. */
function codeOf(error: unknown): string {
  return sqliteNameOf(error) ?? '';
}
