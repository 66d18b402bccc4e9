import { AsyncLocalStorage } from 'node:async_hooks';

import { ShutdownError, TimeoutError } from '../../../lib/errors';
import { slots } from '../../../lib/native';
import { CallAttempt, runInside } from '../../../lib/contracts/call-context';
import { Stand, StubOperation, refused } from './stand';

/** Everything that promises still have to do. */
const quiet = () => new Promise((resolve) => setImmediate(resolve));

let stand: Stand;

beforeEach(() => (stand = new Stand()));

afterEach(() => {
  expect(stand.runner.inFlight.entries()).toHaveLength(0);
  expect(stand.generation.inFlight).toBe(0);
  expect(stand.stats).toMatchObject({ inFlight: 0, parked: 0 });
  stand.end();
});

/** An operation whose first try was refused, and which waits for the database. */
async function parked(operation = new StubOperation()) {
  const outcome = stand.runner.run(operation);
  const seen = outcome.catch((error: unknown) => error);
  operation.tries[0]!.fail(refused());
  await quiet();
  expect(stand.stats.parked).toBe(1);
  expect(operation.tries).toHaveLength(1);
  return { operation, seen };
}

describe('a healthy operation', () => {
  test('starts before run() returns, on the generation that serves', async () => {
    const operation = new StubOperation();
    const outcome = stand.runner.run(operation);
    expect(operation.tries.map(({ generation }) => generation)).toEqual([stand.generation]);
    expect(stand.runner.inFlight.entries()).toHaveLength(1);
    operation.tries[0]!.answer('row');
    expect(await outcome).toBe('row');
  });

  test('is counted, with its latency', async () => {
    const operations = [new StubOperation(), new StubOperation()];
    const outcomes = operations.map((operation) => stand.runner.run(operation));
    expect(stand.stats.inFlight).toBe(2);
    for (const { tries } of operations) tries[0]!.answer(1);
    await Promise.all(outcomes);
    const { block } = stand.core;
    expect([block[slots.started], block[slots.succeeded], block[slots.failed]]).toEqual([2, 2, 0]);
    expect(stand.stats).toMatchObject({ operations: 2, errors: 0 });
    expect(stand.core.ask((supervisor) => supervisor.latency()).samples).toBe(2);
  });

  test('that is prepared starts when it is first awaited, and once', async () => {
    const operation = new StubOperation();
    const run = stand.runner.prepare(operation);
    expect(operation.tries).toHaveLength(0);
    const [first, second] = [run.then(), run.then((value) => [value])];
    operation.tries[0]!.answer('row');
    expect([await first, await second, await run.then()]).toEqual(['row', ['row'], 'row']);
    expect(operation.tries).toHaveLength(1);
  });

  test('hands what its handler throws to who waits for that', async () => {
    const operation = new StubOperation();
    const thrown = new Error('of the handler');
    const outcome = stand.runner.prepare(operation).then(() => {
      throw thrown;
    });
    operation.tries[0]!.answer('row');
    await expect(outcome).rejects.toBe(thrown);
  });
});

describe('a failure that is the caller’s', () => {
  test('is the very error, for everybody who awaits it', async () => {
    const operation = new StubOperation();
    const error = Object.assign(new Error('no such row'), { code: 'P2025' });
    const run = stand.runner.prepare(operation);
    const [first, second] = [run.then(), run.then(undefined, (reason: unknown) => ({ reason }))];
    operation.tries[0]!.fail(error);
    await expect(first).rejects.toBe(error);
    expect(await second).toEqual({ reason: error });
    await expect(run.then()).rejects.toBe(error);
    expect(error).toMatchObject({ resilience: { errorClass: 'query', outcome: 'not-applied', attempts: 1 } });
    expect(stand.stats).toMatchObject({ operations: 1, errors: 1 });
  });

  test('may be thrown instead', async () => {
    const operation = new StubOperation();
    const error = new TypeError('not an operation');
    operation.start = () => {
      throw error;
    };
    await expect(stand.runner.run(operation)).rejects.toBe(error);
  });
});

