/** Operations that begin on time whether earlier ones have ended or not. */
export interface Failure {
  readonly index: number;
  readonly error: unknown;
}

export class OpenLoad {
  readonly failures: Failure[] = [];
  succeeded = 0;
  begun = 0;
  /** The most that were under way at one time. */
  peak = 0;
  private pending = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly perSecond: number,
    private readonly operation: (index: number) => PromiseLike<unknown>,
  ) {}

  start(): void {
    const start = performance.now();
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - start) * this.perSecond) / 1000);
      while (this.begun < due) void this.run(this.begun++);
    }, 5);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** How many have still not settled after at most `patienceMs`. */
  async settled(patienceMs: number): Promise<number> {
    const end = performance.now() + patienceMs;
    while (this.pending > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    return this.pending;
  }

  private async run(index: number): Promise<void> {
    this.pending += 1;
    this.peak = Math.max(this.peak, this.pending);
    try {
      await this.operation(index);
      this.succeeded += 1;
    } catch (error) {
      this.failures.push({ index, error });
    }
    this.pending -= 1;
  }
}
