import type { Flight } from './flight';
import type { GuardState } from './guard-state';
import { persist } from './persistence';
import type { Tenure } from './tenure';

/** The place beneath one living client: which adapter is there now, and how work gets to it. */
export class Seat {
  private disposed = false;

  constructor(
    readonly guard: GuardState,
    public tenure: Tenure,
    private readonly onDisposed: (seat: Seat) => void,
  ) {}

  /**
   * Runs `flight` until a try succeeds or the host refuses another. `tryOnce` is one try on the adapter that is there
   * by then; it may be called again whenever it has failed, so it leaves nothing behind.
   */
  attempt<T>(flight: Flight, tryOnce: (tenure: Tenure) => Promise<T>): Promise<T> {
    return persist(
      this.guard,
      flight,
      () => this.once(flight, tryOnce),
      () => this.disposed,
    );
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Of the adapter that is there now; one that was replaced is disposed of when its work has ended. */
  async dispose(): Promise<void> {
    this.disposed = true;
    this.onDisposed(this);
    await this.tenure.adapter.dispose();
  }

  private async once<T>(flight: Flight, tryOnce: (tenure: Tenure) => Promise<T>): Promise<T> {
    const { tenure } = this;
    const { flights } = this.guard;
    flights.add(flight);
    tenure.enter();
    try {
      return await tryOnce(tenure);
    } finally {
      tenure.leave();
      flights.delete(flight);
    }
  }
}
