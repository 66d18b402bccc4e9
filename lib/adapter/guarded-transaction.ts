import { type SqlQuery, type SqlResultSet, type Transaction, connectionClosed, statement } from './driver-adapter';
import { isRefusal } from './commit-reply';
import { remember, rememberCommit } from './failure-memory';
import { Flight } from './flight';
import type { GuardOutcome } from './guard-host';
import { type PoolClient, destroySocket } from './pool-connections';
import type { Seat } from './seat';
import type { Tenure } from './tenure';
import { commitVerified } from './verify/verified-commit';
import type { ServerKnowledge } from './verify/server-knowledge';

/** SQL by which Prisma ends a transaction on adapters that do not end it themselves (no "phantom query"). */
const kCommit = 'COMMIT';
const kRollback = 'ROLLBACK';

/**
 * A transaction on the adapter it began on, whatever swap comes. Prisma ends it by COMMIT or ROLLBACK as a statement,
 * and then hands the connection back by `commit` or `rollback`; with a phantom query those two do both.
 *
 * A connection whose COMMIT or ROLLBACK was not answered is destroyed before it is handed back, or the pool would give
 * it to somebody else in the middle of the transaction.
 */
export class GuardedTransaction implements Transaction {
  readonly provider: string;
  readonly adapterName: string;
  readonly options: Transaction['options'];
  declare createSavepoint?: (name: string) => Promise<void>;
  declare rollbackToSavepoint?: (name: string) => Promise<void>;
  declare releaseSavepoint?: (name: string) => Promise<void>;
  private handedBack = false;
  private onlyRead = true;
  /** A statement that was abandoned and still runs, where its connection could not be destroyed. */
  private stuck: Promise<unknown> | undefined;

  constructor(
    private readonly seat: Seat,
    private readonly tenure: Tenure,
    private readonly inner: Transaction,
    private readonly client: PoolClient | undefined,
    private readonly knowledge: ServerKnowledge | undefined,
    private readonly isolationLevel: string | undefined,
  ) {
    tenure.enter();
    ({ provider: this.provider, adapterName: this.adapterName, options: this.options } = inner);
    const { createSavepoint, rollbackToSavepoint, releaseSavepoint } = inner;
    const savepoint = (ask: (name: string) => Promise<void>) => (name: string) =>
      this.statement('execute', statement(''), () => ask.call(inner, name));
    if (createSavepoint) this.createSavepoint = savepoint(createSavepoint);
    if (rollbackToSavepoint) this.rollbackToSavepoint = savepoint(rollbackToSavepoint);
    if (releaseSavepoint) this.releaseSavepoint = savepoint(releaseSavepoint);
  }

  queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    return this.statement('query', query, () => this.inner.queryRaw(query));
  }

  executeRaw(query: SqlQuery): Promise<number> {
    if (query.sql === kCommit) return this.sendCommit(() => this.inner.executeRaw(query), 0);
    if (query.sql === kRollback) return this.sendRollback(() => this.inner.executeRaw(query));
    return this.statement('execute', query, () => this.inner.executeRaw(query));
  }

  async commit(): Promise<void> {
    const phantom = this.options.usePhantomQuery;
    if (phantom) await this.sendCommit(() => this.inner.commit(), undefined);
    await this.handBack(() => (phantom ? undefined : this.inner.commit()));
  }

  async rollback(): Promise<void> {
    const phantom = this.options.usePhantomQuery;
    if (phantom && !this.handedBack) await this.sendRollback(() => this.inner.rollback());
    await this.handBack(() => (phantom ? undefined : this.release()));
  }

  private statement<T>(kind: 'query' | 'execute', query: SqlQuery, send: () => Promise<T>): Promise<T> {
    const flight = new Flight(kind, query.sql, true);
    if (flight.caller?.aborted) return Promise.reject(connectionClosed()); // the callback has outlived its call
    flight.runsOn(this.client, this.tenure.epoch, 'statement');
    if (this.onlyRead && this.knowledge?.canVerify) this.onlyRead = this.seat.guard.kinds.of(query) === 'read';
    return this.run(flight, send, (error) => {
      // Several statements in one text, or the user's own COMMIT, may have committed something.
      const control = query.sql !== '' && this.seat.guard.kinds.of(query) === 'control';
      throw this.noted(error, flight, control ? undefined : 'not-applied');
    });
  }

  private async sendCommit<T>(send: () => Promise<T>, committed: T): Promise<T> {
    const flight = new Flight('commit', '', true);
    flight.runsOn(this.client, this.tenure.epoch, 'statement');
    const commit = (): Promise<T> => {
      flight.phase = 'commit';
      return this.run(flight, send, rethrown);
    };
    try {
      if (!this.knowledge?.canVerify) return await commit();
      const discard = (): Promise<void> => this.discard();
      const { inner, isolationLevel, knowledge, onlyRead, seat } = this;
      await commitVerified({ seat, flight, inner, isolationLevel, knowledge, onlyRead, commit, discard });
      if (flight.approved) seat.guard.host.settled(flight, true);
      return committed;
    } catch (error) {
      const refused = flight.phase === 'commit' && isRefusal(error);
      if (refused) flight.proven = 'not-applied';
      else await this.discard();
      // A connection that refused is sound. Before 7.x Prisma did not hand it back.
      if (refused) await this.handBack(() => this.release());
      if (flight.approved) this.seat.guard.host.settled(flight, false);
      // COMMIT was not sent where learning failed.
      const noted = this.noted(
        error,
        flight,
        flight.proven ?? (flight.phase === 'statement' ? 'not-applied' : undefined),
      );
      rememberCommit(error, flight.record());
      throw noted;
    }
  }

  private sendRollback<T>(send: () => Promise<T>): Promise<T> {
    const flight = new Flight('rollback', '', true);
    flight.runsOn(this.client, this.tenure.epoch, 'rollback');
    return this.run(flight, send, async (error) => {
      await this.discard();
      throw this.noted(error, flight, 'not-applied');
    });
  }

  /** On the path of every statement: no promise but the one that it answers with. */
  private run<T>(flight: Flight, send: () => Promise<T>, failed: (error: unknown) => T | Promise<T>): Promise<T> {
    if (this.stuck) return rejected(failed, connectionClosed());
    const { flights } = this.seat.guard;
    flights.add(flight);
    const running = started(send);
    return (this.client ? running : flight.abandonable(running)).then(
      (result) => {
        flights.remove(flight);
        return result;
      },
      (error) => {
        flights.remove(flight);
        if (flight.abandoned) this.stuck = running;
        return failed(error);
      },
    );
  }

  private noted(error: unknown, flight: Flight, proven: GuardOutcome | undefined): unknown {
    flight.proven = proven;
    remember(error, flight.record());
    const { phase, inTransaction } = flight;
    this.seat.guard.host.report?.(error, { work: flight, phase, inTransaction, outcome: proven });
    return error;
  }

  /** Hands the connection back so that nobody gets it in the middle of something. */
  private async discard(): Promise<void> {
    if (this.client) await destroySocket(this.client);
    // The transaction is over either way, and Prisma is given the error that ended it.
    await this.handBack(() => this.release()).catch(() => undefined);
  }

  private release(): Promise<void> | undefined {
    if (this.stuck) {
      void this.releaseLate(this.stuck);
      return undefined;
    }
    return this.options.usePhantomQuery ? undefined : this.inner.rollback();
  }

  private async releaseLate(stuck: Promise<unknown>): Promise<void> {
    await stuck.catch(() => undefined);
    try {
      if (!this.options.usePhantomQuery) await this.inner.executeRaw(statement(kRollback));
      await this.inner.rollback();
    } catch {
      // Nobody waits for it any more.
    }
  }

  /** Once; what Prisma calls after that has been done. */
  private async handBack(release: () => Promise<void> | undefined): Promise<void> {
    if (this.handedBack) return;
    this.handedBack = true;
    try {
      await release();
    } finally {
      this.tenure.leave();
    }
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
