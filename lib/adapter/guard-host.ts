/**
 * The seam between the guard (beneath Prisma, lib/adapter) and what drives the core (lib/host).
 *
 * The guard knows mechanics: which connection a statement is on, what of it was sent, whether the same step can be
 * taken again. Whether it may, and when, the host answers from the core. A healthy statement asks the host nothing but
 * `waitUntilOpen`, and with `writes.onUnknownOutcome: 'verify'` also `statementKind`.
 */

/**
 * How far a piece of work had come.
 * - `acquire`: a connection was asked for; nothing was sent.
 * - `begin`: the transaction's BEGIN may have been sent, none of its statements.
 * - `statement`: a statement was sent, COMMIT was not.
 * - `commit`: COMMIT was sent.
 * - `rollback`: ROLLBACK was sent; COMMIT was not and never will be.
 */
export type GuardPhase = 'acquire' | 'begin' | 'statement' | 'commit' | 'rollback';

/** What became of a write. The core's `Outcome`, by name. */
export type GuardOutcome = 'not-applied' | 'unknown' | 'applied';

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

/** The connection that a piece of work is on. */
export interface ConnectionFacts {
  /** Ours, never given twice. */
  readonly number: number;
  /** It is not ready yet. */
  readonly opening: boolean;
  /** Of the server's process behind it, as the server, or a pooler in between, has named it; 0: it has not. */
  readonly pid: number;
  /** When it was ready, in ms of performance.now(); 0: that was not seen. */
  readonly openedAt: number;
  /** Something waits in this process to be sent on it. */
  readonly sending: boolean;
}

/** A failed try, as the guard saw it. */
export interface GuardFailure {
  readonly work: GuardWork;
  readonly phase: GuardPhase;
  readonly inTransaction: boolean;
  /** Proven by mechanics alone (nothing was sent, COMMIT was not sent, or verified). undefined: judge by the error. */
  readonly outcome: GuardOutcome | undefined;
  /**
   * - `run-again`: the same step can be taken again beneath Prisma, with no user code in between. May it, and when?
   * - `ask-outcome`: COMMIT went unanswered in verified mode. When may the database be asked what became of it?
   *   Answer once it takes connections again, at the pace of the core; nothing is repeated by it.
   */
  readonly next: 'run-again' | 'ask-outcome';
  /** With `ask-outcome`: how often the answer was "not yet" or asking failed itself. */
  readonly asked: number;
  /** `failed` was called with this very error before: no news about the connection. */
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

/** What was read before COMMIT, all as PostgreSQL's text; null: not readable there. Judged by the core. */
export interface Learned {
  readonly xid: string | null;
  readonly lsn: string | null;
  readonly replayLsn: string | null;
  readonly startTime: string | null;
  readonly statsReset: string | null;
  readonly systemId: string | null;
  readonly serializable: boolean;
}

/** What was read on a new connection afterwards, all as PostgreSQL's text. */
export interface Observed {
  readonly inRecovery: boolean;
  readonly replayLsn: string | null;
  readonly startTime: string | null;
  readonly statsReset: string | null;
  readonly systemId: string | null;
  /** pg_xact_status: 'committed' | 'aborted' | 'in progress'; null: too old; 'in the future': not given out yet. */
  readonly status: string | null;
}

/** The core's answer about a transaction in doubt (src/core/in_doubt.h). */
export interface InDoubtVerdict {
  readonly verdict: 'committed' | 'not-committed' | 'in-progress' | 'unknown';
  readonly reason: string;
  /** Asking later may give another answer (the server asked is still a standby, for one). */
  readonly askAgain: boolean;
}

/**
 * What the asker's own insert under a mark's key was answered with (src/core/in_doubt_mark.h).
 * - `there`: the writer's row is there.
 * - `refused`: a refusal is there.
 * - `held`: somebody holds the key, and has neither committed nor rolled back.
 * - `read-only`: the server takes no writes.
 */
export type MarkAnswer = 'there' | 'refused' | 'held' | 'read-only';

export interface MarkVerdict extends InDoubtVerdict {
  /** Whoever holds the key is to be ended. */
  readonly endGhost: boolean;
}

/** A statement that carries its mark (src/core/sql_mark.h). */
export interface MarkedSql {
  /** Takes the token as one more parameter. */
  readonly text: string;
  /** It answers with the statement's own rows; otherwise with one row, the number of rows that were touched. */
  readonly rows: boolean;
  /** Asks for the same answer later, with the token as its only parameter. */
  readonly recall: string;
}

export interface SweepPlan {
  readonly settled: number;
  readonly byAge: boolean;
  readonly pause: number;
}

/** The core's rules for marks. Times in ms. */
export interface MarkRules {
  decide(writtenAgo: number, heldFor: number, answer: MarkAnswer): MarkVerdict;
  sql(sql: string, provider: string, table: string, parameters: number, wantsRows: boolean): MarkedSql | undefined;
  planSweep(now: number, settled: number, lastSweep: number, lastByAge: number, ageBatchFull: boolean): SweepPlan;
  readonly limits: {
    readonly lockWaitMs: number;
    readonly keptMs: number;
    readonly sweepBatch: number;
    readonly mostSettled: number;
    readonly sweepPauseMs: number;
  };
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
   * A try failed and `failure.next` is possible. Resolves true once it may happen; false: the error goes to Prisma.
   * A rejection goes to Prisma in place of the error. Errors of every kind come here, the caller's own included.
   */
  failed(error: unknown, failure: GuardFailure): Promise<boolean> | false;

  /** Work for which `failed` has answered true has settled; once per work. */
  settled(work: GuardWork, ok: boolean): void;

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

  /** The core's rule for transactions in doubt: `decideInDoubt` of the addon. */
  decideInDoubt(learned: Learned, observed: Observed): InDoubtVerdict;
}
