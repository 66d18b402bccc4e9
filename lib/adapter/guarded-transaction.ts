import { type SqlQuery, type SqlResultSet, type Transaction, connectionClosed, statement } from './driver-adapter';
import { endsTransaction, isRefusal } from './commit-reply';
import type { Departure } from './departures';
import { remember, rememberCommit } from './failure-memory';
import { AdapterRequest } from './adapter-request';
import type { GuardOutcome, GuardPhase } from './guard-host';
import type { OpenTransaction } from './guard-state';
import { closeTransaction, letGoLate } from './let-go';
import type { PoolClient } from './pool-client';
import { StatementQueue } from './statement-queue';
import type { AdapterSlot } from './adapter-slot';
import type { ServerKnowledge, AdapterLease } from './adapter-lease';
import { type TransactionEnd, TransactionStage, transactionClosed } from './transaction-stage';
import { endRefused } from './verify/refused-commit';
import { afterRefusedMark } from './verify/refused-mark';
import { commitVerified } from './verify/verified-commit';

/** SQL by which Prisma ends a transaction on adapters that do not end it themselves (no "phantom query"). */
const kCommit = 'COMMIT';
const kRollback = 'ROLLBACK';

/**
 * A transaction on the adapter it began on, whatever swap comes. Prisma ends it by COMMIT or ROLLBACK as a statement,
 * and then hands the connection back by `commit` or `rollback`; with a phantom query those two do both.
 *
 * It stays whole: Prisma still sends statements of a nested write after the end of its transaction, and hands
 * connections back inside of one. A statement that comes after the end is refused, and no connection is handed back
 * before its transaction has ended. A connection whose COMMIT or ROLLBACK was not answered is destroyed before it is
 * handed back, or the pool would give it to somebody else in the middle of the transaction.
 *
 * A server may end it as well. PostgreSQL then takes nothing but the end; elsewhere the next statement would be committed by
 * itself, so it is refused here as after a ROLLBACK.
 */
export class GuardedTransaction implements Transaction, OpenTransaction {
  readonly provider: string;
  readonly adapterName: string;
  readonly options: Transaction['options'];
  declare createSavepoint?: (name: string) => Promise<void>;
  declare rollbackToSavepoint?: (name: string) => Promise<void>;
  declare releaseSavepoint?: (name: string) => Promise<void>;
  readonly begunAt = performance.now();
  private readonly stage = new TransactionStage(this.begunAt);
  private committed = false;
  private released: Promise<void> | undefined;
  private onlyRead = true;
  /** undefined: the server itself refuses what follows the end of a transaction. */
  private readonly queue: StatementQueue | undefined;
  /** What was abandoned and still runs, where its connection could not be destroyed. */
  private stuck: { readonly phase: GuardPhase; readonly running: Promise<unknown> } | undefined;

  constructor(
    private readonly slot: AdapterSlot,
    private readonly lease: AdapterLease,
    private readonly inner: Transaction,
    private readonly client: PoolClient | undefined,
    private readonly knowledge: ServerKnowledge | undefined,
    private readonly isolationLevel: string | undefined,
    private readonly departure: Departure,
  ) {
    lease.enter();
    slot.guard.transactions.add(this);
    this.queue = slot.guard.sendsInTurn ? new StatementQueue() : undefined;
    ({ provider: this.provider, adapterName: this.adapterName, options: this.options } = inner);
    const { createSavepoint, rollbackToSavepoint, releaseSavepoint } = inner;
    const savepoint = (ask: (name: string) => Promise<void>) => (name: string) =>
      this.statement('execute', statement(''), () => ask.call(inner, name));
    if (createSavepoint) this.createSavepoint = savepoint(createSavepoint);
    if (rollbackToSavepoint) this.rollbackToSavepoint = savepoint(rollbackToSavepoint);
    if (releaseSavepoint) this.releaseSavepoint = savepoint(releaseSavepoint);
  }

  get idleSince(): number {
    return this.stage.idleSince;
  }

  queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    return this.statement('query', query, () => this.inner.queryRaw(query));
  }

  executeRaw(query: SqlQuery): Promise<number> {
    if (query.sql === kCommit) return this.commitOnce(() => this.inner.executeRaw(query));
    if (query.sql === kRollback) return this.rollBackOnce(() => this.inner.executeRaw(query));
    return this.statement('execute', query, () => this.inner.executeRaw(query));
  }

  async commit(): Promise<void> {
    if (this.options.usePhantomQuery) await this.commitOnce(() => this.inner.commit());
    await this.handBack();
  }

  async rollback(): Promise<void> {
    const { end } = this.stage;
    if (this.options.usePhantomQuery && end === undefined) await this.rollBackOnce(() => this.inner.rollback());
    await this.handBack();
  }

  private statement<T>(kind: 'query' | 'execute', query: SqlQuery, send: () => Promise<T>): Promise<T> {
    const request = new AdapterRequest(kind, query.sql, true, this.slot.guard.kinds.holdsSession(query));
    if (request.caller?.aborted) return Promise.reject(connectionClosed()); // the callback has outlived its call
    const { closedBy } = this.stage;
    if (closedBy) return Promise.reject(this.refused('query', closedBy, request));
    request.runsOn(this.client, this.lease.epoch, 'statement');
    if (this.onlyRead && this.knowledge?.canVerify) this.onlyRead = this.slot.guard.kinds.of(query) === 'read';
    this.stage.statementBegins();
    const { queue } = this;
    const sent = queue === undefined ? send : () => queue.run(() => this.inTurn(request, send));
    return this.run(request, sent, (error) => {
      this.stage.statementFailed(error);
      this.lease.notice(error);
      // Several statements in one text, or the user's own COMMIT, may have committed something.
      const control = query.sql !== '' && this.slot.guard.kinds.of(query) === 'control';
      throw this.noted(error, request, control ? undefined : 'not-applied');
    });
  }

  /** The transaction may have ended while the statement waited for those before it. */
  private async inTurn<T>(request: AdapterRequest, send: () => Promise<T>): Promise<T> {
    const { closedBy } = this.stage;
    if (this.stuck) throw connectionClosed();
    if (closedBy) throw this.refused('query', closedBy, request);
    try {
      return await send();
    } catch (error) {
      if (await this.isUndone(error)) this.stage.wasUndone(error);
      throw error;
    }
  }

  private async isUndone(error: unknown): Promise<boolean> {
    const ends = endsTransaction(error);
    if (ends !== 'if-configured') return ends === 'yes';
    try {
      const { rows } = await this.inner.queryRaw(statement('SELECT @@innodb_rollback_on_timeout'));
      return Number(rows[0]?.[0]) !== 0;
    } catch {
      return true;
    }
  }

  private commitOnce(send: () => Promise<unknown>): Promise<number> {
    const { end } = this.stage;
    if (end?.by === 'commit') return end.done;
    const request = new AdapterRequest('commit', '', true);
    if (end) return Promise.reject(this.refused('commit', 'rollback', request));
    return this.stage.ends('commit', () => this.sendCommit(request, send));
  }

  private rollBackOnce(send: () => Promise<unknown>): Promise<number> {
    const { end } = this.stage;
    if (end?.by === 'rollback') return end.done;
    const request = new AdapterRequest('rollback', '', true);
    if (!end) return this.stage.ends('rollback', () => this.sendRollback(request, send));
    // A COMMIT that has failed has ended it as well.
    return end.done.then(
      () => Promise.reject(this.refused('rollback', 'commit', request)),
      () => 0,
    );
  }

  private async sendCommit(request: AdapterRequest, send: () => Promise<unknown>): Promise<number> {
    if (this.stage.mayBeUnderWay) {
      const failed = await this.stage.drained();
      if (failed) return this.undoInstead(request, failed.error);
    }
    // All that COMMIT could commit is a mark, which would be a lie.
    if (this.stage.undone) return this.undoInstead(request, this.stage.undone.error);
    request.runsOn(this.client, this.lease.epoch, 'statement');
    const commit = (): Promise<unknown> => {
      request.phase = 'commit';
      return this.run(request, send, rethrown);
    };
    try {
      if (this.knowledge?.canVerify) await this.commitVerified(request, this.knowledge, commit);
      else await commit();
      this.committed = true;
      return 0;
    } catch (error) {
      const refused = request.phase === 'commit' && isRefusal(error);
      if (refused) request.proven = 'not-applied';
      else await this.discard();
      if (refused) {
        await endRefused(this.slot, this.inner);
        // A connection that refused is sound. Before 7.x Prisma did not hand it back.
        await this.releaseOnce();
      }
      if (request.approved) this.slot.guard.host.settled(request, false);
      // COMMIT was not sent where the mark was refused, or learning failed.
      const proven = request.proven ?? (request.phase === 'statement' ? 'not-applied' : undefined);
      const told = await this.toldOf(error, proven);
      this.noted(told, request, proven);
      rememberCommit(told, request.record());
      throw told;
    }
  }

  /** What Prisma is told of a COMMIT that has failed: of a mark's refusal, what is to be done about it. */
  private async toldOf(error: unknown, proven: GuardOutcome | undefined): Promise<unknown> {
    const { guard } = this.slot;
    if (proven !== 'not-applied' || !this.knowledge?.usesMarks || !isRefusal(error)) return error;
    return (await afterRefusedMark(guard, this.lease, error)) ?? error;
  }

  private async commitVerified(
    request: AdapterRequest,
    knowledge: ServerKnowledge,
    commit: () => Promise<unknown>,
  ): Promise<void> {
    const discard = (): Promise<void> => this.discard();
    const { inner, isolationLevel, onlyRead, slot } = this;
    const ask = <T>(send: () => Promise<T>): Promise<T> => this.run(request, send, rethrown);
    await commitVerified({ slot, request, inner, isolationLevel, knowledge, onlyRead, ask, commit, discard });
    if (request.approved) slot.guard.host.settled(request, true);
  }

  /**
   * A statement that nobody awaits has failed since COMMIT was asked for, and PostgreSQL would answer that COMMIT as if it
   * had been done, and roll back; or the server has rolled back already.
   */
  private async undoInstead(request: AdapterRequest, cause: unknown): Promise<never> {
    await this.sendRollback(new AdapterRequest('rollback', '', true), () => this.rollBackInner());
    await this.releaseOnce();
    const error = this.refused('commit', 'rollback', request, cause);
    rememberCommit(error, { ...request.record(), hidden: this.stage.undone?.error });
    throw error;
  }

  /**
   * Never rejects: where the connection breaks, the transaction has ended with it. (Up to 7.9, Prisma awaits nowhere the
   * ROLLBACK that its own time limit sends, and a failure of it would end the process.)
   */
  private async sendRollback(request: AdapterRequest, send: () => Promise<unknown>): Promise<number> {
    this.departure.rollsBack();
    await this.stage.quiet();
    request.runsOn(this.client, this.lease.epoch, 'rollback');
    await this.run(request, send, () => this.discard());
    return 0;
  }

  private rollBackInner(): Promise<unknown> {
    return this.options.usePhantomQuery ? this.inner.rollback() : this.inner.executeRaw(statement(kRollback));
  }

  /** On the path of every statement: no promise but the one that it answers with. */
  private run<T>(
    request: AdapterRequest,
    send: () => Promise<T>,
    failed: (error: unknown) => T | Promise<T>,
  ): Promise<T> {
    if (this.stuck) return rejected(failed, connectionClosed());
    const { requests } = this.slot.guard;
    requests.add(request);
    const running = started(send);
    return (this.client ? running : request.abandonable(running)).then(
      (result) => {
        requests.remove(request);
        if (request.kind === 'query' || request.kind === 'execute') this.stage.statementEnded();
        return result;
      },
      (error) => {
        requests.remove(request);
        if (request.abandoned) this.stuck = { phase: request.phase, running };
        return failed(error);
      },
    );
  }

  private refused(
    operation: 'query' | TransactionEnd,
    by: TransactionEnd,
    request: AdapterRequest,
    cause?: unknown,
  ): unknown {
    request.runsOn(this.client, this.lease.epoch, 'statement');
    // It was not sent, but what was sent before may be committed.
    request.proven = by === 'rollback' ? 'not-applied' : 'unknown';
    const error = transactionClosed(operation, by, cause);
    // A deadlock that the callback has caught is what has failed all the same.
    remember(error, { ...request.record(), hidden: this.stage.undone?.error });
    return error;
  }

  private noted(error: unknown, request: AdapterRequest, proven: GuardOutcome | undefined): unknown {
    request.proven = proven;
    remember(error, request.record());
    return error;
  }

  /** The last that Prisma asks for. */
  private async handBack(): Promise<void> {
    const { done } = this.stage.end ?? { done: this.rollBackOnce(() => this.rollBackInner()) };
    await done.catch(() => undefined);
    await this.releaseOnce();
  }

  /** The connection is not fit for anybody else. */
  private async discard(): Promise<void> {
    // What is stuck is ended when it is answered; a ROLLBACK that has failed is not sent once more.
    const rolledBack = this.stage.end?.by === 'rollback';
    if (this.client || !(this.stuck || rolledBack)) await closeTransaction(this.inner, this.client);
    // Prisma is given the error that ended the transaction.
    await this.releaseOnce().catch(() => undefined);
  }

  private releaseOnce(): Promise<void> {
    if (this.released) return this.released.catch(() => undefined);
    this.released = this.release();
    return this.released;
  }

  private async release(): Promise<void> {
    try {
      if (this.stuck) this.releaseLate(this.stuck);
      else if (!this.options.usePhantomQuery) await (this.committed ? this.inner.commit() : this.inner.rollback());
    } finally {
      this.slot.guard.transactions.delete(this);
      this.departure.ended();
      this.lease.leave();
    }
  }

  private releaseLate({ phase, running }: NonNullable<GuardedTransaction['stuck']>): void {
    // An adapter that ends transactions by itself hands the connection back when its end is answered; a ROLLBACK after
    // that would be a stranger's.
    const ends = phase === 'commit' || phase === 'rollback';
    if (!ends || !this.options.usePhantomQuery) void letGoLate(this.inner, running);
  }
}

function started<T>(send: () => Promise<T>): Promise<T> {
  try {
    return send();
  } catch (error) {
    return Promise.reject(error);
  }
}

async function rejected<T>(failed: (error: unknown) => T | Promise<T>, error: unknown): Promise<T> {
  return failed(error);
}

function rethrown(error: unknown): never {
  throw error;
}
