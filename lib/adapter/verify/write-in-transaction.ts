import { isRefusal } from '../commit-reply';
import { type SqlQueryable, adapterErrorCause, sqlStateOf, statement } from '../driver-adapter';
import type { AdapterRequest } from '../adapter-request';
import { letGo, letGoLate } from '../let-go';
import type { AdapterSlot } from '../adapter-slot';
import type { AdapterLease } from '../adapter-lease';
import type { Begun } from './begin';
import { type Question, settleDoubt } from './question';
import { endRefused } from './refused-commit';
import { afterRefusedMark } from './refused-mark';

/** VACUUM and its like, and CALL of a procedure that commits: they refuse to run in a transaction. */
const kRefusesTransaction = /^(25001|2D000)$/;

/** BEGIN and what is needed to ask later in one go, the statement, COMMIT. One try. */
export class WriteInTransaction {
  protected readonly inner: Begun['transaction'];
  protected question: Question;
  /** A COMMIT that is refused may have been done all the same. */
  protected readonly asksAfterRefusedCommit: boolean = false;
  private latest: Promise<unknown> | undefined;

  constructor(
    protected readonly slot: AdapterSlot,
    protected readonly lease: AdapterLease,
    protected readonly request: AdapterRequest,
    begun: Begun,
  ) {
    ({ transaction: this.inner, question: this.question } = begun);
  }

  run<T>(ask: (queryable: SqlQueryable) => Promise<T>): Promise<T> {
    const { request } = this;
    request.inTransaction = true;
    request.phase = 'statement';
    return this.ended(ask(this.inner), ask);
  }

  /** COMMIT, or ROLLBACK, by what the statement is answered with. */
  protected async ended<T>(running: Promise<T>, ask: (queryable: SqlQueryable) => Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await this.listen(running);
    } catch (error) {
      // The server has done its part; without the guard it would be committed by now.
      if (adapterErrorCause(error)?.kind === 'UnsupportedNativeDataType') await this.commit();
      else await this.undo(error);
      if (!kRefusesTransaction.test(sqlStateOf(error) ?? '')) throw error;
      return this.runBare(ask);
    }
    await this.commit();
    return result;
  }

  /** The mark was refused. */
  protected async withoutMark<T>(refusal: unknown, ask: (queryable: SqlQueryable) => Promise<T>): Promise<T> {
    await this.undo(refusal);
    if (!isRefusal(refusal)) throw refusal;
    const told = await afterRefusedMark(this.slot.guard, this.lease, refusal);
    if (told !== undefined) throw told;
    return this.runBare(ask);
  }

  private runBare<T>(ask: (queryable: SqlQueryable) => Promise<T>): Promise<T> {
    this.request.inTransaction = false;
    return this.lease.call(this.request, 'statement', ask);
  }

  protected async undo(error: unknown): Promise<void> {
    // Before the ROLLBACK, which may fail as well: COMMIT was not sent and will not be.
    this.request.proven = 'not-applied';
    if (!isRefusal(error)) return this.discard();
    const phantom = this.inner.options.usePhantomQuery;
    try {
      if (!phantom) await this.listen(this.inner.executeRaw(statement('ROLLBACK')));
      await this.listen(this.inner.rollback());
    } catch {
      if (!phantom) await this.discard();
    }
  }

  protected async commit(): Promise<void> {
    const { request, inner, slot } = this;
    const phantom = inner.options.usePhantomQuery;
    request.phase = 'commit';
    try {
      await this.listen<unknown>(phantom ? inner.commit() : inner.executeRaw(statement('COMMIT')));
    } catch (error) {
      return this.afterFailedCommit(error);
    }
    this.question.settled(slot, 'committed');
    if (!phantom) await inner.commit();
  }

  private async afterFailedCommit(error: unknown): Promise<void> {
    const { inner, question, request, slot } = this;
    if (isRefusal(error) && !this.asksAfterRefusedCommit) {
      request.proven = 'not-applied';
      await endRefused(slot, inner);
      if (!inner.options.usePhantomQuery) await inner.rollback();
      throw error;
    }
    // An adapter that ends transactions by itself has handed the connection back, whatever became of the end.
    if (!inner.options.usePhantomQuery) await this.discard();
    const { verdict } = await settleDoubt(slot, request, question, error);
    if (verdict === 'committed') return;
    request.proven = verdict === 'not-committed' ? 'not-applied' : 'unknown';
    throw error;
  }

  protected listen<T>(running: Promise<T>): Promise<T> {
    if (this.request.connection) return running;
    this.latest = running;
    return this.request.abandonable(running);
  }

  protected async discard(): Promise<void> {
    if (this.request.abandoned) void letGoLate(this.inner, this.latest);
    else await letGo(this.inner, this.request.connection);
  }
}
