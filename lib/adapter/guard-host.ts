/**
 * The seam between the guard (beneath Prisma, lib/adapter) and what drives the core (lib/host).
 *
 * The guard knows mechanics: which connection a statement is on, what of it was sent, whether the same step can be
 * taken again. Whether it may, and when, the host answers from the core. A healthy statement asks the host nothing but
 * `waitUntilOpen`, and with `writes.onUnknownOutcome: 'verify'` also `statementKind`.
 */

import type {
  MarkVerdict as CoreMarkVerdict,
  InDoubtVerdict as CoreVerdict,
  Learned,
  MarkAnswer,
  MarkedSql,
  MarkLimits,
  MarkRequest,
  Observed,
  Outcome,
  GuardPhase as Phase,
  SweepPlan,
  SweepState,
} from '../native-types.generated';
import type { ConnectionFacts } from './pool-client';
import type { PoolEvents } from './pool-events';

export type { ConnectionFacts };
export type { Learned, MarkAnswer, MarkedSql, Observed, SweepPlan, SweepState };

/** The core's answer about a transaction in doubt, or that nobody asked it. */
export interface InDoubtVerdict extends Omit<CoreVerdict, 'reason'> {
  readonly reason: CoreVerdict['reason'] | 'not-asked';
}

/**
 * How far a piece of work had come.
 * - `acquire`: a connection was asked for; nothing was sent.
 * - `begin`: the transaction's BEGIN may have been sent, none of its statements.
 * - `statement`: a statement was sent, COMMIT was not.
 * - `commit`: COMMIT was sent.
 * - `rollback`: ROLLBACK was sent; COMMIT was not and never will be.
 */
export type GuardPhase = Exclude<Phase, 'none'>;

/** What became of a write. */
export type GuardOutcome = Outcome;

/**
 * One thing that Prisma asked of the adapter and that has not settled yet: a statement, a script, the start or the end
 * of a transaction, or the adapter's own connect.
 */
export interface GuardWork {
  readonly kind: 'connect' | 'begin' | 'query' | 'execute' | 'script' | 'commit' | 'rollback';
  readonly phase: GuardPhase;
  /**
   * It runs inside a transaction that has begun: Prisma's, or the guard's own around a single write to be verified.
   */
  readonly inTransaction: boolean;
  /** The statement, for the core's reading of it ('' for connect, script, begin, commit, rollback). Never log it. */
  readonly sql: string;
  /** Epoch of the adapter that the latest try runs on. */
  readonly epoch: number;
  /** When Prisma asked, in ms of performance.now(). */
  readonly startedAt: number;
  /** When the latest try began: after all waiting for the database or a backoff, in ms of performance.now(). */
  readonly begunAt: number;
  /** When the latest try had its connection, i.e. when it was sent, in ms of performance.now(); 0: not yet, or not known. */
  readonly sentAt: number;
  /** Tries so far, the running one included. */
  readonly tries: number;
  /** Time spent waiting in `failed` and `waitUntilOpen`, in ms. */
  readonly waitedMs: number;
  /** The host's own; the guard neither reads nor writes it. */
  ticket: unknown;
  /**
   * Bytes that its connection has received so far. No change between two calls: no progress. undefined: the driver does
   * not show its connections.
   */
  bytesRead(): number | undefined;
  /** Its connection is known to be gone (socket destroyed or broken). false where the driver does not show it. */
  connectionDead(): boolean;
  /** undefined: it is on none, or the driver does not show it. */
  connectionFacts(): ConnectionFacts | undefined;
}

/** A failed try, as the guard saw it. */
export interface GuardFailure {
  readonly work: GuardWork;
  readonly phase: GuardPhase;
  readonly inTransaction: boolean;
  /** Proven by mechanics alone (nothing was sent, COMMIT was not sent, or verified). undefined: judge by the error. */
  readonly outcome: GuardOutcome | undefined;
}

/** COMMIT went unanswered in verified mode, or asking what became of it has failed. */
export interface UnansweredCommit extends GuardFailure {
  /** How often the database was asked, and answered "not yet" or could not be asked. */
  readonly asked: number;
  /** The host was told of this very error before: no news about the connection. */
  readonly repeated: boolean;
}

