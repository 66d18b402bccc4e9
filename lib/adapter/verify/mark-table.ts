/** What the marker table is asked to do, on each kind of database. */
import { type SqlQuery, type SqlQueryable } from '../driver-adapter';
import type { ConnectionFacts, MarkAnswer } from '../guard-host';
import type { GuardState } from '../guard-state';
import type { Problems } from '../../tables/mark-health-postgres';
import type { AdapterLease } from '../adapter-lease';

export type { Problems };

/**
 * What a refusal of a mark says. 'readOnly': the server takes no writes; 'unreliable': the table is no longer what it was,
 * or the role may no longer write to it; 'taken': there is a row with this token; 'passing': another try may succeed.
 */
export type MarkRefusal = 'readOnly' | 'unreliable' | 'taken' | 'passing';

export interface MarkTable {
  /** The row of one write, for its transaction. On MySQL and MariaDB `alone` is its token instead where autocommit is on. */
  insert(uuid: string, alone?: string): SqlQuery;
  /** Of what `insert` was refused with, or of what the statement was that came with it. */
  refusalOf(error: unknown): MarkRefusal;
  /**
   * Inserts a refusal under the same key, and commits it. Where it answers that the write was not committed, or that the
   * key is held too long, `ghost` is the connection that the write was on. Rejects where the database cannot be asked.
   * 'alone': there is a row of that token.
   */
  ask(guard: GuardState, lease: AdapterLease, uuid: string, alone?: string): Promise<MarkAnswer>;
  /** Ends what is left of a connection at the server, where that can be told from others. */
  endGhost(guard: GuardState, lease: AdapterLease, ghost: ConnectionFacts): Promise<void>;
  /** Deletes rows of settled writes. In a transaction; it waits for nobody's lock for long, nor does what follows. */
  sweep(queryable: SqlQueryable, uuids: readonly string[]): Promise<void>;
  /** Deletes at most `limit` rows that nobody can ask for any more, older than `bound`, and answers how many. */
  sweepOld(queryable: SqlQueryable, bound: string, limit: number): Promise<number>;
  /** Asks the database, in a transaction that is rolled back, what it has under this name and what the role may do. */
  examine(queryable: SqlQueryable): Promise<Problems>;
}
