import type { ConnectionFacts, GuardOutcome, GuardPhase, GuardRecord, GuardWork } from './guard-host';
import type { NamedStatement } from './acquirer';
import { type CallAttempt, currentCall } from '../contracts/call-context';
import { type SpentOn, type OperationTimes, currentTimes } from '../contracts/operation-times';
import { requestCancel } from './cancel-request';
import { connectionClosed } from './driver-adapter';
import { type PoolClient, bytesReadBy, destroySocket, factsOf, holdSession, isDead } from './pool-client';

/** One piece of work on its way through the adapter, from Prisma's call to its settlement, retries included. */
export class AdapterRequest implements GuardWork {
  readonly startedAt = performance.now();
  begunAt = this.startedAt;
  phase: GuardPhase = 'acquire';
  tries = 1;
  epoch = 0;
  sentAt = 0;
  waitedMs = 0;
  ticket: unknown = undefined;
  /** `failed` has answered true at least once, so the host expects `settled`. */
  approved = false;
  /** The host was asked about the latest try. */
  asked = false;
  /** What the latest try has proven about its outcome. */
  proven: GuardOutcome | undefined = undefined;
  /** Why, where the core has decided it. */
  reason: string | undefined = undefined;
  /** `abandon` was called, and there was no connection to destroy: the call still runs. */
  abandoned = false;
  /** The call of read(), write() or report() that it is a part of. */
  readonly caller: CallAttempt | undefined = currentCall();
  /** Of the operation that it works for, where that is measured. */
  private readonly times: OperationTimes | undefined = currentTimes();
  private spentOn: SpentOn | undefined = undefined;
  /** Its call has ended without it: it is not tried again, and what becomes of it is nobody's news. */
  takenBack = false;
  /** Sees the connection before anything is sent on it. */
  onAcquired: ((client: PoolClient) => void) | undefined = undefined;
  connection: PoolClient | undefined = undefined;
  private sent: GuardPhase = 'statement';
  private giveUp: ((error: unknown) => void) | undefined = undefined;
  leaveQueue: (() => void) | undefined = undefined;
  named: NamedStatement | undefined = undefined;

  // Of the AdapterRequestList that it is in.
  listed = false;
  previous: AdapterRequest | undefined = undefined;
  next: AdapterRequest | undefined = undefined;

  constructor(
    readonly kind: GuardWork['kind'],
    readonly sql: string,
    public inTransaction: boolean,
    /** Its connection holds something from then on that ends with it: an advisory lock, SET, LISTEN. */
    private readonly holdsSession = false,
  ) {}

  /** Counts the calls that take a connection; `tries` counts what the host has allowed. */
  attempt = 0;

  /** A try begins that takes a connection of its own; `sent` is its phase once it has one. */
  begins(epoch: number, sent: GuardPhase, tellsWhenAcquired: boolean): void {
    this.attempt += 1;
    // The clock is not read for a first try that waited for nothing.
    if (this.attempt > 1 || this.waitedMs > 0) this.begunAt = performance.now();
    this.epoch = epoch;
    this.sent = sent;
    this.connection = undefined;
    this.giveUp = undefined;
    this.leaveQueue = undefined;
    this.proven = undefined;
    this.asked = false;
    this.abandoned = false;
    this.reason = undefined;
    this.phase = tellsWhenAcquired ? 'acquire' : sent;
    this.goTo(tellsWhenAcquired ? 'pool' : 'wire');
    this.sentAt = tellsWhenAcquired ? 0 : performance.now();
  }

  /** It runs on a connection that its transaction holds. */
  runsOn(client: PoolClient | undefined, epoch: number, phase: GuardPhase): void {
    this.connection = client;
    this.epoch = epoch;
    this.phase = phase;
    this.sentAt = this.startedAt;
    this.goTo('wire');
    if (this.holdsSession && client) holdSession(client);
  }

  /**
   * Try number `attempt` has got its connection. false: its caller left while it waited, or it was given up and perhaps
   * taken again since. Then it must send nothing, or it would be done twice.
   */
  acquired(client: PoolClient | undefined, attempt: number): boolean {
    if (this.takenBack || this.abandoned || attempt !== this.attempt) return false;
    this.connection = client;
    // On a broken connection nothing can be sent.
    if (client === undefined || !isDead(client)) this.phase = this.sent;
    this.sentAt = performance.now();
    this.goTo('wire');
    if (client === undefined) return true;
    if (this.holdsSession) holdSession(client);
    this.onAcquired?.(client);
    return true;
  }

  /** Where its time goes from now on; undefined: it has settled. */
  goTo(spentOn: SpentOn | undefined): void {
    const { times } = this;
    if (times === undefined) return;
    if (this.spentOn !== undefined) times.leave(this.spentOn);
    this.spentOn = spentOn;
    if (spentOn !== undefined) times.enter(spentOn);
  }

  bytesRead(): number | undefined {
    return this.connection && bytesReadBy(this.connection);
  }

  connectionDead(): boolean {
    return this.connection !== undefined && isDead(this.connection);
  }

  connectionFacts(): ConnectionFacts | undefined {
    return this.connection && factsOf(this.connection);
  }

  /** Ends a hanging try: its connection is destroyed and not handed back. false: there is no way to, or no need. */
  abandon(): boolean {
    if (this.connection) {
      void destroySocket(this.connection);
      return true;
    }
    if (!this.giveUp) return false;
    this.abandoned = true;
    this.leaveQueue?.();
    this.giveUp(connectionClosed());
    return true;
  }

  /** Its caller no longer waits: ends it, at the server too where the backend is known. */
  takeBack(): void {
    // A transaction's end is sent at last, and a connect is others' as well.
    if (this.kind === 'commit' || this.kind === 'rollback' || this.kind === 'connect') return;
    this.takenBack = true;
    const { connection } = this;
    // The connection goes first, so that the request can stop nobody else's statement.
    if (this.abandon() && connection) requestCancel(connection);
  }

  /** While it waits for its connection, `abandon` ends the try by `giveUp`. */
  waits(giveUp: (error: unknown) => void): void {
    const earlier = this.giveUp;
    this.giveUp =
      earlier === undefined
        ? giveUp
        : (error) => {
            earlier(error);
            giveUp(error);
          };
  }

  /** `abandon` can end the try already: there is a connection to destroy, or it waits for one. */
  get canBeAbandoned(): boolean {
    return this.giveUp !== undefined || this.connection !== undefined;
  }

  /** Where no connection can be destroyed, `abandon` ends a try by no longer listening to it. */
  abandonable<T>(running: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.giveUp = reject;
      running.then(resolve, reject);
    });
  }

  record(): GuardRecord {
    const { asked, epoch, inTransaction, phase, reason, tries, waitedMs } = this;
    return { phase, inTransaction, outcome: this.outcome(), tries, waitedMs, epoch, asked, reason };
  }

  /** Nothing of what has not begun can have been applied. */
  outcome(): GuardOutcome | undefined {
    return this.proven ?? (this.phase === 'acquire' || this.phase === 'begin' ? 'not-applied' : undefined);
  }
}
