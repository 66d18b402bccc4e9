/**
 * Ends an interactive transaction after what runs in it, where there is no guard to do it, or where it sees too little. A
 * client that compiles its queries sends the statements of a nested write one by one: those that are left when COMMIT or
 * ROLLBACK goes out commit by themselves. And whatever fails behind the caller's back makes PostgreSQL answer COMMIT with
 * a ROLLBACK. (The transaction's own `timeout` is kept inside the engine, where nothing can be held back.)
 */
import { hide, internalsOf } from './internals';

interface Engine {
  request?: (query: unknown, options?: RequestOptions) => Promise<unknown>;
  requestBatch?: (queries: unknown, options?: RequestOptions) => Promise<unknown>;
  transaction?: (action: string, headers: unknown, info: unknown) => Promise<unknown>;
}

interface RequestOptions {
  readonly interactiveTransaction?: { readonly id?: unknown };
  readonly transaction?: { readonly kind?: unknown; readonly options?: { readonly id?: unknown } };
}

const ordered = new WeakSet<object>();

/** For the engine beneath `client`, and so for all clients that extend it. */
export function endTransactionsLast(client: object): void {
  const engine = internalsOf(client)._engine as Engine | null | undefined;
  if (!engine || ordered.has(engine)) return;
  const { request, requestBatch, transaction } = engine;
  if (typeof request !== 'function' || typeof requestBatch !== 'function' || typeof transaction !== 'function') return;
  ordered.add(engine);
  const work = new TransactionWork();
  hide(engine, 'request', (query, options) => {
    const sent = request.call(engine, query, options);
    return options?.interactiveTransaction === undefined ? sent : work.follow(options.interactiveTransaction.id, sent);
  });
  hide(engine, 'requestBatch', (queries, options) => {
    const sent = requestBatch.call(engine, queries, options);
    const { kind, options: its } = options?.transaction ?? {};
    if (kind === 'itx') void work.follow(its?.id, sent.then(throwFirstFailure));
    return sent;
  });
  hide(engine, 'transaction', async (action, headers, info) => {
    if (action === 'start') return transaction.call(engine, action, headers, info);
    const failed = await work.ended((info as { id?: unknown } | undefined)?.id);
    if (action !== 'commit' || failed === undefined) return transaction.call(engine, action, headers, info);
    // PostgreSQL would answer COMMIT as if it had been done, and roll back.
    await transaction.call(engine, 'rollback', headers, info);
    throw failed.error;
  });
}

/** What is asked for in one tick goes out together, and what fails of it stands in place of its answer. */
function throwFirstFailure(answers: unknown): void {
  if (!Array.isArray(answers)) return;
  for (const answer of answers as ({ readonly message?: unknown } | null)[]) {
    if (typeof answer?.message === 'string' && !('data' in answer)) throw answer;
  }
}

/** What runs in each transaction, by its id. */
class TransactionWork {
  private readonly running = new Map<unknown, Set<Promise<unknown>>>();

  follow<T>(id: unknown, request: Promise<T>): Promise<T> {
    const its = this.running.get(id) ?? new Set();
    this.running.set(id, its);
    its.add(request);
    const ended = (): void => {
      its.delete(request);
      if (its.size === 0) this.running.delete(id);
    };
    request.then(ended, ended);
    return request;
  }

  /** Resolves once nothing runs in it, with the first that has failed meanwhile. */
  async ended(id: unknown): Promise<{ readonly error: unknown } | undefined> {
    let failed: { readonly error: unknown } | undefined;
    for (let its = this.running.get(id); its !== undefined; its = this.running.get(id)) {
      for (const { status, ...rest } of await Promise.allSettled(its)) {
        if (status === 'rejected') failed ??= { error: (rest as PromiseRejectedResult).reason as unknown };
      }
    }
    return failed;
  }
}
