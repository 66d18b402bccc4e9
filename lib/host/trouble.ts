/** What is kept of a run that does not simply succeed at its first attempt. */
import type { OperationTimes } from '../contracts/operation-times';
import { ErrorClass, Outcome } from '../native';

export class Trouble {
  /** Beyond the first of each run, made by the guard. */
  triesBeneath = 0;
  /** The core's ticket, 0 for none. */
  ticket = 0;
  /** Time spent waiting for the database or a backoff, in ms. */
  waitedMs = 0;
  /** Since when it waits, 0 where it does not. */
  waitingSince = 0;
  /** Ends the wait. */
  wake: (() => void) | undefined = undefined;
  /** What its last try threw; undefined where it never ran. */
  lastError: unknown = undefined;
  lastErrorClass: ErrorClass = ErrorClass.local;
  lastOutcome: Outcome = Outcome.notApplied;
  /** What the first run that may have been applied ended with. */
  errorInDoubt: unknown = undefined;
  /** What a tracer knows it by. */
  subject: unknown = undefined;
  /** Where its time goes, where that is measured. */
  times: OperationTimes | undefined = undefined;

  constructor(
    /** ms of performance.now() when the caller's await began: the deadline counts from here. */
    readonly firstStarted: number,
    /** Runs so far, the one in flight included. */
    public tries: number,
  ) {}

  /** Runs, whoever made them. */
  get attempts(): number {
    return this.tries + this.triesBeneath;
  }
}
