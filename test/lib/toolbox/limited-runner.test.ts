import type { Operation, OperationRunner } from '../../../lib/contracts/operation';
import { BulkheadRejectedError, ConfigError, DeadlineExceededError, TimeoutError } from '../../../lib/errors';
import { OperationKind, native } from '../../../lib/native';
import type { ResilientConfig } from '../../../lib/options';
import { LimitedRunner, limitsOf } from '../../../lib/toolbox/limited-runner';
import { ReadWriteReport } from '../../../lib/toolbox/read-write-report';
import { advance, deferred, holdTime } from './clock';

holdTime();

/** Operations are started by a runner that only calls them. */
function make(config: ResilientConfig) {
  const effective = new native.NativeConfig(config, ConfigError).effective();
  const log = { warn: () => undefined, info: () => undefined };
  const toolbox = new ReadWriteReport({ config, effective, log, onCircuit: () => undefined });
  const limits = limitsOf(effective, toolbox);
  const inner = { run: (operation: Operation<unknown>) => Promise.resolve(operation.start(undefined as never)) };
  const runner = limits && new LimitedRunner(inner as unknown as OperationRunner, limits);
  const run = <T>(kind: OperationKind, start: () => PromiseLike<T>): Promise<T> =>
    runner!.run({ kind, action: 'x', shape: 'single', hasUserCode: false, start });
  return { toolbox, runner, run };
}

test('where nothing is configured there is nothing in the way', () => {
  expect(make({}).runner).toBeUndefined();
  expect(make({ bulkheads: { reporting: { maxConcurrent: 1 } }, timeouts: { read: 1 } }).runner).toBeUndefined();
});

test('reads and writes take places of their own kind, and only where theirs is configured', async () => {
  const { run, toolbox } = make({ bulkheads: { read: { maxConcurrent: 1, maxWaiting: 0 } } });
  const gate = deferred<string>();
  const started = jest.fn(() => gate.promise);
  const first = run(OperationKind.read, started);
  expect(started).toHaveBeenCalledTimes(1); // before run() returned
  await expect(run(OperationKind.read, () => Promise.resolve(1))).rejects.toThrow(BulkheadRejectedError);
  for (let i = 0; i < 5; ++i) void run(OperationKind.write, () => new Promise(() => undefined));
  expect(toolbox.bulkheads.write.getMetrics().executing).toBe(0);
  gate.resolve('done');
  await expect(first).resolves.toBe('done');
  expect(toolbox.bulkheads.read.getMetrics()).toEqual({ executing: 0, waiting: 0 });
});

test('the wait for a place ends with the deadline', async () => {
  const { run } = make({ bulkheads: { write: { maxConcurrent: 1 } }, reconnect: { deadline: 50 } });
  void run(OperationKind.write, () => new Promise(() => undefined));
  const waiting = expect(run(OperationKind.idempotentWrite, () => Promise.resolve(1))).rejects.toThrow(
    DeadlineExceededError,
  );
  await advance(50);
  await waiting;
});

test('an operation of a call that has a place takes no second one', async () => {
  const { run, toolbox } = make({ bulkheads: { read: { maxConcurrent: 1, maxWaiting: 0 } } });
  await expect(toolbox.read(() => run(OperationKind.read, () => Promise.resolve('inner')))).resolves.toBe('inner');
});

test('timeouts.operation ends operations, says what may have happened, and is counted', async () => {
  const { run, toolbox } = make({ timeouts: { operation: 50 } });
  const outcomes = [OperationKind.read, OperationKind.write].map((kind) =>
    run(kind, () => new Promise(() => undefined)).catch((error: unknown) => error),
  );
  await advance(50);
  const [read, write] = await Promise.all(outcomes);
  expect(read).toBeInstanceOf(TimeoutError);
  expect(read).toHaveProperty('resilience.outcome', 'not-applied');
  expect(write).toHaveProperty('resilience.outcome', 'unknown');
  expect(toolbox.counts().timeouts).toBe(2);
  await expect(run(OperationKind.read, () => Promise.resolve(1))).resolves.toBe(1);
});

test('a call that ends takes the calls within it along', async () => {
  const { toolbox } = make({ timeouts: { operation: 1000 } });
  let inner: Promise<unknown> | undefined;
  const outer = toolbox.read(
    () => {
      inner = toolbox.write(() => new Promise(() => undefined)).catch((error: unknown) => error);
      return inner;
    },
    { timeoutMs: 50, retries: 0 },
  );
  const ended = expect(outer).rejects.toThrow('longer than 50 ms');
  await advance(50);
  await ended;
  expect(await inner).toBeInstanceOf(TimeoutError);
  expect(toolbox.bulkheads.write.getMetrics().executing).toBe(0);
});