/** What is remembered of an error that the guard let through. */
export interface GuardRecord {
  readonly phase: GuardPhase;
  readonly inTransaction: boolean;
  /** Proven. undefined: judge by the error and the phase. */
  readonly outcome: GuardOutcome | undefined;
  readonly tries: number;
  /** Time spent waiting in `failed` and `waitUntilOpen`, in ms. */
  readonly waitedMs: number;
  readonly epoch: number;
  /** `failed` was called for the latest try: the core knows of this failure. */
  readonly asked: boolean;
  /** The failure itself, where Prisma hides it behind an error of its own that tells nothing of it. */
  readonly hidden?: unknown;
  /** In verified mode: why the core decided so, e.g. 'wal-lost'. */
  readonly reason?: string;
}

/** The core's answer to a question under a mark. */
export interface MarkVerdict extends Omit<CoreMarkVerdict, 'reason'> {
  readonly reason: InDoubtVerdict['reason'];
}

/** The core's rules for marks (src/core/in_doubt_mark.h, sql_mark.h, mark_sweep.h). Times in ms. */
export interface MarkRules {
  decide(writtenAgoMs: number, heldForMs: number, answer: MarkAnswer): MarkVerdict;
  /** undefined: the statement cannot carry a mark. */
  sql(sql: string, provider: string, request: MarkRequest): MarkedSql | undefined;
  planSweep(nowMs: number, state: SweepState): SweepPlan;
  readonly limits: MarkLimits;
}

/** What may begin a transaction beneath a client, as it is seen from above. */
export interface TransactionOrigins {
  /** An interactive transaction is about to begin. */
  readonly mayBeInteractive: boolean;
  /** User code, such as query hooks, has been run beneath the client. */
  readonly mayHaveUserCode: boolean;
  /** What the adapter throws comes to light there as it is. */
  readonly showsErrors: boolean;
}

/** What is known of a transaction that begins now. */
export interface TransactionStart extends TransactionOrigins {
  readonly hasIsolationLevel: boolean;
}

export interface GuardHost {
  /** Stamped on work until the first swap. */
  readonly epoch: number;

  /**
   * Called before work that holds no connection yet (connect, begin, a statement outside a transaction), synchronously
   * and each time: return undefined when it may go, which must be the case for work the core has just released. May
   * reject: the error is then Prisma's answer.
   */
  waitUntilOpen(work: GuardWork): Promise<void> | undefined;

  /**
   * A try failed, and the same step can be taken again beneath Prisma, with no user code in between. Resolves true once
   * it may; false: the error goes to Prisma. A rejection goes to Prisma in place of the error. Errors of every kind come
   * here, the caller's own included.
   */
  failed(error: unknown, failure: GuardFailure): Promise<boolean> | false;

  /**
   * May the database be asked what became of a COMMIT, and when? Resolves true once it takes connections again, at the
   * pace of the core; nothing is repeated by it. false: it stays unknown.
   */
  mayAskOutcome(error: unknown, commit: UnansweredCommit): Promise<boolean> | false;

  /** Work for which one of the two has answered true has settled; once per work. */
  settled(work: GuardWork, ok: boolean): void;

  /** Told of what happens to connections of pools. */
  readonly poolEvents?: PoolEvents;

  /** The core's rule: may BEGIN of a transaction that begins now go out with its first statement? */
  beginsLate(provider: string, start: TransactionStart): boolean;

  /** Something an operator should read once, e.g. that verification is not possible on this server. */
  warn(message: string): void;

  readonly writes: { readonly onUnknownOutcome: 'throw' | 'verify' | 'retry'; readonly markerTable?: string };

  readonly marks: MarkRules;

  /**
   * The core's conservative reading of a statement: 'read' if it surely writes nothing (`sqlKind`); 'control' for a write
   * that may end the transaction it is run in (`sqlMayEndTransaction`); else 'write'. Asked in verified mode, once per
   * text while the guard remembers it, and else when a statement inside a transaction has failed.
   */
  statementKind(sql: string, provider: string): 'read' | 'write' | 'control';

  /**
   * The core's reading of a statement: it surely leaves something behind that lives as long as its session
   * (`sqlHoldsSession`). Not asked for Prisma's own statements, and once per text while the guard remembers it.
   */
  holdsSession(sql: string, provider: string): boolean;

  /** The core's rule for transactions in doubt: `decideInDoubt` of the addon. */
  decideInDoubt(learned: Learned, observed: Observed): InDoubtVerdict;
}
