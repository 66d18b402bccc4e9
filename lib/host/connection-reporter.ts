/** What is said of the connection to the database: events, lines of the log, and why the database is down. */
import { DatabaseUnavailableError } from '../errors';
import type { SafeEmitter } from '../events';
import type { ProbeResult, SupervisorStats } from '../native';
import type { FailureReporter } from './failure';
import { type Log, messageOf } from './log';
import { OutageLog } from './outage-log';
import { unanswered } from './ping';

export class ConnectionReporter {
  private readonly outageLog: OutageLog;
  private lastProbeCode = '';
  private lastSilence = '';

  constructor(
    private readonly stats: () => SupervisorStats,
    private readonly failures: FailureReporter,
    private readonly emitter: SafeEmitter,
    private readonly log: Log,
    /** `reconnect.deadline` */
    private readonly deadlineMs: number,
  ) {
    this.outageLog = new OutageLog({
      stats,
      givenUp: () => Object.values(failures.givenUp).reduce((sum, count) => sum + count, 0),
      write: (line) => log.warn(line),
    });
  }

  probed({ code, message }: ProbeResult): void {
    if (code !== this.lastProbeCode) this.log.debug(`probe: ${code || 'up'} ${message}`);
    this.lastProbeCode = code;
    this.lastSilence = code && `${code}, ${message}`;
  }

  connected(): void {
    this.emitter.emit('connect');
  }

  disconnected(): void {
    const why = this.whyDown();
    this.outageLog.began();
    this.failures.remember('connection', 'not-sent', why);
    this.log.warn(
      `disconnect inFlight=${this.stats().inFlight}: ${messageOf(why)}; ` +
        `operations wait for the database, each for up to ${this.deadlineMs} ms (reconnect.deadline)`,
    );
    this.emitter.emit('disconnect', why);
  }

  reconnecting(attempt: number): void {
    this.emitter.emit('reconnect', attempt);
  }

  reconnected(outageMs: number): void {
    this.log.info(`reconnect:success outageMs=${Math.round(outageMs)} ${this.outageLog.ended()}`);
    this.emitter.emit('reconnect:success', { outageMs });
  }

  /** The first operation of this outage ran out of time. */
  reconnectFailed(): void {
    const why = this.whyDown();
    this.log.error(
      `reconnect:failed waiting=${this.stats().parked}: operations begin to fail after ${this.deadlineMs} ms ` +
        `(reconnect.deadline), and the search goes on: ${messageOf(why)}`,
    );
    this.emitter.emit('reconnect:failed', why);
  }

  /** The next outage has reasons of its own. */
  up(): void {
    this.failures.lastConnectionError = undefined;
  }

  stop(): void {
    this.outageLog.stop();
  }

  /** What an operation said of this outage, or, where they all hang, the probe, or what a trivial query tells. */
  private whyDown(): Error {
    const why = (this.failures.lastConnectionError ??= this.silence());
    return isError(why) ? why : new Error(messageOf(why), { cause: why });
  }

  private silence(): Error {
    const { unansweredForMs } = this.failures;
    if (this.lastSilence === '' && unansweredForMs !== undefined) return unanswered(unansweredForMs);
    return new DatabaseUnavailableError(
      `The database does not answer${this.lastSilence && ` (probe: ${this.lastSilence})`}.`,
    );
  }
}

/** Of whatever realm. */
function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value;
}