describe('an operation that waits for the database', () => {
  test('runs again once the database answers, and succeeds as if nothing had happened', async () => {
    const { operation, seen } = await parked();
    stand.answerVerification('ok');
    await quiet();
    expect(operation.tries).toHaveLength(2);
    operation.tries[1]!.answer('row');
    expect(await seen).toBe('row');
    expect(stand.stats).toMatchObject({ errors: 1, retries: 1 });
  });

  test('goes on in the context of its caller, and so do its handlers', async () => {
    const storage = new AsyncLocalStorage<string>();
    const operation = new StubOperation();
    const contexts: (string | undefined)[] = [];
    const start = operation.start.bind(operation);
    operation.start = (generation) => {
      contexts.push(storage.getStore());
      return start(generation);
    };
    const answered = storage.run('caller', () =>
      stand.runner.prepare(operation).then(() => contexts.push(storage.getStore())),
    );
    operation.tries[0]!.fail(refused());
    await quiet();
    storage.run('probe', () => stand.answerVerification('ok'));
    await quiet();
    storage.run('somebody', () => operation.tries[1]!.answer('row'));
    await answered;
    expect(contexts).toEqual(['caller', 'caller', 'caller']);
  });

  test('is refused by shutdown() with the error of its last try, and not sent again', async () => {
    const { operation, seen } = await parked();
    stand.core.input((supervisor, now) => supervisor.stop(now, 1000));
    expect(await seen).toMatchObject({ errorCode: 'P1001', resilience: { reason: 'shutdown', attempts: 1 } });
    expect(operation.tries).toHaveLength(1);
  });

  test('ends with the call that it is a part of', async () => {
    const operation = new StubOperation();
    const call = new CallAttempt(1);
    const outcome = runInside(call, () => stand.runner.run(operation));
    operation.tries[0]!.fail(refused());
    await quiet();
    expect(stand.stats.parked).toBe(1);
    const reason = new TimeoutError('the call is over');
    call.abort(reason);
    await expect(outcome).rejects.toBe(reason);
    stand.answerVerification('ok');
    await quiet();
    expect(operation.tries).toHaveLength(1);
  });
});

describe('an operation found hanging on a dead connection', () => {
  /** Its connection was lost in an outage that is over. */
  async function hanging(action: 'findMany' | 'create') {
    const operation = new StubOperation(action);
    const outcome = stand.runner.run(operation).catch((error: unknown) => error);
    const other = await parked();
    stand.answerVerification('unreachable');
    stand.answering = true;
    await other.operation.tried(2);
    other.operation.tries[1]!.answer(1);
    await other.seen;
    stand.runner.sweep(() => true);
    await quiet();
    return { operation, outcome };
  }

  test('runs again where it is a read: its answer counts, and a later one of the first try is ignored', async () => {
    const { operation, outcome } = await hanging('findMany');
    expect(operation.tries).toHaveLength(2);
    operation.tries[1]!.answer('second');
    expect(await outcome).toBe('second');
    operation.tries[0]!.answer('first');
    await quiet();
    expect(await outcome).toBe('second');
  });

  test('runs again where it is a read: the first try may answer after all, and then the second is ignored', async () => {
    const { operation, outcome } = await hanging('findMany');
    operation.tries[0]!.answer('first');
    expect(await outcome).toBe('first');
    operation.tries[1]!.answer('second');
    await quiet();
    expect(await outcome).toBe('first');
  });

  test('fails where it is a write, with an unknown outcome, and what arrives later is ignored', async () => {
    const { operation, outcome } = await hanging('create');
    expect(await outcome).toBeInstanceOf(TimeoutError);
    expect(await outcome).toMatchObject({ resilience: { outcome: 'unknown', attempts: 1 } });
    operation.tries[0]!.answer('row');
    await quiet();
    expect(operation.tries).toHaveLength(1);
    expect(await outcome).toBeInstanceOf(TimeoutError);
  });
});

describe('after shutdown()', () => {
  test('an operation is refused and not sent', async () => {
    stand.core.input((supervisor, now) => supervisor.stop(now, 1000));
    const operation = new StubOperation();
    await expect(stand.runner.run(operation)).rejects.toBeInstanceOf(ShutdownError);
    expect(operation.tries).toHaveLength(0);
  });

  test('while it waits for calls of read() and the like, only they may go on', async () => {
    stand.runner.closing = true;
    await expect(stand.runner.run(new StubOperation())).rejects.toBeInstanceOf(ShutdownError);
    const operation = new StubOperation();
    const outcome = runInside(new CallAttempt(1), () => stand.runner.run(operation));
    operation.tries[0]!.answer('row');
    expect(await outcome).toBe('row');
  });
});
