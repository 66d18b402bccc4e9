/** Rejects with `error()` after `ms`; what comes after that goes to `late`. The timer keeps no process alive. */
export function withTimeout<T>(
  promise: Promise<T>,
  ms: number,
  error: () => Error,
  late: (value: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      reject(error());
    }, ms);
    timer.unref();
    promise.then(
      (value) => {
        if (over) return late(value);
        clearTimeout(timer);
        resolve(value);
      },
      (thrown) => {
        clearTimeout(timer);
        reject(thrown);
      },
    );
  });
}
