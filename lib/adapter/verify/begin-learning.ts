import { isRefusal } from '../commit-reply';
import { type Transaction, sqlStateOf, statement } from '../driver-adapter';
import type { Flight } from '../flight';
import { type PoolClient, destroySocket } from '../pool-connections';
import type { GuardState } from '../guard-state';
import type { Tenure } from '../tenure';
import { type Reading, learnSql, readLearned } from './learning';
import type { Marker } from './marker';
import type { ServerKnowledge } from './server-knowledge';

/** A transaction that has been learned about before its first statement. */
export interface Learning {
  readonly transaction: Transaction;
  readonly reading: Reading;
  readonly marker: Marker | undefined;
  readonly readsSystemId: boolean;
}

/**
 * undefined: the server refuses, and the statement is to run without. Rejects if the server could not be reached;
 * nothing of the statement was sent then.
 */
export async function beginLearning(
  guard: GuardState,
  tenure: Tenure,
  flight: Flight,
  knowledge: ServerKnowledge,
): Promise<Learning | undefined> {
  const { readsSystemId } = knowledge;
  const marker = knowledge.usesMarker ? guard.markers?.take() : undefined;
  const learn = learnSql('assign', readsSystemId);
  let row: unknown[] | undefined;
  try {
    if (tenure.connections) {
      const batch = ['BEGIN', ...(marker ? [marker.insertSql()] : []), learn].join('; ');
      flight.onAcquired = (client) => sendWithBegin(client, batch, (last) => (row = last));
    }
    const transaction = await tenure.begin(flight);
    row ??= await learnInside(flight, transaction, marker, learn);
    return { transaction, reading: readLearned(row, marker !== undefined), marker, readsSystemId };
  } catch (error) {
    marker?.settle('not-committed');
    if (sqlStateOf(error) === undefined || flight.phase === 'acquire' || !isRefusal(error)) throw error;
    return undefined;
  } finally {
    flight.onAcquired = undefined;
  }
}

/** Where BEGIN and learning cannot go together, in two or three steps. */
async function learnInside(
  flight: Flight,
  transaction: Transaction,
  marker: Marker | undefined,
  learn: string,
): Promise<unknown[]> {
  const listen = <T>(running: Promise<T>): Promise<T> => (flight.connection ? running : flight.abandonable(running));
  try {
    if (marker) await listen(transaction.executeRaw(statement(marker.insertSql())));
    return (await listen(transaction.queryRaw(statement(learn)))).rows[0] ?? [];
  } catch (error) {
    if (!flight.abandoned) await rollBack(flight, transaction, error);
    throw error;
  }
}

async function rollBack(flight: Flight, transaction: Transaction, error: unknown): Promise<void> {
  try {
    if (transaction.options.usePhantomQuery) return await transaction.rollback();
    if (isRefusal(error)) await transaction.executeRaw(statement('ROLLBACK'));
    else if (flight.connection) await destroySocket(flight.connection);
    await transaction.rollback();
  } catch {
    // The connection is gone, which ends the transaction as well.
  }
}

interface SimpleResult {
  readonly rows: unknown[][];
}

/**
 * Makes the next BEGIN on `client` carry `batch` instead, in one round trip, and hands the last statement's row to
 * `learned`. Whatever else the adapter sends first goes through as it is, and `learned` is not called.
 */
function sendWithBegin(client: PoolClient, batch: string, learned: (row: unknown[]) => void): void {
  const mutable = client as { query?: (...args: unknown[]) => unknown };
  const own = Object.getOwnPropertyDescriptor(client, 'query');
  mutable.query = (...args: unknown[]): unknown => {
    if (own) Object.defineProperty(client, 'query', own);
    else delete mutable.query;
    const [config] = args;
    const isBegin = typeof config === 'object' && config !== null && (config as { text?: unknown }).text === 'BEGIN';
    if (!isBegin || typeof args[args.length - 1] === 'function') return client.query(...args);
    const sent = client.query({ text: batch, rowMode: 'array' }) as Promise<SimpleResult[]>;
    return sent.then((results) => {
      const row = results[results.length - 1]?.rows[0];
      if (row) learned(row);
      return results[0];
    });
  };
}
