import type { PoolClient } from '../pool-client';

interface SimpleResult {
  readonly rows: unknown[][];
}

/**
 * Makes the next query of `client`, if its text is `text`, carry `batch` instead: several statements in one message and
 * one round trip. The adapter sees the result of the statement that it sent, `answered` those of all. Anything else goes
 * through as it is, and `answered` is not called. Answers how to take it back.
 */
export function sendInstead(
  client: PoolClient,
  text: 'BEGIN' | 'COMMIT',
  batch: readonly string[],
  answered: (results: readonly SimpleResult[]) => void = () => undefined,
): () => void {
  const mutable = client as { query?: (...args: unknown[]) => unknown };
  const own = Object.getOwnPropertyDescriptor(client, 'query');
  const restore = (): void => {
    if (mutable.query !== sending) return;
    if (own) Object.defineProperty(client, 'query', own);
    else delete mutable.query;
  };
  const sending = (...args: unknown[]): unknown => {
    restore();
    const [config] = args;
    const asked = typeof config === 'object' && config !== null ? (config as { text?: unknown }).text : undefined;
    if (asked !== text || typeof args[args.length - 1] === 'function') return client.query(...args);
    const sent = client.query({ text: batch.join('; '), rowMode: 'array' }) as Promise<SimpleResult[]>;
    return sent.then((results) => {
      answered(results);
      return results[batch.indexOf(text)];
    });
  };
  mutable.query = sending;
  return restore;
}
