/**
 * Keeps the process alive while an operation of the user's waits for us, as a socket does while a query runs. Node ends
 * a process whose only pending work is a promise, so without this a job would end in silence, with its work undone.
 *
 * One referenced timer for all clients of the process, held by the count of those who wait. Nothing else of ours may be
 * referenced: an idle client lets its process end.
 */

/** Timers of Node count milliseconds in 31 bits. This one has nothing to do when it fires. */
const kLongestTimer = 0x7fffffff;

let held = 0;
let handle: NodeJS.Timeout | undefined;

/** Somebody begins to wait. Each call is followed by one of `letProcessEnd`. */
export function keepProcessAlive(): void {
  held += 1;
  handle ??= setInterval(() => undefined, kLongestTimer);
}

/** Somebody's wait is over. */
export function letProcessEnd(): void {
  held -= 1;
  if (held > 0) return;
  clearInterval(handle);
  handle = undefined;
}

/** The process stays alive until `waited`, which a caller of ours awaits, has settled. */
export async function keepAliveUntil<T>(waited: Promise<T>): Promise<T> {
  keepProcessAlive();
  try {
    return await waited;
  } finally {
    letProcessEnd();
  }
}
