import type { Flight } from './flight';
import type { MarkedGuard } from './verify/marked-guard';
import type { Opening } from './opening';
import { type Step, persist } from './persistence';
import type { Tenure } from './tenure';

/** The place beneath one living client: which adapter is there now, and how work gets to it. */
export class Seat {
  private disposed = false;
  private successor: Seat | undefined;

  constructor(
    readonly guard: MarkedGuard,
    private own: Tenure,
    private readonly onDisposed: (seat: Seat) => void,
  ) {}

  get tenure(): Tenure {
    return this.successor?.tenure ?? this.own;
  }

  /** `tenure` is there from now on. Answers with the one that was. */
  take(tenure: Tenure): Tenure {
    const old = this.own;
    this.own = tenure;
    return old;
  }

  /** What begins here from now on begins at `successor`. Answers with the tenure that is nobody's any more. */
  follow(successor: Seat): Tenure {
    this.successor = successor;
    return this.own;
  }

  /**
   * Runs `flight` until a try succeeds or the host refuses another. `tryOnce` is one try on the adapter that is there
   * by then; it may be called again whenever it has failed, so it leaves nothing behind.
   */
  attempt<T>(flight: Flight, tryOnce: (tenure: Tenure) => Promise<T>): Promise<T> {
    return persist(this.guard, flight, new StepOnSeat(this, tryOnce));
  }

  /** Connections that are being opened for work that waits here; those of a successor are its own. */
  opening(): Opening[] {
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

class StepOnSeat<T> implements Step<T> {
  /** That the latest try is on. */
  private tenure: Tenure | undefined = undefined;

  constructor(
    private readonly seat: Seat,
    private readonly tryOnce: (tenure: Tenure) => Promise<T>,
  ) {}

  take(): Promise<T> {
    const { tenure } = this.seat;
    this.tenure = tenure;
    tenure.enter();
    return this.tryOnce(tenure);
  }

  ended(error?: unknown): void {
    if (error !== undefined) this.tenure?.notice(error);
    this.tenure?.leave();
  }

  isOver(): boolean {
    return this.seat.isDisposed;
  }
}
