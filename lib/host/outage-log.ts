/** Arms the timer for the line that an outage gets once a minute, and collects its counts. The core says when. */
import { native, type NativeStats, type OutageLine } from '../native';

export interface OutageLogOptions {
  readonly stats: () => NativeStats;
  /** Operations given up since the beginning. */
  readonly givenUp: () => number;
  readonly write: (line: string) => void;
  /** ms of performance.now() */
  readonly now?: () => number;
}

export class OutageLog {
  private readonly report = new native.NativeOutageReport();
  private readonly now: () => number;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: OutageLogOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  began(): void {
    this.report.begin(...this.counts());
    this.arm();
  }

  /** Fields for the line that tells of the end. */
  ended(): string {
    this.stop();
    const line = this.report.end(...this.counts());
    return line ? this.fields(line) : '';
  }

  /** The timer keeps no process alive; this ends it. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private arm(): void {
    this.stop();
    const due = this.report.due();
    if (due === Infinity) return;
    const wait = Math.max(1, Math.ceil(due - this.now()));
    this.timer = setTimeout(() => this.tick(), wait).unref();
  }

  private tick(): void {
    const line = this.report.tick(...this.counts());
    if (line) this.options.write(`outage elapsedMs=${Math.round(line[0])} ${this.fields(line)}`);
    this.arm();
  }

  private counts(): [number, number, number, number] {
    const { errors, retries } = this.options.stats();
    return [this.now(), errors, retries, this.options.givenUp()];
  }

  private fields([, failed, retried, givenUp]: OutageLine): string {
    return `waiting=${this.options.stats().parked} failed=${failed} retried=${retried} givenUp=${givenUp}`;
  }
}
