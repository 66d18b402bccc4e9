/** Refusing costs less than what is refused: most of an error's price is its stack. */

const writable = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.writable === true;

/**
 * What `make` makes, without a stack: a refusal says what is full or broken, and is made by the thousand when the
 * system can least afford it.
 */
export function withoutStack<T extends Error>(make: () => T): T {
  if (!writable) return make();
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * A promise that rejects with `error` a microtask later: by then whoever awaits it has said so, and the runtime need not
 * note down an unhandled rejection first.
 */
export function refuse(error: unknown): Promise<never> {
  return new Promise((_, reject) => queueMicrotask(() => reject(error)));
}
