import { isRefusal } from '../commit-reply';
import {
  type SqlQuery,
  type SqlQueryable,
  type Transaction,
  adapterErrorCause,
  sqlStateOf,
  statement,
} from '../driver-adapter';
import type { Flight } from '../flight';
import { destroySocket } from '../pool-connections';
import type { GuardState } from '../guard-state';
import type { Seat } from '../seat';
import type { Tenure } from '../tenure';
import { settleDoubt } from './doubt';
import { type Learning, beginLearning } from './begin-learning';
import { learnAbout } from './server-knowledge';

export type Ask<T> = (queryable: SqlQueryable) => Promise<T>;

/** VACUUM and its like, and CALL of a procedure that commits: they refuse to run in a transaction. */
const kRefusesTransaction = /^(25001|2D000)$/;

export function isToBeVerified(guard: GuardState, query: SqlQuery): boolean {
  return guard.verifies && guard.kinds.of(query) === 'write';
}

/**
 * A single write in a transaction of the guard's own: BEGIN and learning in one go, the statement, COMMIT. Returns the
 * statement's result once it is committed, whatever happened to the answer.
 */
export function runVerified<T>(seat: Seat, flight: Flight, ask: Ask<T>): Promise<T> {
  return seat.attempt(flight, async (tenure) => {
    flight.inTransaction = false;
    const knowledge = await learnAbout(seat.guard, tenure, flight);
    const learning = knowledge.canVerify ? await beginLearning(seat.guard, tenure, flight, knowledge) : undefined;
    if (!learning) return tenure.call(flight, 'statement', ask);
    return new VerifiedWrite(seat, tenure, flight, learning).run(ask);
  });
}

/** One try. */
class VerifiedWrite {
  private readonly inner: Transaction;

  constructor(
    private readonly seat: Seat,
    private readonly tenure: Tenure,
    private readonly flight: Flight,
    private readonly learning: Learning,
  ) {
    this.inner = learning.transaction;
  }

  async run<T>(ask: Ask<T>): Promise<T> {
    const { flight } = this;
    flight.inTransaction = true;
    flight.phase = 'statement';
    let result: T;
    try {
      result = await this.listen(ask(this.inner));
    } catch (error) {
      // The server has done its part; without the guard it would be committed by now.
      if (adapterErrorCause(error)?.kind === 'UnsupportedNativeDataType') await this.commit();
      else await this.undo(error);
      if (!kRefusesTransaction.test(sqlStateOf(error) ?? '')) throw error;
      flight.inTransaction = false;
      return this.tenure.call(flight, 'statement', ask);
    }
    await this.commit();
    return result;
  }

  private async undo(error: unknown): Promise<void> {
    const { flight, learning } = this;
    learning.marker?.settle('not-committed');
    // Before the ROLLBACK, which may fail as well: COMMIT was not sent and will not be.
    flight.proven = 'not-applied';
    if (sqlStateOf(error) === undefined || !isRefusal(error)) return this.discard();
    try {
      await this.listen(this.inner.executeRaw(statement('ROLLBACK')));
      await this.inner.rollback();
    } catch {
      await this.discard();
    }
  }

  private async commit(): Promise<void> {
    const { flight, learning } = this;
    flight.phase = 'commit';
    try {
      if (this.inner.options.usePhantomQuery) await this.listen(this.inner.commit());
      else await this.listen(this.inner.executeRaw(statement('COMMIT')));
    } catch (error) {
      await this.afterFailedCommit(error);
      return;
    }
    learning.marker?.settle('committed');
    if (!this.inner.options.usePhantomQuery) await this.inner.commit();
  }

  private async afterFailedCommit(error: unknown): Promise<void> {
    const { flight, learning, seat } = this;
    if (isRefusal(error)) {
      flight.proven = 'not-applied';
      learning.marker?.settle('not-committed');
      if (!this.inner.options.usePhantomQuery) await this.inner.rollback();
      throw error;
    }
    await this.discard();
    const { verdict } = await settleDoubt(seat, flight, { ...learning, error });
    if (verdict === 'committed') return;
    flight.proven = verdict === 'not-committed' ? 'not-applied' : 'unknown';
    throw error;
  }

  private listen<T>(running: Promise<T>): Promise<T> {
    return this.flight.connection ? running : this.flight.abandonable(running);
  }

  private async discard(): Promise<void> {
    if (this.flight.connection) await destroySocket(this.flight.connection);
    // A hanging connection that cannot be destroyed is not handed back.
    if (this.flight.abandoned || this.inner.options.usePhantomQuery) return;
    await this.inner.rollback().catch(() => undefined);
  }
}
