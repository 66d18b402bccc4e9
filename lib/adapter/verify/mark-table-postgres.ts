import { type SqlQuery, type SqlQueryable, adapterMessageOf, sqlStateOf, statement } from '../driver-adapter';
import type { ConnectionFacts, MarkAnswer } from '../guard-host';
import type { GuardState } from '../guard-state';
import type { AdapterLease } from '../adapter-lease';
import { examinePostgres } from '../../tables/mark-health-postgres';
import { bareName } from '../../tables/table-name';
import type { MarkRefusal, MarkTable, Problems } from './mark-table';
import { MarkTableBase } from './mark-table-base';
import { committedAlone, inOwnTransaction } from './own-transaction';

/** lock_not_available: lock_timeout has passed. */
const kHeld = '55P03';
const kReadOnly = '25006';
const kDuplicate = '23505';
/** Another shape, another table or none, a right that was taken away; a column that needs a value. */
const kUnreliable = /^(42|0A|22|23502)/;

/** How much older than its connection looked here a backend may be: what opening it took. */
const kOpeningSeconds = 10;
/** Two clocks that are both right go apart by less than this share. */
const kClockDrift = 0.001;

export class PostgresMarkTable extends MarkTableBase implements MarkTable {
  refusalOf(error: unknown): MarkRefusal {
    const state = sqlStateOf(error) ?? '';
    if (state === kReadOnly) return 'readOnly';
    if (state === kDuplicate && adapterMessageOf(error).includes(bareName(this.name))) return 'taken';
    return kUnreliable.test(state) ? 'unreliable' : 'passing';
  }

  async ask(guard: GuardState, lease: AdapterLease, uuid: string): Promise<MarkAnswer> {
    try {
      return await committedAlone(guard, lease, async (queryable) => {
        // Whatever the role's default is: a newer snapshot has to see what was committed a moment ago.
        await queryable.executeRaw(statement('SET TRANSACTION ISOLATION LEVEL READ COMMITTED'));
        await this.limitWaiting(queryable);
        return this.refuse(queryable, uuid);
      });
    } catch (error) {
      const state = sqlStateOf(error);
      if (state === kHeld) return 'held';
      if (state === kReadOnly) return 'readOnly';
      throw error;
    }
  }

  /**
   * A pooler may have named a process of its own, or given the server's to somebody else: the backend must have begun
   * when the connection was opened, as far as the ages on both sides tell.
   */
  async endGhost(guard: GuardState, lease: AdapterLease, { openedAt, pid }: ConnectionFacts): Promise<void> {
    if (pid === 0 || openedAt === 0) return;
    const age = (performance.now() - openedAt) / 1000;
    const drift = 0.5 + age * kClockDrift;
    const sql =
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ${pid} AND pid <> pg_backend_pid() AND ` +
      'usename = current_user AND datname = current_database() AND ' +
      `extract(epoch FROM clock_timestamp() - backend_start) BETWEEN ${age - drift} AND ${age + drift + kOpeningSeconds}`;
    await inOwnTransaction(guard, lease, (queryable) => queryable.queryRaw(statement(sql)));
  }

  /** Its text stays the same, whatever the batch. */
  override async sweep(queryable: SqlQueryable, uuids: readonly string[]): Promise<void> {
    await this.limitWaiting(queryable);
    await queryable.executeRaw(
      withTexts(`DELETE FROM ${this.name} WHERE token = ANY($1::uuid[])`, [`{${uuids.join(',')}}`]),
    );
  }

  /** A refusal goes once no session is left that may have been there before it. */
  async sweepOld(queryable: SqlQueryable, bound: string, limit: number): Promise<number> {
    await this.limitWaiting(queryable);
    return queryable.executeRaw(
      withTexts(
        `DELETE FROM ${this.name} WHERE token IN (SELECT token FROM ${this.name} AS mark WHERE token < $1::uuid ` +
          `AND at < now() - interval '${this.keptSeconds} seconds' AND NOT (refused AND EXISTS (SELECT FROM pg_stat_activity ` +
          'WHERE usename = current_user AND backend_start < mark.at AND pid <> pg_backend_pid())) ' +
          `ORDER BY token LIMIT ${limit})`,
        [bound],
      ),
    );
  }

  private async limitWaiting(queryable: SqlQueryable): Promise<void> {
    await queryable.executeRaw(statement(`SET LOCAL lock_timeout = ${this.rules.limits.lockWaitMs}`));
  }

  examine(queryable: SqlQueryable): Promise<Problems> {
    const rows = async (sql: string) => (await queryable.queryRaw(statement(sql))).rows;
    return examinePostgres(rows, this.name, sqlStateOf);
  }
}

function withTexts(sql: string, args: readonly string[]): SqlQuery {
  return { sql, args: [...args], argTypes: args.map(() => ({ scalarType: 'string', arity: 'scalar' })) };
}
