import { isRefusal } from '../commit-reply';
import { type SqlQueryable, type Transaction, statement } from '../driver-adapter';
import { remember } from '../failure-memory';
import { Flight } from '../flight';
import { letGo } from '../let-go';
import type { GuardState } from '../guard-state';
import type { Tenure } from '../tenure';

type Ending = 'COMMIT' | 'ROLLBACK';

/**
 * Runs `work` in a transaction of the guard's own, so that all of it is answered by one backend, and rolls it back. Its
 * flight is listed meanwhile, so that it can be abandoned if it hangs.
 */
export function inOwnTransaction<T>(
  guard: GuardState,
  tenure: Tenure,
  work: (queryable: SqlQueryable) => Promise<T>,
): Promise<T> {
  return run(guard, tenure, work, 'ROLLBACK');
}

/** The same, committed: resolves once COMMIT is answered. */
export function committedAlone<T>(
  guard: GuardState,
  tenure: Tenure,
  work: (queryable: SqlQueryable) => Promise<T>,
): Promise<T> {
  return run(guard, tenure, work, 'COMMIT');
}

async function run<T>(
  guard: GuardState,
  tenure: Tenure,
  work: (queryable: SqlQueryable) => Promise<T>,
  ending: Ending,
): Promise<T> {
  const flight = new Flight('begin', '', false);
  guard.flights.add(flight);
  tenure.enter();
  try {
    const transaction = await begin(flight, tenure);
    return await ended(flight, transaction, work, ending);
  } finally {
    tenure.leave();
    guard.flights.remove(flight);
  }
}

async function begin(flight: Flight, tenure: Tenure): Promise<Transaction> {
  try {
    return await tenure.begin(flight);
  } catch (error) {
    remember(error, flight.record());
    throw error;
  }
}

async function ended<T>(
  flight: Flight,
  transaction: Transaction,
  work: (queryable: SqlQueryable) => Promise<T>,
  ending: Ending,
): Promise<T> {
  const listen = <R>(running: Promise<R>): Promise<R> => (flight.connection ? running : flight.abandonable(running));
  const phantom = transaction.options.usePhantomQuery;
  let asked = false;
  try {
    const result = await listen(work(transaction));
    asked = true;
    await listen(end(transaction, ending));
    return result;
  } catch (error) {
    // An adapter that ends transactions by itself has handed the connection back, whatever became of the end.
    if (asked && phantom) throw error;
    // What the server has refused leaves a sound connection.
    if (!isRefusal(error)) await drop(flight, transaction);
    else await listen(end(transaction, 'ROLLBACK')).catch(() => (phantom ? undefined : drop(flight, transaction)));
    throw error;
  }
}

async function end(transaction: Transaction, ending: Ending): Promise<void> {
  const handBack = (): Promise<void> => (ending === 'COMMIT' ? transaction.commit() : transaction.rollback());
  if (!transaction.options.usePhantomQuery) await transaction.executeRaw(statement(ending));
  await handBack();
}

async function drop(flight: Flight, transaction: Transaction): Promise<void> {
  // A hanging connection that cannot be destroyed is not handed back.
  if (!flight.abandoned) await letGo(transaction, flight.connection);
}
