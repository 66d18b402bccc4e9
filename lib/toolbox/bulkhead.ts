/** A bulkhead: the core counts places, this keeps the calls that wait, in their order. */
import { BulkheadRejectedError, ConfigError, DeadlineExceededError } from '../errors';
import type { BulkheadOptions } from '../options';
import { begin } from './begin';
import { BulkheadEntry, type NativeBulkhead, native } from '../native';
import { refuse, withoutStack } from './refusal';

interface Waiting {
  enter(): void;
}

interface EnterOptions {
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the wait with a DeadlineExceededError; ms of performance.now(). */
  readonly deadlineAt?: number | undefined;
}

export class Bulkhead {
  private readonly native: NativeBulkhead;
  private readonly queue = new Set<Waiting>();
  private full: string | undefined;

  /** Default: 50 at once, 100 waiting. Throws a ConfigError that lists every problem of `options`. */
  constructor(options: BulkheadOptions = {}) {
    this.native = new native.NativeBulkhead(
      new native.NativeConfig({ bulkheads: { read: { ...options } } }, ConfigError),
      'read',
    );
  }

  /** Makes the call once there is a place, or rejects with a BulkheadRejectedError without making it. */
  execute<T>(fn: () => PromiseLike<T> | T, options: { signal?: AbortSignal } = {}): Promise<T> {
    const run = (): Promise<T> => begin(fn).finally(() => this.leave());
    const wait = this.enter(options);
    return wait ? wait.then(run) : run();
  }

  getMetrics(): { executing: number; waiting: number } {
    return { executing: this.native.executing(), waiting: this.native.waiting() };
  }

  /** Calls refused since the beginning. */
  get rejected(): number {
    return this.native.refused();
  }

  // ---- for compositions, which make the call themselves ------------------------------------------------------------

  /** undefined: entered. Otherwise resolves once entered, or rejects. leave() must follow where it was entered. */
  enter(options: EnterOptions = {}): Promise<void> | undefined {
    const { signal } = options;
    if (signal?.aborted) return refuse(signal.reason);
    const entry = this.native.enter();
    if (entry === BulkheadEntry.entered) return undefined;
    if (entry === BulkheadEntry.refused) return refuse(this.refusal());
    return this.wait(options);
  }

  leave(): void {
    if (!this.native.leave()) return;
    this.queue.values().next().value?.enter();
  }

  private wait({ signal, deadlineAt }: EnterOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (reason: unknown): void => {
        this.native.stopWaiting();
        release();
        reject(reason);
      };
      const onAbort = signal && (() => giveUp(signal.reason));
      const timer =
        deadlineAt === undefined
          ? undefined
          : setTimeout(
              () => giveUp(new DeadlineExceededError('The deadline passed before there was a place in the bulkhead.')),
              Math.max(1, Math.ceil(deadlineAt - performance.now())),
            ).unref();
      const release = (): void => {
        this.queue.delete(waiting);
        clearTimeout(timer);
        if (onAbort) signal.removeEventListener('abort', onAbort);
      };
      const waiting: Waiting = {
        enter: () => {
          release();
          resolve();
        },
      };
      this.queue.add(waiting);
      if (onAbort) signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  private refusal(): BulkheadRejectedError {
    // A call is refused where all is taken, so the numbers are always the same.
    if (this.full === undefined) {
      const { executing, waiting } = this.getMetrics();
      this.full = `The bulkhead is full: ${executing} calls run, ${waiting} wait.`;
    }
    const message = this.full;
    return withoutStack(() => new BulkheadRejectedError(message));
  }
}
