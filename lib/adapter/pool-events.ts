/** What happens to a pool's connections, for whoever listens. A clock is read only where somebody does. */
import { type Caller, callerOf } from '../contracts/caller';
import { type PoolClient, bytesReadBy } from './pool-client';

/** Each is there only while somebody listens to it. Times in ms. */
export interface PoolEvents {
  /** The application itself was given a connection. */
  taken?: ((taken: TakenConnection) => void) | undefined;
  /** Whoever asked has got a connection. */
  waited?: ((ms: number) => void) | undefined;
  /** Whoever asked was refused, after as long as the pool lets anybody wait. */
  timedOut?: (() => void) | undefined;
  opened?: ((ms: number) => void) | undefined;
  /** A connection has come back. */
  used?: ((ms: number) => void) | undefined;
}

export interface ListenablePool {
  readonly _clients: readonly PoolClient[];
  readonly options?: { readonly connectionTimeoutMillis?: number };
  on(event: 'connect' | 'acquire', listener: (client: PoolClient) => void): unknown;
  on(event: 'release', listener: (error: unknown, client: PoolClient) => void): unknown;
}

/** A connection that the application has taken from the pool itself. */
export class TakenConnection {
  readonly kind = 'connection';
  readonly sinceMs = performance.now();
  private readonly uses: number;
  private received: number | undefined;
  private movedAt = this.sinceMs;

  constructor(
    private readonly pool: ListenablePool,
    private readonly client: PoolClient,
    readonly caller: Caller,
  ) {
    this.uses = client._poolUseCount ?? 0;
    this.received = bytesReadBy(client);
  }

  /** It has come back, or is gone. */
  get ended(): boolean {
    return (this.client._poolUseCount ?? 0) !== this.uses || !this.pool._clients.includes(this.client);
  }

  /** Since when it was seen idle; Infinity while it works, or has worked since it was last asked about. */
  idleSinceMs(): number {
    const received = bytesReadBy(this.client);
    if (this.client.readyForQuery !== false && received === this.received) return this.movedAt;
    this.received = received;
    this.movedAt = performance.now();
    return Infinity;
  }
}

/** One asking for a connection. */
export interface Asking {
  readonly given: (client: PoolClient) => void;
  readonly refused: () => void;
}

export class PoolListeners {
  private readonly all = new Set<PoolEvents>();
  private readonly openingSince = new WeakMap<PoolClient, number>();
  private readonly takenAt = new WeakMap<PoolClient, number>();

  constructor(private readonly pool: ListenablePool) {
    pool.on('connect', (client) => this.tell('opened', this.openingSince.get(client)));
    pool.on('acquire', (client) => {
      if (this.wanted('used')) this.takenAt.set(client, performance.now());
    });
    pool.on('release', (_error, client) => {
      this.tell('used', this.takenAt.get(client));
      this.takenAt.delete(client);
    });
  }

  add(events: PoolEvents): void {
    this.all.add(events);
  }

  remove(events: PoolEvents): void {
    this.all.delete(events);
  }

  opens(client: PoolClient): void {
    if (this.wanted('opened')) this.openingSince.set(client, performance.now());
  }

  /** `ask` was called; `byApplication`: not for Prisma. undefined: nobody wants to know more. */
  asked(ask: (...args: never[]) => unknown, byApplication: boolean): Asking | undefined {
    const caller = byApplication && this.wanted('taken') ? callerOf(ask) : undefined;
    const timed = this.wanted('waited') || this.wanted('timedOut');
    if (caller === undefined && !timed) return undefined;
    const since = performance.now();
    return {
      given: (client) => {
        this.tell('waited', since);
        if (caller === undefined) return;
        for (const { taken } of this.all) taken?.(new TakenConnection(this.pool, client, caller));
      },
      refused: () => {
        const { connectionTimeoutMillis: limit = 0 } = this.pool.options ?? {};
        if (limit === 0 || performance.now() - since < limit) return;
        for (const { timedOut } of this.all) timedOut?.();
      },
    };
  }

  private wanted(event: keyof PoolEvents): boolean {
    for (const events of this.all) if (events[event] !== undefined) return true;
    return false;
  }

  private tell(event: 'waited' | 'opened' | 'used', since: number | undefined): void {
    if (since === undefined) return;
    for (const events of this.all) events[event]?.(performance.now() - since);
  }
}
