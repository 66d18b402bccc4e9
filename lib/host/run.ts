/**
 * One operation on its way to its one settlement, over as many tries as the core grants. Its first try is the run
 * itself: a healthy operation allocates nothing else.
 */
import type { Operation } from '../client/runner';
import type { ServingGeneration } from './generation';
import type { Try } from './in-flight';

export class Run<T> implements Try {
  readonly operation: Operation<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;
  settled = false;
  /** ms of performance.now() when the caller's await began: the deadline counts from here. */
  readonly firstStarted: number;
  /** Runs so far, the one in flight included. */
  tries = 0;
  /** The latest try. */
  current: Try | undefined = undefined;
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
  lastErrorClass = -1;
  lastOutcome = -1;
  /** What a tracer knows it by. */
  subject: unknown = undefined;

  // As its own first try.
  generation!: ServingGeneration;
  epoch = 0;
  started = 0;
  inFlight = false;
  previous: Try | undefined = undefined;
  next: Try | undefined = undefined;

  constructor(operation: Operation<T>, now: number) {
    this.operation = operation;
    this.firstStarted = now;
  }

  get run(): Run<unknown> {
    return this as unknown as Run<unknown>;
  }
}

/** A later try of a run. */
export class LaterTry implements Try {
  epoch = 0;
  started = 0;
  inFlight = false;
  previous: Try | undefined = undefined;
  next: Try | undefined = undefined;

  constructor(
    readonly run: Run<unknown>,
    public generation: ServingGeneration,
  ) {}
}
