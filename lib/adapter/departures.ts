/**
 * Transactions that nobody wants any more and that have not ended: BEGIN is under way beyond the time that Prisma waits
 * for it, or ROLLBACK is. A transaction that commits is none of these.
 */
export class Departure {
  private resolve: (() => void) | undefined = undefined;
  private promise: Promise<void> | undefined = undefined;

  constructor(
    private readonly departures: Departures,
    /** When it was asked for, in ms of performance.now(). */
    readonly startedAt: number,
  ) {}

  /** BEGIN was answered. */
  begun(): void {
    // Whoever waits for it knows that Prisma has given it up, and Prisma sends a ROLLBACK in this turn of the event loop.
    if (this.promise === undefined) this.departures.forget(this);
    else setImmediate(() => this.departures.isRollingBack(this) || this.ended());
  }

  rollsBack(): void {
    this.departures.rollsBack(this);
  }

  /** Its connection was handed back, or destroyed. */
  ended(): void {
    this.departures.forget(this);
    this.resolve?.();
  }

  get end(): Promise<void> {
    return (this.promise ??= new Promise((resolve) => (this.resolve = resolve)));
  }
}

export class Departures {
  private readonly beginning = new Set<Departure>();
  private readonly rollingBack = new Set<Departure>();

  begins(startedAt: number): Departure {
    const departure = new Departure(this, startedAt);
    this.beginning.add(departure);
    return departure;
  }

  /**
   * Those asked for at `since` or later. One whose BEGIN is unanswered counts if it was asked for at `givenUpBefore` or
   * before. Resolves once they have ended; undefined: there is none.
   */
  ofTry(since: number, givenUpBefore: number): Promise<unknown> | undefined {
    const under = [...this.beginning].filter(({ startedAt }) => startedAt >= since && startedAt <= givenUpBefore);
    for (const departure of this.rollingBack) if (departure.startedAt >= since) under.push(departure);
    return under.length === 0 ? undefined : Promise.all(under.map(({ end }) => end));
  }

  rollsBack(departure: Departure): void {
    this.beginning.delete(departure);
    this.rollingBack.add(departure);
  }

  isRollingBack(departure: Departure): boolean {
    return this.rollingBack.has(departure);
  }

  forget(departure: Departure): void {
    this.beginning.delete(departure);
    this.rollingBack.delete(departure);
  }
}
