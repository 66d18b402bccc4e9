/** Waiting that an AbortSignal ends. */

/**
 * Resolves after `ms`; rejects with the signal's reason when it is aborted. A caller awaits the end of this, so the
 * timer does keep the process alive: without it a script would end in the middle of its own call.
 */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = signal && (() => finish(() => reject(signal.reason)));
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      if (onAbort) signal.removeEventListener('abort', onAbort);
      settle();
    };
    const timer = setTimeout(() => finish(resolve), ms);
    if (onAbort) signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** `promise`, or the signal's reason if that comes first. The promise goes on. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const release = (): void => signal.removeEventListener('abort', onAbort);
    promise.then(
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
