/** Making a call again, by the core's schedule. */
import { DeadlineExceededError, TimeoutError } from '../errors';
import type { CallContext } from '../contracts/call-context';
import { Check, kLongestMs } from '../argument-check';
import { judgeCall } from './judge';
import { type NativeRetrySchedule, native } from '../native';
import { matchesAny, type ErrorPattern } from './patterns';
import { runTry } from './timeout';
import { sleep } from './wait';

export interface RetryOptions {
  /** Tries after the first. Default 3. */
  maxRetries?: number;
  /** Wait before the first retry, in ms. Default 1000. */
  delay?: number;
  /** The wait never grows beyond this, in ms. Default 30000. */
  maxDelay?: number;
  /** How the wait grows. Default 'exponential'. */
  backoff?: 'exponential' | 'linear';
  /** 'full' waits a random share of it. Default 'none'. */
  jitter?: 'full' | 'none';
  /** Of one try, in ms. Default: none. */
  timeoutMs?: number;
  /** Across all tries and waits, in ms: none begins or lasts beyond it. A try that runs is not ended by it. Default: none. */
  deadlineMs?: number;
  /**
   * What is worth another try: texts and patterns, looked for in the code, the name and the message of the error and of
   * its causes. Default: failures by which nothing can have been applied, and errors that no rule of this package knows.
   */
  retryableErrors?: readonly ErrorPattern[];
  /** Ends the call with the signal's reason. */
  signal?: AbortSignal;
  /** Told before each wait. What it throws ends the call. */
  onRetry?(error: unknown, info: { attempt: number; waitMs: number }): void;
}

/** Runs `fn` until it succeeds, fails for good, or has used up its tries or its time. Rejects with the last error. */
export async function withRetry<T>(
  fn: (context: CallContext) => PromiseLike<T> | T,
  options: RetryOptions = {},
): Promise<T> {
  const { maxRetries = 3, delay = 1000, backoff = 'exponential', jitter = 'none' } = options;
  const {
    maxDelay = Math.max(30_000, delay),
    timeoutMs,
    deadlineMs = Infinity,
    retryableErrors,
    signal,
    onRetry,
  } = options;
  new Check('withRetry')
    .integer('maxRetries', options.maxRetries, 0, 1_000_000)
    .duration('delay', options.delay)
    .duration('maxDelay', options.maxDelay)
    .that(!(maxDelay < delay), 'maxDelay', 'no less than delay', maxDelay)
    .choice('backoff', options.backoff, ['exponential', 'linear'])
    .choice('jitter', options.jitter, ['full', 'none'])
    .duration('timeoutMs', options.timeoutMs, 1)
    .duration('deadlineMs', options.deadlineMs, 1)
    .that(
      retryableErrors === undefined || Array.isArray(retryableErrors),
      'retryableErrors',
      'an array',
      retryableErrors,
    )
    .done();
  const schedule = new native.NativeRetrySchedule(
    { maxRetries, firstAtOnce: false, initialDelayMs: delay, maxDelayMs: maxDelay, backoff, jitter },
    Math.floor(Math.random() * Number.MAX_SAFE_INTEGER),
  );
  return retrying(fn, {
    schedule,
    timeoutMs,
    deadlineAt: performance.now() + deadlineMs,
    signal,
    worthAnotherTry: (error) => (retryableErrors ? matchesAny(error, retryableErrors) : mayHelp(error)),
    onRetry,
  });
}

interface Retrying {
  readonly schedule: NativeRetrySchedule;
  /** Of one try; undefined: no limit. */
  readonly timeoutMs: number | undefined;
  /** In ms of performance.now(). */
  readonly deadlineAt: number;
  readonly signal: AbortSignal | undefined;
  readonly worthAnotherTry: (error: unknown) => boolean;
  readonly onRetry?: ((error: unknown, info: { attempt: number; waitMs: number }) => void) | undefined;
  readonly onTimeout?: (() => void) | undefined;
}

/** The tries of one call, its options checked. */
export async function retrying<T>(fn: (context: CallContext) => PromiseLike<T> | T, call: Retrying): Promise<T> {
  for (let attempt = 1; ; ++attempt) {
    try {
      return await runTry(fn, attempt, call.timeoutMs, call.signal);
    } catch (error) {
      if (error instanceof TimeoutError) call.onTimeout?.();
      if (call.signal?.aborted || !call.worthAnotherTry(error)) throw error;
      const step = call.schedule.next(attempt, Math.min(kLongestMs, call.deadlineAt - performance.now()));
      if (step.verdict === 'exhausted') throw error;
      if (step.verdict === 'deadline') throw pastDeadline(attempt, error);
      const wait = step.waitMs;
      call.onRetry?.(error, { attempt, waitMs: wait });
      if (wait > 0) await sleep(wait, call.signal);
    }
  }
}

function pastDeadline(attempt: number, cause: unknown): DeadlineExceededError {
  const tries = attempt === 1 ? 'one try' : `${attempt} tries`;
  return new DeadlineExceededError(`The deadline leaves no time for another wait, after ${tries}.`, { cause });
}

function mayHelp(error: unknown): boolean {
  const { again, unknown } = judgeCall(error, 'write', true);
  return again || unknown;
}
