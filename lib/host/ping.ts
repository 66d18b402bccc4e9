/** The trivial query with which a client shows that it works. */
import { internalsOf } from '../client/internals';
import type { ClientLike } from '../client/runner';
import { TimeoutError } from '../errors';
import { withTimeout } from './timeout';

/** Known to the guard, which lets it through while everything else waits. */
export const kPingSql = 'SELECT 1';

type Command = (argument: unknown) => Promise<unknown>;

/** Resolves once the client has answered. Rejects with Prisma's error, or a TimeoutError after `timeoutMs`. */
export async function ping(client: ClientLike, timeoutMs: number): Promise<void> {
  // Beneath the extensions that the factory may have added: they are the user's code, and this is not the user's query.
  const base = (internalsOf(client)._originalClient as ClientLike | undefined) ?? client;
  const answer =
    typeof base.$queryRawUnsafe === 'function'
      ? (base.$queryRawUnsafe as Command)(kPingSql)
      : (base.$runCommandRaw as Command)({ ping: 1 }); // MongoDB
  await withTimeout(
    Promise.resolve(answer),
    timeoutMs,
    () => new TimeoutError(`The database has not answered a trivial query within ${timeoutMs} ms.`),
  );
}
