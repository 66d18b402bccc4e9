import { isRefusal } from '../commit-reply';
import { type SqlQueryable, type Transaction, statement } from '../driver-adapter';
import { remember } from '../failure-memory';
import { AdapterRequest } from '../adapter-request';
import { letGo, letGoLate } from '../let-go';
import type { GuardState } from '../guard-state';
import type { AdapterLease } from '../adapter-lease';

type Ending = 'COMMIT' | 'ROLLBACK';

/**
 * Runs `work` in a transaction of the guard's own, so that all of it is answered by one backend, and rolls it back. Its
 * request is listed meanwhile, so that it can be abandoned if it hangs.
 */
export function inOwnTransaction<T>(
  guard: GuardState,
  lease: AdapterLease,
  work: (queryable: SqlQueryable) => Promise<T>,
): Promise<T> {
  return run(guard, lease, work, 'ROLLBACK');
}

/** The same, committed: resolves once COMMIT is answered. */
export function committedAlone<T>(
  guard: GuardState,
  lease: AdapterLease,
  work: (queryable: SqlQueryable) => Promise<T>,
): Promise<T> {
  return run(guard, lease, work, 'COMMIT');
}

async function run<T>(
  guard: GuardState,
  lease: AdapterLease,
  work: (queryable: SqlQueryable) => Promise<T>,
  ending: Ending,
): Promise<T> {
  const request = new AdapterRequest('begin', '', false);
  guard.requests.add(request);
  lease.enter();
  try {
    const transaction = await begin(request, lease);
    return await ended(request, transaction, work, ending);
  } finally {
    lease.leave();
    guard.requests.remove(request);
  }
}

async function begin(request: AdapterRequest, lease: AdapterLease): Promise<Transaction> {
  try {
    return await lease.begin(request);
  } catch (error) {
    remember(error, request.record());
    throw error;
  }
}

async function ended<T>(
  request: AdapterRequest,
  transaction: Transaction,
  work: (queryable: SqlQueryable) => Promise<T>,
  ending: Ending,
): Promise<T> {
  let latest: Promise<unknown> | undefined;
  const listen = <R>(running: Promise<R>): Promise<R> => {
    latest = running;
    return request.connection ? running : request.abandonable(running);
  };
  const drop = async (): Promise<void> => {
    if (request.abandoned) void letGoLate(transaction, latest);
    else await letGo(transaction, request.connection);
  };
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
    if (!isRefusal(error)) await drop();
    else await listen(end(transaction, 'ROLLBACK')).catch(() => (phantom ? undefined : drop()));
    throw error;
  }
}

async function end(transaction: Transaction, ending: Ending): Promise<void> {
  const handBack = (): Promise<void> => (ending === 'COMMIT' ? transaction.commit() : transaction.rollback());
  if (!transaction.options.usePhantomQuery) await transaction.executeRaw(statement(ending));
  await handBack();
}
