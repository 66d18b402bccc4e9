/**
 * What the guard beneath Prisma asks of the core. Only while the database is known to be down is anything held here:
 * operations that come later wait at the proxy, before Prisma starts a transaction's clock.
 */
import type {
  GuardFailure,
  GuardHost,
  GuardWork,
  InDoubtVerdict,
  Learned,
  Observed,
  TransactionStart,
  UnansweredCommit,
} from '../adapter/guard-host';
import type { PoolEvents } from '../adapter/pool-events';
import { extractErrorFacts } from '../client/error-facts';
import { DatabaseUnavailableError, ShutdownError } from '../errors';
import {
  type EffectiveConfig,
  type ErrorFacts,
  type FailedAttempt,
  type GiveUpReason,
  type JudgedFailure,
  OperationKind,
  OperationShape,
  native,
} from '../native';
import type { Core } from '../drive/core';
import type { FailureReporter } from './failure';
import type { Log } from './log';
import { markRules } from './mark-rules';

/** What beneath Prisma is always said: a statement is not known to be a read. */
const kStatement = {
  kind: OperationKind.write,
  shape: OperationShape.single,
  hasUserCode: false,
  beneath: true,
} as const;

function describe({ phase, work }: GuardFailure): FailedAttempt {
  return {
    ticket: typeof work.ticket === 'number' ? work.ticket : 0,
    operation: kStatement,
    firstStartedMs: work.startedAt,
    tryStartedMs: work.sentAt > 0 ? work.sentAt : work.begunAt,
    tries: work.tries,
    epoch: work.epoch,
    nothingSent: phase === 'acquire',
  };
}

function factsOf(error: unknown, { inTransaction, outcome: provenOutcome, phase }: GuardFailure): ErrorFacts {
  return { ...extractErrorFacts(error), phase, inTransaction, provenOutcome };
}

export class BeneathPrisma implements GuardHost {
  readonly writes: GuardHost['writes'];
  readonly marks = markRules;
  /**
   * Its client serves. Until then it is being verified, and has to fail as it fails: nothing waits, nothing is tried
   * again.
   */
  serving = false;
  private readonly warned = new Set<string>();

  constructor(
    /** undefined until the first client is made: its factory runs before there is a core. */
    private readonly lookUpCore: () => Core | undefined,
    private readonly reporter: FailureReporter,
    effective: EffectiveConfig,
    markerTable: string | undefined,
    private readonly log: Log,
    readonly poolEvents: PoolEvents,
  ) {
    this.writes = { onUnknownOutcome: effective.writes.onUnknownOutcome, markerTable };
  }

  get epoch(): number {
    return this.lookUpCore()?.epoch ?? 0;
  }

  waitUntilOpen(): Promise<void> | undefined {
    if (!this.serving) return undefined;
    const core = this.core();
    if (!core.holdsBeneath) return undefined;
    const answer = core.input((supervisor, now) => supervisor.admitBeneath(now));
    if (answer.verdict === 'run') return undefined;
    if (answer.verdict === 'rejected') return Promise.reject(this.refusal(answer.reason));
    const { ticket } = answer;
    const resumed = this.parked();
    return new Promise((resolve, reject) =>
      core.wait(ticket, {
        released: () => {
          // It only waited: how it ends is told by the operation that it belongs to.
          core.cancel(ticket);
          resumed();
          resolve();
        },
        expired: (reason) => reject(this.refusal(reason)),
      }),
    );
  }

  failed(error: unknown, failure: GuardFailure): Promise<boolean> | false {
    if (!this.serving) return false;
    const { work } = failure;
    const judged = this.core().input((supervisor, now) =>
      supervisor.onFailed(now, describe(failure), factsOf(error, failure)),
    );
    return this.follow(error, judged, work, (when) =>
      this.reporter.retryingBeneath(work.kind, work.tries, judged.errorClass, error, when),
    );
  }

  mayAskOutcome(error: unknown, commit: UnansweredCommit): Promise<boolean> | false {
    if (!this.serving) return false;
    const asking = { ...describe(commit), tries: commit.asked + 1, reportedBeneath: commit.repeated };
    const judged = this.core().input((supervisor, now) => supervisor.askOutcome(now, asking, factsOf(error, commit)));
    return this.follow(error, judged, commit.work);
  }

  private follow(
    error: unknown,
    { connectionClass, decision, errorClass }: JudgedFailure,
    work: GuardWork,
    tell?: (when: 'now' | 'wait') => void,
  ): Promise<boolean> | false {
    if (connectionClass) this.reporter.lastConnectionError = error;
    if (errorClass === 'fatal-configuration') this.reporter.lastRefusal = error;
    work.ticket = 'ticket' in decision ? decision.ticket : 0;
    if (decision.verdict !== 'runNow' && decision.verdict !== 'wait') return false;
    const runsNow = decision.verdict === 'runNow';
    tell?.(runsNow ? 'now' : 'wait');
    if (runsNow) return Promise.resolve(true);
    const resumed = this.parked();
    return new Promise((resolve) =>
      this.core().wait(decision.ticket, {
        released: () => {
          resumed();
          resolve(true);
        },
        expired: () => resolve(false),
      }),
    );
  }

  settled(work: GuardWork, ok: boolean): void {
    if (ok && work.tries > 1) this.reporter.recoveredBeneath(work.tries, work.waitedMs);
    const ticket = work.ticket;
    if (typeof ticket !== 'number' || ticket === 0) return;
    work.ticket = 0;
    if (ok) this.core().input((supervisor, now) => supervisor.onSucceeded(now, ticket));
    else this.core().cancel(ticket);
  }

  beginsLate(provider: string, start: TransactionStart): boolean {
    if (!this.serving) return false;
    const { hasIsolationLevel, mayBeInteractive, mayHaveUserCode, showsErrors } = start;
    return this.core().ask((supervisor) =>
      supervisor.beginsLate(provider, hasIsolationLevel, mayBeInteractive, mayHaveUserCode, showsErrors),
    );
  }

  warn(message: string): void {
    if (this.warned.has(message)) return;
    this.warned.add(message);
    this.log.warn(message);
  }

  statementKind(sql: string, provider: string): 'read' | 'write' | 'control' {
    if (native.sqlMayEndTransaction(sql, provider)) return 'control';
    return native.sqlKind(sql, provider) === OperationKind.read ? 'read' : 'write';
  }

  holdsSession(sql: string, provider: string): boolean {
    return native.sqlHoldsSession(sql, provider);
  }

  decideInDoubt(learned: Learned, observed: Observed): InDoubtVerdict {
    return native.decideInDoubt(learned, observed);
  }

  private core(): Core {
    const core = this.lookUpCore();
    if (!core) throw new Error('the guard was used before its client was made');
    return core;
  }

  /** Beneath Prisma the caller's context is still the one that it called in. Answers how to tell that it goes on. */
  private parked(): () => void {
    const { tracer } = this.reporter;
    if (!tracer) return () => undefined;
    const subject = tracer.subject();
    const since = performance.now();
    tracer.step(subject, 'parked', {});
    return () => tracer.step(subject, 'resumed', { waited_ms: performance.now() - since });
  }

  private refusal(reason: GiveUpReason): Error {
    if (reason === 'shutdown') return new ShutdownError('shutdown() was called.');
    return new DatabaseUnavailableError(
      "Can't reach database server: it did not come back within reconnect.deadline.",
      {
        cause: this.reporter.lastConnectionError,
      },
    );
  }
}
