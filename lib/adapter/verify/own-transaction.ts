import { isRefusal } from '../commit-reply';
import { type SqlQueryable, type Transaction, statement } from '../driver-adapter';
import { Flight } from '../flight';
import { destroySocket } from '../pool-connections';
import type { GuardState } from '../guard-state';
import type { Tenure } from '../tenure';

/**
 * Runs `work` in a transaction of the guard's own, so that all of it is answered by one backend, and rolls it back.
 * It is in `flights` meanwhile, so that it can be abandoned if it hangs.
 */
export async function inOwnTransaction<T>(
  guard: GuardState,
  tenure: Tenure,
  work: (queryable: SqlQueryable) => Promise<T>,
): Promise<T> {
  const flight = new Flight('begin', '', false);
  guard.flights.add(flight);
  tenure.enter();
  try {
    const transaction = await tenure.begin(flight);
    return await rolledBack(flight, transaction, work(transaction));
  } finally {
    tenure.leave();
    guard.flights.remove(flight);
  }
}

async function rolledBack<T>(flight: Flight, transaction: Transaction, work: Promise<T>): Promise<T> {
  const listening = flight.connection ? work : flight.abandonable(work);
  try {
    const result = await listening;
    await end(flight, transaction);
    return result;
  } catch (error) {
    // What the server has refused leaves a sound connection.
    if (isRefusal(error)) await end(flight, transaction).catch(() => undefined);
    else await drop(flight, transaction);
    throw error;
  }
}

async function end(flight: Flight, transaction: Transaction): Promise<void> {
  if (transaction.options.usePhantomQuery) return transaction.rollback();
  try {
    await transaction.executeRaw(statement('ROLLBACK'));
  } catch (error) {
    await drop(flight, transaction);
    throw error;
  }
  await transaction.rollback();
}

async function drop(flight: Flight, transaction: Transaction): Promise<void> {
  if (flight.connection) await destroySocket(flight.connection);
  // A hanging connection that cannot be destroyed is not handed back.
  if (!flight.abandoned) await transaction.rollback().catch(() => undefined);
}
