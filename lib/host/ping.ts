/** The trivial query with which a client shows that it works. */
import type { Guard } from '../adapter/guard';
import { internalsOf } from '../client/internals';
import type { ClientLike } from '../contracts/operation';
import { FactoryError, TimeoutError } from '../errors';
import type { Generations } from './generations';
import { withTimeout } from './timeout';

type Command = (argument: unknown) => Promise<unknown>;

/**
 * Resolves once the database has answered. Rejects with the error of Prisma or of its adapter, with a TimeoutError after
 * `limit` ms, or, where that is a signal, with its reason. Through `guard`, the client hears nothing of it.
 */
export async function ping(client: ClientLike, guard: Guard | undefined, limit: number | AbortSignal): Promise<void> {
  const beneath = guard?.ping();
  const answered: Promise<unknown> = beneath?.answered ?? throughPrisma(client);
  try {
    if (typeof limit !== 'number') {
      await untilAborted(answered, limit);
      return;
    }
    await withTimeout(answered, limit, () => unanswered(limit));
  } catch (error) {
    if (error instanceof TimeoutError) beneath?.giveUp();
    throw error;
  }
}

/** What a trivial query ends with that is not answered within `limit` ms. */
export function unanswered(limit: number): TimeoutError {
  return new TimeoutError(`The database has not answered a trivial query within ${limit} ms.`);
}

/** Of the client that serves. Rejects also as long as there is none. */
export async function pingCurrent({ current, lastFactoryError }: Generations, limitMs: number): Promise<void> {
  if (!current) throw new FactoryError('There is no client yet.', { cause: lastFactoryError });
  await ping(current.client, current.guard, limitMs);
}

/** Rejects with the signal's reason once it is aborted. */
export function untilAborted(answered: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    answered.then(resolve, reject);
  });
}

async function throughPrisma(client: ClientLike): Promise<unknown> {
  // Beneath the extensions that the factory may have added: they are the user's code, and this is not the user's query.
  const base = (internalsOf(client)._originalClient as ClientLike | undefined) ?? client;
  if (typeof base.$queryRawUnsafe === 'function') return (base.$queryRawUnsafe as Command)('SELECT 1');
  return (base.$runCommandRaw as Command)({ ping: 1 }); // MongoDB
}
