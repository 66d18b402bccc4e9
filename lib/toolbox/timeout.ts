/** A time limit for a call. */
import { TimeoutError } from '../errors';
import { begin } from './begin';
import { currentCall, runInside, CallAttempt, type CallContext } from '../contracts/call-context';
import { Check } from '../argument-check';

export interface TimeoutOptions {
  /** Ends the call with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Runs `fn` and rejects with a TimeoutError once `timeoutMs` have passed. `fn` is told by `context.signal`; what it
 * still answers is ignored. Its effects may happen nevertheless. The timer keeps no process alive.
 */
export function withTimeout<T>(
  fn: (context: CallContext) => PromiseLike<T> | T,
  timeoutMs: number,
  options: TimeoutOptions = {},
): Promise<T> {
  try {
    new Check('withTimeout')
      .duration('timeoutMs', timeoutMs, 1)
      .that(timeoutMs !== undefined, 'timeoutMs', 'milliseconds', timeoutMs)
      .done();
  } catch (error) {
    return Promise.reject(error);
  }
  return runTry(fn, 1, timeoutMs, options.signal);
}

/** One try of a call, its options checked. `timeoutMs` undefined: no limit. */
export function runTry<T>(
  fn: (context: CallContext) => PromiseLike<T> | T,
  attempt: number,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  const outer = currentCall();
  if (outer?.aborted) return Promise.reject(outer.reason);
  const context = new CallAttempt(attempt);
  return new Promise<T>((resolve, reject) => {
    const end = (reason: unknown): void => {
      release();
      context.abort(reason);
      reject(reason);
    };
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => end(new TimeoutError(`The call took longer than ${timeoutMs} ms.`)), timeoutMs).unref();
    const onAbort = signal && (() => end(signal.reason));
    if (onAbort) signal.addEventListener('abort', onAbort, { once: true });
    const forgetOuter = outer?.onAbort(end); // a call within a call ends with it
    const release = (): void => {
      clearTimeout(timer);
      if (onAbort) signal.removeEventListener('abort', onAbort);
      forgetOuter?.();
    };
    // Turned into a promise within the context: a thenable that is lazy, as Prisma's are, then begins within it.
    runInside(context, () => begin(() => fn(context))).then(
      (value) => {
        release();
        resolve(value);
      },
      (error) => {
        release();
        reject(error);
      },
    );
  });
}
