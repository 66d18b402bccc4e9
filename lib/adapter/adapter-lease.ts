import { type SqlDriverAdapter, type Transaction, endUnasked, sqlStateOf, statement } from './driver-adapter';
import type { AdapterRequest } from './adapter-request';
import type { GuardPhase } from './guard-host';
import { endureLoginsOf } from './mariadb-logins';
import { MariaDbQueue } from './mariadb-queue';
import { OpeningConnection } from './opening-connection';
import type { PoolClient } from './pool-client';
import { PoolConnections } from './pool-connections';
import type { PoolEvents } from './pool-events';

const kFeatureNotSupported = '0A000';
/** So long may a BEGIN take on an adapter that was replaced. */
const kBeginGraceMs = 1000;

/** What can be asked of the server behind an adapter, by the role that the adapter logs in with. */
export interface ServerKnowledge {
  readonly canVerify: boolean;
  readonly readsSystemId: boolean;
  /** There is a marker table, and it can be relied on. */
  readonly usesMarks: boolean;
  /** default_transaction_isolation. */
  readonly serializable: boolean;
}

/**
 * One adapter's time beneath a client, from its connect to its dispose. Work that began on it ends on it; `retire`
 * waits for that.
 */
export class AdapterLease {
  /** undefined: the adapter does not show its connections. */
  readonly connections: PoolConnections | undefined;
  /** Where it does not, but tells at least who still waits for one. */
  private readonly queue: MariaDbQueue | undefined;
  /** What verified mode has found out about the server behind this adapter; asked for once. */
  knowledge: Promise<ServerKnowledge> | undefined;
  private readonly openings = new WeakMap<PoolClient, OpeningConnection>();
  private active = 0;
  /** Waits for its BEGIN, and its adapter does not show whether anybody will answer. */
  private readonly beginning = new Set<AdapterRequest>();
  private onIdle: (() => void) | undefined;
  private onBegun: (() => void) | undefined;

  constructor(
    readonly adapter: SqlDriverAdapter,
    public epoch: number,
    private readonly poolEvents?: PoolEvents,
  ) {
    const driver = adapter.underlyingDriver?.();
    this.connections = PoolConnections.of(driver);
    if (adapter.provider === 'mysql') endureLoginsOf(driver);
    this.queue = adapter.provider === 'mysql' ? MariaDbQueue.of(driver) : undefined;
    if (poolEvents) this.connections?.tell(poolEvents);
  }

  /** A call of the adapter that takes a connection of its own; `sent` is the phase from then on. */
  call<T>(request: AdapterRequest, sent: GuardPhase, ask: (adapter: SqlDriverAdapter) => Promise<T>): Promise<T> {
    // A script takes one connection after the other.
    const shown = request.kind === 'script' ? undefined : (this.connections ?? this.queue);
    request.begins(this.epoch, sent, shown !== undefined);
    if (shown === undefined) return request.abandonable(ask(this.adapter));
    const running = shown.during(request, () => ask(this.adapter));
    return request.canBeAbandoned ? running : request.abandonable(running);
  }

  /** A transaction that begins after `request` was given up is ended at once: its connection would stay inside of it. */
  async begin(request: AdapterRequest, isolationLevel?: string): Promise<Transaction> {
    let begun: Promise<Transaction> | undefined;
    if (!this.connections) this.beginning.add(request);
    try {
      return await this.call(request, 'begin', (adapter) => (begun = adapter.startTransaction(isolationLevel)));
    } catch (error) {
      begun?.then(endUnasked).catch(() => undefined);
      throw error;
    } finally {
      if (this.beginning.delete(request) && this.beginning.size === 0) this.onBegun?.();
    }
  }

  /** The connections that are being opened now; the same object for the same one each time. */
  opening(): OpeningConnection[] {
    return (this.connections?.opening() ?? []).map((client) => {
      const opening = this.openings.get(client) ?? new OpeningConnection(client, this.epoch);
      this.openings.set(client, opening);
      return opening;
    });
  }

  /** What a failed statement says of the other connections. */
  notice(error: unknown): void {
    // The server goes on refusing a statement that was prepared before its table was altered.
    if (sqlStateOf(error) === kFeatureNotSupported) this.connections?.renewPrepared();
  }

  /** Begins something that must end before the adapter is disposed of. */
  enter(): void {
    this.active += 1;
  }

  leave(): void {
    this.active -= 1;
    if (this.isIdle) this.onIdle?.();
  }

  /** What waits for a BEGIN is not at work, and may wait for ever. */
  private get isIdle(): boolean {
    return this.active <= this.beginning.size;
  }

  /** Rejects with what asking the server threw. */
  async verify(): Promise<void> {
    await this.adapter.queryRaw(statement('SELECT 1'));
  }

  /**
   * Resolves once all work on it has ended and the adapter is disposed of. With `drainMs`, connections still at work
   * then are destroyed, and what hangs where none can be destroyed is left behind.
   */
  async retire(drainMs?: number): Promise<void> {
    await this.idle(drainMs);
    await this.giveUpBeginning(drainMs);
    if (this.poolEvents) this.connections?.stopTelling(this.poolEvents);
    if (this.active > 0 && this.connections) {
      this.connections.destroyAll();
      await this.idle(drainMs);
    }
    await within(this.adapter.dispose(), drainMs);
  }

  /**
   * An adapter with one connection keeps its turn for ever once a BEGIN on it has failed, and whoever waits for the turn
   * waits as long. Given up, they begin on the adapter that is there now.
   */
  private async giveUpBeginning(drainMs: number | undefined): Promise<void> {
    if (this.beginning.size === 0) return;
    await within(
      new Promise<void>((resolve) => (this.onBegun = resolve)),
      Math.min(drainMs ?? Infinity, kBeginGraceMs),
    );
    for (const request of [...this.beginning]) request.abandon();
    await this.idle(drainMs);
  }

  private async idle(ms: number | undefined): Promise<void> {
    if (this.isIdle) return;
    await within(new Promise<void>((resolve) => (this.onIdle = resolve)), ms);
  }
}

async function within(work: Promise<void>, ms: number | undefined): Promise<void> {
  if (ms === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
    timer.unref();
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
