/** The time that a doctor has for everything: what is not known by its end is told as such. */
import { performance } from 'node:perf_hooks';

export class Deadline {
  private readonly end: number;

  constructor(readonly ms: number) {
    this.end = performance.now() + ms;
  }

  /** In ms, at least 1: to most who take a timeout, 0 is none. */
  get left(): number {
    return Math.max(1, Math.round(this.end - performance.now()));
  }

  get isOver(): boolean {
    return performance.now() >= this.end;
  }

  get reason(): string {
    return `there was no answer within ${this.ms} ms (--timeout)`;
  }

  /**
   * What `promise` answers; undefined once the time is up, or `ms` of it. The timer is referenced: what is waited for
   * may keep the process alive or not.
   */
  async within<T>(promise: Promise<T>, ms = Infinity): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), Math.min(ms, this.left));
    });
    promise.catch(() => undefined);
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
