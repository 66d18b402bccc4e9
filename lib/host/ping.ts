/** The trivial query with which a client shows that it works. */
import type { Guard } from '../adapter/guard';
import { internalsOf } from '../client/internals';
import type { ClientLike } from '../client/runner';
import { TimeoutError } from '../errors';
import { withTimeout } from './timeout';

type Command = (argument: unknown) => Promise<unknown>;

/**
 * Resolves once the database has answered. Rejects with the error of Prisma or of its adapter, or a TimeoutError after
 * `timeoutMs`. Through `guard`, the client hears nothing of it.
 */
export async function ping(client: ClientLike, guard: Guard | undefined, timeoutMs: number): Promise<void> {
  const beneath = guard?.ping();
  try {
    await withTimeout(
      beneath?.answered ?? throughPrisma(client),
      timeoutMs,
      () => new TimeoutError(`The database has not answered a trivial query within ${timeoutMs} ms.`),
    );
  } catch (error) {
    if (error instanceof TimeoutError) beneath?.giveUp();
    throw error;
  }
}

async function throughPrisma(client: ClientLike): Promise<unknown> {
  // Beneath the extensions that the factory may have added: they are the user's code, and this is not the user's query.
  const base = (internalsOf(client)._originalClient as ClientLike | undefined) ?? client;
  if (typeof base.$queryRawUnsafe === 'function') return (base.$queryRawUnsafe as Command)('SELECT 1');
  return (base.$runCommandRaw as Command)({ ping: 1 }); // MongoDB
}
