/** Calls a function of the user's that may answer at once, promise, or throw: always a promise. */
export function begin<T>(fn: () => PromiseLike<T> | T): Promise<T> {
  try {
    // A promise stays itself; new Promise((resolve) => resolve(…)) would cost two more turns of the microtask queue.
    return Promise.resolve(fn());
  } catch (error) {
    return Promise.reject(error);
  }
}
