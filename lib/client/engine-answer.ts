/**
 * Whether BEGIN or COMMIT of an interactive transaction has failed, on Prisma 5. Its engine answers with the failure as
 * a value, and its client takes that for success wherever the failure has no code of Prisma's own: the callback runs
 * outside of any transaction, or `$transaction` resolves and nothing is there. Prisma 6 throws here, and so do we.
 */
import { internalsOf } from './internals';

interface Engine {
  transaction?: (action: string, ...rest: unknown[]) => Promise<unknown>;
  /** Makes of an engine's failure what Prisma throws for a failed query. */
  buildQueryError?: (failure: object) => unknown;
}

const watched = new WeakSet<object>();

/** Makes the engine beneath `client`, and beneath all clients that extend it, throw what it else would answer. */
export function throwFailedTransactions(client: object): void {
  const engine = internalsOf(client)._engine as Engine | null | undefined;
  if (typeof engine?.transaction !== 'function' || watched.has(engine)) return;
  watched.add(engine);
  const transaction = engine.transaction.bind(engine);
  engine.transaction = async (...args) => {
    const answer = await transaction(...args);
    const message = (answer as { message?: unknown } | null | undefined)?.message;
    if (typeof message !== 'string') return answer;
    throw engine.buildQueryError?.({ error: message, user_facing_error: answer }) ?? new Error(message);
  };
}
