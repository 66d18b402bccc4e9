/**
 * The connections beneath an adapter, where it shows them: a pool shaped like pg.Pool behind `underlyingDriver()`
 * (@prisma/adapter-pg, and those that build on it).
 *
 * The pool's `connect` is wrapped to learn which connection a piece of work was given. That works because adapters call
 * the pool synchronously when they are called: `during` names the work for just that long. An adapter that calls later
 * is served as one that shows nothing.
 */
import { type Acquirer, currentAcquirer, onBehalfOf } from './acquirer';
import { connectionClosed } from './driver-adapter';
import { type PoolClient, destroySocket, holdsSession, isDead, noteOpened } from './pool-client';
import { type Asking, type ListenablePool, type PoolEvents, PoolListeners } from './pool-events';

type ConnectCallback = (error: unknown, client: PoolClient | undefined, release: unknown) => void;

interface Pool extends ListenablePool {
  readonly options?: { readonly max?: number; readonly connectionTimeoutMillis?: number };
  readonly _clients: PoolClient[];
  readonly _pendingQueue?: unknown[];
  readonly idleCount?: number;
  readonly waitingCount?: number;
  readonly _idle?: readonly { readonly client: PoolClient }[];
  connect(callback?: ConnectCallback): unknown;
  query?(...args: unknown[]): unknown;
  /** Closes a connection, and makes room for another. */
  _remove?(client: PoolClient): unknown;
  on(event: 'error' | 'connect' | 'acquire', listener: (client: PoolClient) => void): unknown;
  on(event: 'release', listener: (error: unknown, client: PoolClient) => void): unknown;
}

/** How the names of statements begin that the guard has named. */
export const kOurNames = 'resilience_';

const wrapped = new WeakMap<Pool, PoolListeners>();
/** Those whose `query` gives statements their names. */
const naming = new WeakSet<Pool>();

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
  /** The most that it opens; undefined where it does not say. */
  readonly max: number | undefined;
}

export class PoolConnections {
  private constructor(
    private readonly pool: Pool,
    private readonly listeners: PoolListeners,
  ) {}

  /** undefined: the adapter shows no connections. */
  static of(driver: unknown): PoolConnections | undefined {
    if (!isPool(driver)) return undefined;
    return new PoolConnections(driver, wrapConnect(driver));
  }

  tell(events: PoolEvents): void {
    this.listeners.add(events);
  }

  stopTelling(events: PoolEvents): void {
    this.listeners.remove(events);
  }

  /** Runs `call`, in which the adapter asks its pool for a connection for `acquirer`. */
  during<T>(acquirer: Acquirer, call: () => T): T {
    if (acquirer.named !== undefined && !naming.has(this.pool)) nameStatements(this.pool);
    return onBehalfOf(acquirer, call);
  }

  use(): PoolUse {
    const { _clients, idleCount = 0, waitingCount = 0, options } = this.pool;
    return { open: _clients.length, idle: idleCount, waiting: waitingCount, max: options?.max };
  }

  /** The server's processes behind those that are open, as the server (or a pooler in between) has named them. */
  backends(): number[] {
    return this.pool._clients.flatMap(({ processID }) => processID ?? []);
  }

  /** One that lives holds state of its session. */
  get holdsSession(): boolean {
    return this.pool._clients.some(holdsSession);
  }

  /** Those that are not handed out yet because they are still being opened. */
  opening(): PoolClient[] {
    return this.pool._clients.filter((client) => client._connected === false && !isDead(client));
  }

  /**
   * Whoever asks next gets a connection on which the application has prepared no statement: an idle one that has some is
   * closed, one at work when it comes back.
   */
  renewPrepared(): void {
    const idle = new Set((this.pool._idle ?? []).map(({ client }) => client));
    for (const client of [...this.pool._clients]) {
      if (Object.keys(client.connection?.parsedStatements ?? {}).every((name) => name.startsWith(kOurNames))) continue;
      if (idle.has(client)) this.pool._remove?.(client);
      else client._poolUseCount = Infinity;
    }
  }

  /** Breaks every connection of the pool: what is in flight on them fails, what waits for one gets a new one. */
  destroyAll(): void {
    for (const client of [...this.pool._clients]) void destroySocket(client);
  }
}

/** Whoever is concerned hears of it otherwise. */
const kIgnore = (): void => undefined;

/** Unused. Not at once: the pool calls whoever waits next from within, who may be as unwanted, and so on. */
function giveBack(client: PoolClient): void {
  queueMicrotask(() => client.release());
}

function wrapConnect(pool: Pool): PoolListeners {
  const known = wrapped.get(pool);
  if (known) return known;
  const listeners = new PoolListeners(pool);
  wrapped.set(pool, listeners);
  // An idle connection that breaks makes the pool emit 'error', and without a listener that ends the process. Adapters
  // take theirs away from pools that they do not own.
  pool.on('error', kIgnore);
  // So does one that breaks in the very moment in which it is handed out: the pool has let go of it, and whoever asked
  // for it by a promise has not looked at it yet.
  pool.on('connect', (client) => {
    client.on('error', kIgnore);
    noteOpened(client);
  });
  for (const client of pool._clients) client.on('error', kIgnore);
  pool.connect = connectOf(pool.connect, listeners);
  return listeners;
}

function connectOf(connect: Pool['connect'], listeners: PoolListeners): Pool['connect'] {
  return function asked(this: Pool, callback?: ConnectCallback): unknown {
    const acquirer = currentAcquirer();
    const before = this._clients.length;
    const waitedBefore = this._pendingQueue?.length ?? 0;
    const asking = listeners.asked(asked, acquirer === undefined);
    let result: unknown;
    if (callback !== undefined) {
      const answer = acquirer === undefined ? callback : acquiring(acquirer, callback);
      result = connect.call(this, asking === undefined ? answer : telling(asking, answer));
    } else {
      const connecting = connect.call(this) as Promise<PoolClient>;
      if (asking !== undefined) connecting.then(asking.given, asking.refused);
      result = acquirer === undefined ? connecting : acquiredBy(acquirer, connecting);
    }
    if (acquirer !== undefined) acquirer.leaveQueue = wayOut(this, waitedBefore);
    if (this._clients.length === before) return result;
    const opened = this._clients[this._clients.length - 1]!;
    listeners.opens(opened);
    // It is being opened for this very piece of work, and may hang in the handshake with a frozen server.
    if (acquirer !== undefined) acquirer.connection = opened;
    return result;
  };
}

/** Where an application has its adapter name statements itself, its names stay. */
function nameStatements(pool: Pool): void {
  naming.add(pool);
  const { query } = pool;
  if (query === undefined) return;
  pool.query = function asked(this: Pool, ...args: unknown[]): unknown {
    const [config] = args as [{ text?: unknown; name?: unknown } | string];
    const named = currentAcquirer()?.named;
    if (named !== undefined && typeof config === 'object' && config.text === named.text && config.name === undefined) {
      args[0] = { ...config, name: named.name };
    }
    return query.apply(this, args);
  };
}

/** Of who has just joined the pool's queue; `before`: how many waited then. undefined: nobody has. */
function wayOut({ _pendingQueue: queue }: Pool, before: number): (() => void) | undefined {
  if (queue === undefined || queue.length === before) return undefined;
  const place = queue[queue.length - 1];
  return () => {
    const index = queue.indexOf(place);
    if (index >= 0) queue.splice(index, 1);
  };
}

function telling(asking: Asking, callback: ConnectCallback): ConnectCallback {
  return (error, client, release) => {
    if (error || client === undefined) asking.refused();
    else asking.given(client);
    callback(error, client, release);
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
