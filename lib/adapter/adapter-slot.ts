import type { AdapterRequest } from './adapter-request';
import type { MarkedGuard } from './verify/marked-guard';
import type { OpeningConnection } from './opening-connection';
import { type Step, persist } from './persistence';
import type { AdapterLease } from './adapter-lease';

/** The place beneath one living client: which adapter is there now, and how work gets to it. */
export class AdapterSlot {
  private disposed = false;
  private successor: AdapterSlot | undefined;

  constructor(
    readonly guard: MarkedGuard,
    private own: AdapterLease,
    private readonly onDisposed: (slot: AdapterSlot) => void,
  ) {}

  get lease(): AdapterLease {
    return this.successor?.lease ?? this.own;
  }

  /** `lease` is there from now on. Answers with the one that was. */
  take(lease: AdapterLease): AdapterLease {
    const old = this.own;
    this.own = lease;
    return old;
  }

  /** What begins here from now on begins at `successor`. Answers with the lease that is nobody's any more. */
  follow(successor: AdapterSlot): AdapterLease {
    this.successor = successor;
    return this.own;
  }

  /**
   * Runs `request` until a try succeeds or the host refuses another. `tryOnce` is one try on the adapter that is there
   * by then; it may be called again whenever it has failed, so it leaves nothing behind.
   */
  attempt<T>(request: AdapterRequest, tryOnce: (lease: AdapterLease) => Promise<T>): Promise<T> {
    return persist(this.guard, request, new StepOnSlot(this, tryOnce));
  }

  /** Connections that are being opened for work that waits here; those of a successor are its own. */
  opening(): OpeningConnection[] {
    return this.successor ? [] : this.own.opening();
  }

  /** Those of a successor are its own. */
  destroyConnections(): void {
    if (!this.successor) this.own.connections?.destroyAll();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Of the adapter that is there now; one that was replaced is disposed of when its work has ended. */
  async dispose(): Promise<void> {
    this.disposed = true;
    this.onDisposed(this);
    await this.guard.marks?.sweepLast(this);
    if (!this.successor) await this.own.adapter.dispose();
  }
}

class StepOnSlot<T> implements Step<T> {
  /** That the latest try is on. */
  private lease: AdapterLease | undefined = undefined;

  constructor(
    private readonly slot: AdapterSlot,
    private readonly tryOnce: (lease: AdapterLease) => Promise<T>,
  ) {}

  take(): Promise<T> {
    const { lease } = this.slot;
    this.lease = lease;
    lease.enter();
    return this.tryOnce(lease);
  }

  ended(error?: unknown): void {
    if (error !== undefined) this.lease?.notice(error);
    this.lease?.leave();
  }

  isOver(): boolean {
    return this.slot.isDisposed;
  }
}
