/** A clock that tests turn by hand: timers, Date and performance.now() stand still until advanced. */
export function holdTime(): void {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
}

export const advance = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

/** A promise to be settled by hand. */
export function deferred<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** 'pending', or how the promise has settled. */
export async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  const pending = Symbol('pending');
  for (let turn = 0; turn < 20; ++turn) await Promise.resolve();
  return Promise.race([promise, Promise.resolve(pending)]).then(
    (value) => (value === pending ? 'pending' : { resolved: value }),
    (error: unknown) => ({ rejected: error }),
  );
}
