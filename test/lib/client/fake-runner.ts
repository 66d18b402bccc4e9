/**
 * An OperationRunner without a host: runs each operation once, straight on the current generation. `reset()` puts a new
 * client in place as a hard reset does, and dismisses the old one once nothing is in flight on it.
 */
import { PromisedRun } from '../../../lib/client/promised-run';
import type { ClientLike, Generation, Operation, OperationRunner, PreparedRun } from '../../../lib/contracts/operation';

class FakeGeneration implements Generation {
  readonly cache = new WeakMap<object, unknown>();
  readonly slots: unknown[] = [];
  inFlight = 0;
  mayHaveUserCode = false;

  constructor(
    readonly client: ClientLike,
    readonly epoch: number,
  ) {}
}

export class FakeRunner implements OperationRunner {
  /** What was run, in order. */
  readonly ran: Operation<unknown>[] = [];
  /** Called first thing in each `run`: a place for a reset between the making and the starting of an operation. */
  beforeRun: (() => void) | undefined;
  private generation: FakeGeneration | undefined;
  private epoch = 0;

  constructor(private readonly factory: () => ClientLike) {}

  /** With its first client already there. */
  static started(factory: () => ClientLike): FakeRunner {
    const runner = new FakeRunner(factory);
    runner.reset();
    return runner;
  }

  current(): Generation | undefined {
    return this.generation;
  }

  reset(): void {
    const old = this.generation;
    this.generation = new FakeGeneration(this.factory(), ++this.epoch);
    if (old) void this.dismissIfIdle(old);
  }

  prepare<T>(operation: Operation<T>): PreparedRun<T> {
    return new PromisedRun(this, operation);
  }

  async run<T>(operation: Operation<T>): Promise<T> {
    this.beforeRun?.();
    this.ran.push(operation);
    const generation = this.generation;
    if (!generation) throw new Error('there is no client yet');
    return this.tryOn(generation, operation);
  }

  /** One more try of an operation, as a host would make it after a failure. */
  again<T>(operation: Operation<T>): Promise<T> {
    return this.tryOn(this.generation!, operation);
  }

  connect(): Promise<void> {
    return this.generation!.client.$connect();
  }

  disconnect(): Promise<void> {
    return this.generation!.client.$disconnect();
  }

  private async tryOn<T>(generation: FakeGeneration, operation: Operation<T>): Promise<T> {
    generation.inFlight++;
    try {
      // `then` is called here and now, as by the host: an await would call it in a microtask.
      return await new Promise<T>((resolve, reject) => operation.start(generation).then(resolve, reject));
    } finally {
      generation.inFlight--;
      void this.dismissIfIdle(generation);
    }
  }

  private async dismissIfIdle(generation: FakeGeneration): Promise<void> {
    if (generation !== this.generation && generation.inFlight === 0) await generation.client.$disconnect();
  }
}
