/**
 * The places and the time limit that getClient() has where they are configured. Nothing of this stands in the way of an
 * operation where they are not.
 */
import { PromisedRun } from '../client/promised-run';
import type { Generation, Operation, OperationRunner, PreparedRun } from '../contracts/operation';
import { TimeoutError } from '../errors';
import { type EffectiveConfig, OperationKind } from '../native';
import type { Bulkhead } from './bulkhead';
import { currentCall } from '../contracts/call-context';
import { annotateTimeout } from './judge';
import type { ReadWriteReport } from './read-write-report';
import { runTry } from './timeout';

interface Limits {
  readonly read: Bulkhead | undefined;
  readonly write: Bulkhead | undefined;
  readonly timeoutMs: number | undefined;
  /** No wait for a place lasts longer, in ms. */
  readonly deadlineMs: number;
  readonly onTimeout: () => void;
}

/** undefined: there are none. */
export function limitsOf(
  { bulkheads, timeouts, reconnect }: EffectiveConfig,
  toolbox: ReadWriteReport,
): Limits | undefined {
  const read = bulkheads.read.configured ? toolbox.bulkheads.read : undefined;
  const write = bulkheads.write.configured ? toolbox.bulkheads.write : undefined;
  const timeoutMs = timeouts.operation;
  if (!read && !write && timeoutMs === undefined) return undefined;
  return { read, write, timeoutMs, deadlineMs: reconnect.deadline, onTimeout: () => toolbox.timedOut() };
}

export class LimitedRunner implements OperationRunner {
  readonly transactionOpened: OperationRunner['transactionOpened'];

  constructor(
    private readonly runner: OperationRunner,
    private readonly limits: Limits,
  ) {
    this.transactionOpened = runner.transactionOpened;
  }

  current(): Generation | undefined {
    return this.runner.current();
  }

  connect(): Promise<void> {
    return this.runner.connect();
  }

  disconnect(): Promise<void> {
    return this.runner.disconnect();
  }

  prepare<T>(operation: Operation<T>): PreparedRun<T> {
    return new PromisedRun(this, operation);
  }

  run<T>(operation: Operation<T>): Promise<T> {
    const { read, write, deadlineMs } = this.limits;
    const bulkhead = operation.kind === OperationKind.read ? read : write;
    // Within read(), write() and report() it is a part of a call that has its place, and might wait for itself.
    if (!bulkhead || currentCall()) return this.timed(operation);
    const run = (): Promise<T> => this.timed(operation).finally(() => bulkhead.leave());
    const wait = bulkhead.enter({ deadlineAt: performance.now() + deadlineMs });
    return wait ? wait.then(run) : run();
  }

  private timed<T>(operation: Operation<T>): Promise<T> {
    const { timeoutMs } = this.limits;
    if (timeoutMs === undefined) return this.runner.run(operation);
    return runTry(() => this.runner.run(operation), 1, timeoutMs, undefined).catch((error: unknown) => {
      if (error instanceof TimeoutError && !('resilience' in error)) {
        this.limits.onTimeout();
        annotateTimeout(error, operation.kind === OperationKind.read ? 'read' : 'write');
      }
      throw error;
    });
  }
}
