/**
 * The connections beneath an adapter, where it shows them: a pool shaped like pg.Pool behind `underlyingDriver()`
 * (@prisma/adapter-pg, and those that build on it).
 *
 * The pool's `connect` is wrapped to learn which connection a piece of work was given. That works because adapters call
 * the pool synchronously when they are called: `during` names the work for just that long. An adapter that calls later
 * is served as one that shows nothing.
 */
import type { BackendKey } from './cancel-request';
import { connectionClosed } from './driver-adapter';
import type { ConnectionFacts } from './guard-host';

export interface Socket {
  readonly destroyed: boolean;
  readonly writableLength?: number;
  readonly bytesRead: number;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** What pg's Client has and its types lack. */
export interface PoolClient extends BackendKey {
  readonly connection?: { readonly stream?: Socket; readonly parsedStatements?: object };
  /** Of the pool's: at its limit, the connection is closed when it comes back. */
  _poolUseCount?: number;
  readonly _queryable?: boolean;
  readonly _ending?: boolean;
  readonly _connected?: boolean;
  query(...args: unknown[]): unknown;
  release(): void;
  on(event: 'error', listener: () => void): unknown;
}

type ConnectCallback = (error: unknown, client: PoolClient | undefined, release: unknown) => void;

interface Pool {
  readonly _clients: PoolClient[];
  readonly idleCount?: number;
  readonly waitingCount?: number;
  readonly _idle?: readonly { readonly client: PoolClient }[];
  connect(callback?: ConnectCallback): unknown;
  /** Closes a connection, and makes room for another. */
  _remove?(client: PoolClient): unknown;
  on(event: 'error' | 'connect', listener: (client: PoolClient) => void): unknown;
}

/** Work that asks the pool for a connection. */
export interface Acquirer {
  /** Of its tries, the one that asks. */
  readonly attempt: number;
  /** One that is being opened for it. */
  connection: PoolClient | undefined;
  /** false: it has been given up meanwhile, or tried again, and has no use for `client`. */
  acquired(client: PoolClient, attempt: number): boolean;
  /** `giveUp` is called where it is given up while it waits. */
  waits(giveUp: (error: unknown) => void): void;
}

let current: Acquirer | undefined;
const wrapped = new WeakSet<Pool>();

function isPool(driver: unknown): driver is Pool {
  if (typeof driver !== 'object' || driver === null) return false;
  const pool = driver as Partial<Pool>;
  return typeof pool.connect === 'function' && typeof pool.on === 'function' && Array.isArray(pool._clients);
}

export interface PoolUse {
  /** Connections, being opened ones among them. */
  readonly open: number;
  readonly idle: number;
  /** Pieces of work that wait for a connection. */
  readonly waiting: number;
}

export class PoolConnections {
  private constructor(private readonly pool: Pool) {}

  /** undefined: the adapter shows no connections. */
  static of(driver: unknown): PoolConnections | undefined {
    if (!isPool(driver)) return undefined;
    wrapConnect(driver);
    return new PoolConnections(driver);
  }

  /** Runs `call`, in which the adapter asks its pool for a connection for `acquirer`. */
  during<T>(acquirer: Acquirer, call: () => T): T {
    const outer = current;
    current = acquirer;
    try {
      return call();
    } finally {
      current = outer;
    }
  }

  use(): PoolUse {
    const { _clients, idleCount = 0, waitingCount = 0 } = this.pool;
    return { open: _clients.length, idle: idleCount, waiting: waitingCount };
  }

  /** The server's processes behind those that are open, as the server (or a pooler in between) has named them. */
  backends(): number[] {
    return this.pool._clients.flatMap(({ processID }) => processID ?? []);
  }

  /** Those that are not handed out yet because they are still being opened. */
  opening(): PoolClient[] {
    return this.pool._clients.filter((client) => client._connected === false && !isDead(client));
  }

  /**
   * Whoever asks next gets a connection on which no statement was prepared: an idle one that has some is closed, one at
   * work when it comes back.
   */
  renewPrepared(): void {
    const idle = new Set((this.pool._idle ?? []).map(({ client }) => client));
    for (const client of [...this.pool._clients]) {
      if (Object.keys(client.connection?.parsedStatements ?? {}).length === 0) continue;
      if (idle.has(client)) this.pool._remove?.(client);
      else client._poolUseCount = Infinity;
    }
  }

