/** A prepared run of a runner that makes a promise for each of its runs. */
import type { Fulfilled, Operation, OperationRunner, PreparedRun, Rejected } from '../contracts/operation';

export class PromisedRun<T> implements PreparedRun<T> {
  private promise: Promise<T> | undefined = undefined;

  constructor(
    private readonly runner: Pick<OperationRunner, 'run'>,
    private readonly operation: Operation<T>,
  ) {}

  then<R1 = T, R2 = never>(onFulfilled?: Fulfilled<T, R1>, onRejected?: Rejected<R2>): Promise<R1 | R2> {
    return (this.promise ??= this.runner.run(this.operation)).then(onFulfilled, onRejected);
  }
}
