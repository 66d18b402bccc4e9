/** A connection of a pool, as node-postgres has it. */
import type { BackendKey } from './cancel-request';

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
  /** false while a statement runs on it. */
  readonly readyForQuery?: boolean;
  query(...args: unknown[]): unknown;
  release(): void;
  on(event: 'error', listener: () => void): unknown;
}

/** The connection that a piece of work is on. */
export interface ConnectionFacts {
  /** Ours, never given twice. */
  readonly number: number;
  /** It is not ready yet. */
  readonly opening: boolean;
  /** Of the server's process behind it, as the server, or a pooler in between, has named it; 0: it has not. */
  readonly pid: number;
  /** When it was ready, in ms of performance.now(); 0: that was not seen. */
  readonly openedAt: number;
  /** Something waits in this process to be sent on it. */
  readonly sending: boolean;
}

export function isDead(client: PoolClient): boolean {
  return client._queryable === false || (client.connection?.stream?.destroyed ?? false);
}

export function bytesReadBy(client: PoolClient): number | undefined {
  return client.connection?.stream?.bytesRead;
}

const holding = new WeakSet<PoolClient>();

/** A statement on it leaves something behind that lives as long as it. */
export function holdSession(client: PoolClient): void {
  holding.add(client);
}

export function holdsSession(client: PoolClient): boolean {
  return holding.has(client) && !isDead(client);
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

/** It is ready from now on. */
export function noteOpened(client: PoolClient): void {
  openedAt.set(client, performance.now());
}
