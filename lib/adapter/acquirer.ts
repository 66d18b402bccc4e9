import type { PoolClient } from './pool-client';

/** A statement that its connection keeps prepared. */
export interface NamedStatement {
  readonly text: string;
  readonly name: string;
}

/** Work that asks a pool for a connection. */
export interface Acquirer {
  /** Of its tries, the one that asks. */
  readonly attempt: number;
  /** One that is being opened for it. */
  connection: PoolClient | undefined;
  /**
   * false: it has been given up meanwhile, or tried again, and has no use for `client`. undefined: it has one that its
   * driver does not show.
   */
  acquired(client: PoolClient | undefined, attempt: number): boolean;
  /** `giveUp` is called where it is given up while it waits. */
  waits(giveUp: (error: unknown) => void): void;
  /** Takes it out of the pool's queue: for what stands there, the pool opens connections, wanted or not. */
  leaveQueue: (() => void) | undefined;
  /** What it asks is to be sent by this name. */
  readonly named?: NamedStatement | undefined;
}

let current: Acquirer | undefined;

/** For whom the running code asks its pool. */
export function currentAcquirer(): Acquirer | undefined {
  return current;
}

/**
 * Runs `call`, in which the adapter asks its pool for `acquirer`. Works because adapters call the pool synchronously when
 * they are called.
 */
export function onBehalfOf<T>(acquirer: Acquirer, call: () => T): T {
  const outer = current;
  current = acquirer;
  try {
    return call();
  } finally {
    current = outer;
  }
}
