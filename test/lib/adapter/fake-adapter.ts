/** An adapter without a database: it answers by script, and counts what it is asked. It shows no connections. */
import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  SqlResultSet,
  Transaction,
} from '../../../lib/adapter/driver-adapter';

/** What an adapter throws, in the shape of @prisma/driver-adapter-utils. */
export function adapterError(kind: string, originalCode?: string, more: object = {}): Error {
  const error = new Error(kind);
  error.name = 'DriverAdapterError';
  Object.defineProperty(error, 'cause', {
    value: { kind, originalCode, originalMessage: kind, ...more },
    enumerable: true,
  });
  return error;
}

export const notReachable = (): Error => adapterError('DatabaseNotReachable', undefined, { host: 'db' });
export const closed = (): Error => adapterError('ConnectionClosed');

type Answer = Error | Promise<unknown> | undefined;

export class FakeAdapter implements SqlDriverAdapter {
  readonly provider: string = 'postgres';
  readonly adapterName = 'fake-adapter';
  readonly asked: string[] = [];
  disposals = 0;
  openTransactions = 0;
  /** Taken from the front by each call: an error is thrown, a promise waited for. */
  script: Answer[] = [];

  constructor(
    readonly name = 'a',
    private readonly phantom = false,
  ) {}

  queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    return this.answer(query.sql).then(() => ({ columnNames: ['by'], columnTypes: [7], rows: [[this.name]] }));
  }

  executeRaw(query: SqlQuery): Promise<number> {
    return this.answer(query.sql).then(() => 1);
  }

  executeScript(script: string): Promise<void> {
    return this.answer(script).then(() => undefined);
  }

  async startTransaction(isolationLevel?: string): Promise<Transaction> {
    await this.answer(`begin ${isolationLevel ?? ''}`.trim());
    this.openTransactions += 1;
    const over = (what: string) => async (): Promise<void> => {
      await this.answer(what);
      this.openTransactions -= 1;
    };
    return {
      provider: this.provider,
      adapterName: this.adapterName,
      options: { usePhantomQuery: this.phantom },
      queryRaw: (query) => this.queryRaw(query),
      executeRaw: (query) => this.executeRaw(query),
      commit: over('commit()'),
      rollback: over('rollback()'),
      createSavepoint: async (name) => void (await this.answer(`savepoint ${name}`)),
    };
  }

  getConnectionInfo(): object {
    return { schemaName: this.name };
  }

  async dispose(): Promise<void> {
    this.disposals += 1;
  }

  private async answer(what: string): Promise<void> {
    this.asked.push(what);
    const next = this.script.shift();
    if (next instanceof Error) throw next;
    await next;
  }
}

export class FakeFactory implements SqlDriverAdapterFactory {
  readonly provider: string = 'postgres';
  readonly adapterName = 'fake-adapter';
  readonly made: FakeAdapter[] = [];
  failures: Error[] = [];

  constructor(private readonly make: (n: number) => FakeAdapter = (n) => new FakeAdapter(`a${n}`)) {}

  async connect(): Promise<FakeAdapter> {
    const failure = this.failures.shift();
    if (failure) throw failure;
    const adapter = this.make(this.made.length);
    this.made.push(adapter);
    return adapter;
  }
}

/** A promise that is settled from outside. */
export function deferred<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Lets everything happen that does not wait for anything from outside. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
