/**
 * A client with Prisma's promises and without Prisma: each operation is answered by the test. The twins in test/e2e say
 * whether the real one behaves like this; here are the cases that need one's finger on each step.
 */
import type { ClientLike } from '../../../lib/contracts/operation';

export interface Call {
  /** Which client it reached. */
  readonly client: string;
  readonly action: string;
  readonly args: unknown;
  readonly inTransaction: boolean;
}

export type Answer = (call: Call) => unknown;

type Methods = Record<string, (...args: never[]) => unknown>;

export interface FakeOptions {
  /** Added to the delegate `user`, as a model extension does. */
  readonly methods?: Methods;
  /** Names of operations inside which hooks run. */
  readonly hooked?: readonly string[];
  readonly properties?: Record<PropertyKey, unknown>;
}

/** `log` gets each operation as it is run. */
export function fakePrisma(name: string, log: Call[], answer: Answer, options: FakeOptions = {}): ClientLike {
  const { methods = {}, hooked = [] } = options;

  const operation = (action: string, args: unknown, relations: readonly string[] = []): object => {
    const promise = createPrismaPromise((transaction) => {
      const call = { client: name, action, args: structuredClone(args), inTransaction: Boolean(transaction) };
      log.push(call);
      return new Promise((resolve) => resolve(answer(call)));
    });
    return new Proxy(promise, {
      get: (target, key) =>
        relations.includes(key as string)
          ? (relationArgs: unknown) => operation(`${action}.${String(key)}`, [args, relationArgs], relations)
          : Reflect.get(target, key),
      ownKeys: (target) => [...relations, ...Reflect.ownKeys(target)],
      getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, writable: true }),
    });
  };

  const client: ClientLike = {
    _clientVersion: '7.0.0',
    _createPrismaPromise: createPrismaPromise,
    _extensions: {
      isEmpty: () => hooked.length === 0 && Object.keys(methods).length === 0,
      getAllModelExtensions: () => methods,
      getAllQueryCallbacks: (_model: string, action: string) => (hooked.includes(action) ? [() => {}] : []),
    },
    $connect: () => Promise.resolve(),
    $disconnect: () =>
      Promise.resolve(void log.push({ client: name, action: '$disconnect', args: [], inTransaction: false })),
    $queryRaw: (...args: unknown[]) => operation('$queryRaw', args),
    $transaction: (input: unknown, transactionOptions?: unknown) => {
      if (typeof input === 'function') return Promise.resolve({ tx: name, transactionOptions }).then(input as never);
      return Promise.all((input as PrismaPromise[]).map((member) => member.requestTransaction({ kind: 'batch' })));
    },
    user: {
      $name: 'User',
      findMany: (args: unknown) => operation('findMany', args),
      findUnique: (args: unknown) => operation('findUnique', args, ['posts', 'kind']),
      create: (args: unknown) => operation('create', args),
      ...methods,
    },
    ...options.properties,
  };
  // What clients extended from this one, and this one, have in common.
  Object.defineProperty(client, '_originalClient', { value: { ...client } });
  return client;
}

interface PrismaPromise extends PromiseLike<unknown> {
  requestTransaction(transaction: unknown): PromiseLike<unknown>;
}

/** Prisma's own rules: run once when awaited, and each time when asked as a member of a transaction. */
function createPrismaPromise(run: (transaction: unknown) => Promise<unknown>): PrismaPromise {
  let settled: Promise<unknown> | undefined;
  const once = (): Promise<unknown> => (settled ??= run(undefined));
  return {
    then: (onFulfilled, onRejected) => once().then(onFulfilled, onRejected),
    catch: (onRejected: never) => once().catch(onRejected),
    finally: (onFinally: never) => once().finally(onFinally),
    requestTransaction: (transaction: unknown) => (transaction === undefined ? once() : run(transaction)),
    [Symbol.toStringTag]: 'PrismaPromise',
  } as PrismaPromise;
}