  /** Breaks every connection of the pool: what is in flight on them fails, what waits for one gets a new one. */
  destroyAll(): void {
    for (const client of [...this.pool._clients]) void destroySocket(client);
  }
}

export function isDead(client: PoolClient): boolean {
  return client._queryable === false || (client.connection?.stream?.destroyed ?? false);
}

export function bytesReadBy(client: PoolClient): number | undefined {
  return client.connection?.stream?.bytesRead;
}

const openedAt = new WeakMap<PoolClient, number>();
const numbers = new WeakMap<PoolClient, number>();
let lastNumber = 0;

export function factsOf(client: PoolClient): ConnectionFacts {
  let number = numbers.get(client);
  if (number === undefined) numbers.set(client, (number = ++lastNumber));
  return {
    number,
    opening: client._connected === false,
    pid: client.processID ?? 0,
    openedAt: openedAt.get(client) ?? 0,
    sending: (client.connection?.stream?.writableLength ?? 0) > 0,
  };
}

/**
 * Resolves when the driver has noticed, which is when its pool no longer takes the connection back: until then it would
 * be given to the next who asks.
 */
export function destroySocket(client: PoolClient): Promise<void> {
  const stream = client.connection?.stream;
  if (!stream) return Promise.resolve();
  const noticed = client._queryable === false || client._ending === true;
  const closed = noticed ? Promise.resolve() : new Promise<void>((resolve) => stream.once('close', resolve));
  stream.destroy();
  return closed;
}

/** Whoever is concerned hears of it otherwise. */
const kIgnore = (): void => undefined;

/** Unused. Not at once: the pool calls whoever waits next from within, who may be as unwanted, and so on. */
function giveBack(client: PoolClient): void {
  queueMicrotask(() => client.release());
}

function wrapConnect(pool: Pool): void {
  if (wrapped.has(pool)) return;
  wrapped.add(pool);
  // An idle connection that breaks makes the pool emit 'error', and without a listener that ends the process. Adapters
  // take theirs away from pools that they do not own.
  pool.on('error', kIgnore);
  // So does one that breaks in the very moment in which it is handed out: the pool has let go of it, and whoever asked
  // for it by a promise has not looked at it yet.
  pool.on('connect', (client) => {
    client.on('error', kIgnore);
    openedAt.set(client, performance.now());
  });
  for (const client of pool._clients) client.on('error', kIgnore);
  const connect = pool.connect;
  pool.connect = function (this: Pool, callback?: ConnectCallback): unknown {
    const acquirer = current;
    if (acquirer === undefined) return connect.call(this, callback);
    const known = this._clients.length;
    const result =
      callback === undefined
        ? acquiredBy(acquirer, connect.call(this) as Promise<PoolClient>)
        : connect.call(this, acquiring(acquirer, callback));
    // A connection that is being opened for it: it may hang in the handshake with a frozen server.
    if (this._clients.length > known) acquirer.connection = this._clients[this._clients.length - 1];
    return result;
  };
}

function acquiredBy(acquirer: Acquirer, connecting: Promise<PoolClient>): Promise<PoolClient> {
  const { attempt } = acquirer;
  return connecting.then((client) => {
    if (acquirer.acquired(client, attempt)) return client;
    giveBack(client);
    throw connectionClosed();
  });
}

/** What the pool calls in place of `callback`, which is called once: also if its work is given up while it waits. */
function acquiring(acquirer: Acquirer, callback: ConnectCallback): ConnectCallback {
  const { attempt } = acquirer;
  let waiting = true;
  acquirer.waits((error) => {
    if (!waiting) return;
    waiting = false;
    callback(error, undefined, kIgnore);
  });
  return (error, client, release) => {
    const usable = client === undefined || error || acquirer.acquired(client, attempt);
    if (!usable) giveBack(client);
    if (!waiting) return;
    waiting = false;
    if (usable) callback(error, client, release);
    else callback(connectionClosed(), undefined, kIgnore);
  };
}
