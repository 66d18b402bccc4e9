/** Arms the timer for the line that an outage gets once a minute, and collects its counts. The core says when. */
import { type OutageCounts, type OutageLine, type SupervisorStats, native } from '../native';

interface OutageLogOptions {
  readonly stats: () => SupervisorStats;
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
    this.report.onBegin(this.now(), this.counts());
    this.arm();
  }

  /** Fields for the line that tells of the end. */
  ended(): string {
    this.stop();
    const line = this.report.onEnd(this.now(), this.counts());
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
    const line = this.report.onTick(this.now(), this.counts());
    if (line) this.options.write(`outage elapsedMs=${Math.round(line.elapsedMs)} ${this.fields(line)}`);
    this.arm();
  }

  private counts(): OutageCounts {
    const { errors, retries } = this.options.stats();
    return { failed: errors, retried: retries, givenUp: this.options.givenUp() };
  }

  private fields({ during: { failed, retried, givenUp } }: OutageLine): string {
    return `waiting=${this.options.stats().parked} failed=${failed} retried=${retried} givenUp=${givenUp}`;
  }
}
