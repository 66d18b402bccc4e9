/**
 * The queue of a pool of the driver mariadb. Whoever asks for a connection stands in it, for seconds where the database is
 * away, and nothing of his is sent until he has one.
 *
 * The pool does not tell whose turn it is. So what it is asked to send is known by its object, and looked for when a
 * connection is about to send it. Works because adapters call the pool synchronously when they are called: `during`
 * names the work for just that long.
 */
import { type Acquirer, currentAcquirer, onBehalfOf } from './acquirer';
import { connectionClosed } from './driver-adapter';

type Send = (asked: { readonly opts?: unknown }, answered: unknown, failed: (error: unknown) => void) => unknown;

/** A connection as the pool's own code sees it. */
interface Connection {
  query?: Send;
  prepareExecute?: Send;
}
/** One that was asked for by name. */
interface TakenConnection {
  release(): Promise<unknown>;
}
type Ask = (asked: unknown, values?: unknown) => Promise<unknown>;

interface Pool {
  query: Ask;
  execute: Ask;
  getConnection(): Promise<TakenConnection>;
  taskQueueSize(): number;
  on(event: 'acquire', listener: (connection: Connection) => void): unknown;
}

/** Who stands in the queue, and at which of his tries. */
interface Place {
  readonly acquirer: Acquirer;
  readonly attempt: number;
}

const places = new WeakMap<object, Place>();
const queues = new WeakMap<object, MariaDbQueue>();
const known = new WeakSet<object>();

export class MariaDbQueue {
  private constructor(pool: Pool) {
    const { execute, getConnection, query } = pool;
    pool.query = (asked, values) => query.call(pool, inQueue(asked), values);
    pool.execute = (asked, values) => execute.call(pool, inQueue(asked), values);
    pool.getConnection = () => {
      const acquirer = currentAcquirer();
      const taking = getConnection.call(pool);
      return acquirer === undefined ? taking : takenBy(acquirer, taking);
    };
    pool.on('acquire', (connection) => watch(Object.getPrototypeOf(connection) as Connection));
  }

  /** undefined: it is no such pool. */
  static of(driver: unknown): MariaDbQueue | undefined {
    if (!isPool(driver)) return undefined;
    let queue = queues.get(driver);
    if (!queue) queues.set(driver, (queue = new MariaDbQueue(driver)));
    return queue;
  }

  /** Runs `call`, in which the adapter asks its pool for `acquirer`. */
  during<T>(acquirer: Acquirer, call: () => T): T {
    return onBehalfOf(acquirer, call);
  }
}

function isPool(driver: unknown): driver is Pool {
  if (typeof driver !== 'object' || driver === null) return false;
  const pool = driver as { readonly [Name in keyof Pool]?: unknown };
  const methods = [pool.query, pool.execute, pool.getConnection, pool.taskQueueSize, pool.on];
  return methods.every((method) => typeof method === 'function');
}

function inQueue<T>(asked: T): T {
  const acquirer = currentAcquirer();
  if (acquirer !== undefined && typeof asked === 'object' && asked !== null) {
    places.set(asked, { acquirer, attempt: acquirer.attempt });
  }
  return asked;
}

/** Connections are of one class, whose methods the pool calls once it has one for whoever is next. */
function watch(prototype: Connection): void {
  if (known.has(prototype)) return;
  known.add(prototype);
  for (const name of ['query', 'prepareExecute'] as const) {
    const send = prototype[name];
    if (typeof send !== 'function') continue;
    prototype[name] = function (this: Connection, asked, answered, failed) {
      if (isUnwanted(asked.opts)) return failed(connectionClosed());
      return send.call(this, asked, answered, failed);
    };
  }
}

/** It has a connection now, and was given up while it waited. */
function isUnwanted(asked: unknown): boolean {
  if (typeof asked !== 'object' || asked === null) return false;
  const place = places.get(asked);
  if (place === undefined) return false;
  places.delete(asked);
  return !place.acquirer.acquired(undefined, place.attempt);
}

async function takenBy(acquirer: Acquirer, taking: Promise<TakenConnection>): Promise<TakenConnection> {
  const { attempt } = acquirer;
  const connection = await taking;
  if (acquirer.acquired(undefined, attempt)) return connection;
  void connection.release().catch(() => undefined);
  throw connectionClosed();
}
