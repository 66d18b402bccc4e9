/** Our own errors for operations that Prisma has thrown none for: they never ran, or never answered. */
import { DatabaseUnavailableError, QueueFullError, type ResilienceError, ShutdownError, TimeoutError } from '../errors';
import type { GiveUpReason } from '../native';

/** Of an operation that never ran. `cause`: what is known to stand in its way. */
export function refusal(reason: GiveUpReason, hasClient: boolean, cause: unknown): ResilienceError {
  if (reason === 'shutdown') return new ShutdownError('shutdown() was called: this client takes no more operations.');
  if (reason === 'queue-full') {
    return new QueueFullError('Too many operations wait for the database already (reconnect.maxParked).', { cause });
  }
  const why = hasClient ? 'The database did not become reachable' : 'The factory delivered no client';
  return new DatabaseUnavailableError(
    `${why} within the deadline of this operation (reconnect.deadline); the operation was not sent.`,
    { cause },
  );
}

/** Of one that was given up while it ran. `dismissed`: its client has gone, not only its connection. */
export function noAnswer(dismissed: boolean, cause: unknown): TimeoutError {
  return new TimeoutError(
    dismissed
      ? 'The client that this operation ran on was replaced, or shut down, and the operation has not ended in time.'
      : 'The connection that this operation ran on was lost in an outage, and the operation has not answered since.',
    { cause },
  );
}
