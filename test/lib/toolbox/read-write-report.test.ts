import {
  BulkheadRejectedError,
  CircuitOpenError,
  ConfigError,
  DatabaseUnavailableError,
  DeadlineExceededError,
  ShutdownError,
  TimeoutError,
} from '../../../lib/errors';
import { native } from '../../../lib/native';
import type { ResilientConfig } from '../../../lib/options';
import { ReadWriteReport } from '../../../lib/toolbox/read-write-report';
import { advance, deferred, holdTime, stateOf } from './clock';

holdTime();

const lost = (): Error => Object.assign(new Error('Server has closed the connection.'), { code: 'P1017' });
const refused = (): Error =>
  Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
const own = (): Error => Object.assign(new Error('Unique constraint failed'), { code: 'P2002' });
const hangs = (): Promise<never> => new Promise(() => undefined);

function make(config: ResilientConfig = {}) {
  const circuit: string[] = [];
  const toolbox = new ReadWriteReport({
    config,
    effective: new native.NativeConfig(config, ConfigError).effective(),
    log: { warn: () => undefined, info: () => undefined },
    onCircuit: (event) => circuit.push(event),
  });
  return { toolbox, circuit };
}

/** Fails with these errors, one after the other, then answers 'done'. */
function failing(...errors: unknown[]) {
  return jest.fn(() => (errors.length > 0 ? Promise.reject(errors.shift()) : Promise.resolve('done')));
}

const kSteady = { reconnect: { jitter: 'none', initialDelay: 100, maxDelay: 1000 } } as const;

test('answers, and hands the function its signal and number', async () => {
  const { toolbox } = make();
  for (const kind of ['read', 'write', 'report'] as const) {
    await expect(toolbox[kind](({ attempt, signal }) => `${attempt} ${signal.aborted}`)).resolves.toBe('1 false');
  }
  await expect(toolbox.read(() => Promise.reject(own()))).rejects.toThrow('Unique');
  expect(jest.getTimerCount()).toBe(0);
  expect(toolbox.bulkheads.read.getMetrics()).toEqual({ executing: 0, waiting: 0 });
});

describe('tries', () => {
  test('a read is tried again at once, then by the backoff', async () => {
    const { toolbox } = make(kSteady);
    const fn = failing(lost(), lost());
    const call = toolbox.read(fn);
    await advance(0);
    expect(fn).toHaveBeenCalledTimes(2);
    await advance(100);
    await expect(call).resolves.toBe('done');
    expect(toolbox.counts().retries).toBe(2);
  });

  test.each<[string, 'read' | 'write' | 'report', object, Error, number]>([
    ['a read by default', 'read', {}, lost(), 3],
    ['a read without retries', 'read', { retries: 0 }, lost(), 1],
    ["a read of the caller's own failure", 'read', {}, own(), 1],
    ['a write by default', 'write', {}, refused(), 1],
    ['a write by request, nothing applied', 'write', { retries: 2 }, refused(), 3],
    ['a write by request, perhaps applied', 'write', { retries: 2 }, lost(), 1],
    ['a report', 'report', {}, lost(), 1],
  ])('%s', async (_, kind, options, error, expected) => {
    const { toolbox } = make(kSteady);
    const fn = jest.fn(() => Promise.reject(error));
    const call = expect(toolbox[kind](fn, options)).rejects.toBe(error);
    await advance(1000);
    await call;
    expect(fn).toHaveBeenCalledTimes(expected);
  });

  test('what the client has proven about a write goes before what its error says', async () => {
    const { toolbox } = make(kSteady);
    const proven = (outcome: string) => Object.assign(lost(), { resilience: { errorClass: 'unknown', outcome } });
    const notApplied = failing(proven('not-applied'));
    await expect(toolbox.write(notApplied, { retries: 1 })).resolves.toBe('done');
    const unknown = failing(proven('unknown'));
    await expect(toolbox.write(unknown, { retries: 1 })).rejects.toThrow('closed');
  });

  test('each try of a read has its time, and one deadline stands over all', async () => {
    const { toolbox } = make({ ...kSteady, reconnect: { ...kSteady.reconnect, deadline: 250 } });
    const fn = jest.fn(hangs);
    const call = expect(toolbox.read(fn, { timeoutMs: 100, retries: 9 })).rejects.toMatchObject({
      constructor: DeadlineExceededError,
      cause: expect.any(TimeoutError),
    });
    await advance(400);
    await call;
    // 0–100, 100–200, a wait of 100 would reach 300.
    expect(fn).toHaveBeenCalledTimes(2);
    expect(toolbox.counts().timeouts).toBe(2);
  });

  test('a write that times out says that its outcome is unknown', async () => {
    const { toolbox } = make();
    const call = toolbox.write(hangs, { timeoutMs: 50, retries: 3 }).catch((error: unknown) => error);
    await advance(50);
    const error = await call;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toHaveProperty('resilience.outcome', 'unknown');
    expect(Object.keys(error as object)).not.toContain('resilience');
  });
});

describe('the circuit', () => {
  const config: ResilientConfig = {
    circuitBreaker: { enabled: true, failureThreshold: 2, resetTimeout: 1000, halfOpenSuccessThreshold: 1 },
  };

  test('counts calls, not tries, and only what speaks against the infrastructure', async () => {
    const { toolbox, circuit } = make(config);
    await toolbox.read(() => Promise.reject(own())).catch(() => undefined);
    await toolbox.read(() => Promise.reject(new TypeError('a bug'))).catch(() => undefined);
    await toolbox.report(() => Promise.reject(lost())).catch(() => undefined);
    expect(circuit).toEqual([]);
    await toolbox.write(() => Promise.reject(new DatabaseUnavailableError('down'))).catch(() => undefined);
    expect(circuit).toEqual(['open']);
    const fn = jest.fn();
    await expect(toolbox.read(fn)).rejects.toThrow(CircuitOpenError);
    expect(fn).not.toHaveBeenCalled();
    expect(toolbox.counts().circuitBreaks).toBe(1);
    expect(toolbox.bulkheads.read.getMetrics()).toEqual({ executing: 0, waiting: 0 });
    await advance(1000);
    await expect(toolbox.read(() => 'back')).resolves.toBe('back');
    expect(circuit).toEqual(['open', 'half-open', 'close']);
  });

  test('a timeout counts, what the caller took back does not', async () => {
    const { toolbox, circuit } = make({ ...config, reconnect: { deadline: 60 } });
    for (let i = 0; i < 5; i++) {
      const controller = new AbortController();
      const call = toolbox.read(hangs, { signal: controller.signal });
      controller.abort(new Error('gone home'));
      await expect(call).rejects.toThrow('gone home');
    }
    expect(circuit).toEqual([]);
    for (let i = 0; i < 2; i++) {
      const call = toolbox.read(hangs, { timeoutMs: 50, retries: 1 }).catch(() => undefined);
      await advance(200); // the deadline's error stands for the timeout that is its cause
      await call;
    }
    expect(circuit).toEqual(['open']);
  });

  test('is off unless it is switched on', async () => {
    const { toolbox } = make({ circuitBreaker: { failureThreshold: 1 } });
    for (let i = 0; i < 10; i++) await toolbox.report(() => Promise.reject(lost())).catch(() => undefined);
    await expect(toolbox.report(() => 1)).resolves.toBe(1);
  });
});

describe('bulkheads', () => {
  test('reports that fill theirs leave room for reads', async () => {
    const { toolbox } = make({ bulkheads: { reporting: { maxConcurrent: 1, maxWaiting: 1 } } });
    const slow = deferred<string>();
    const running = toolbox.report(() => slow.promise);
    const waiting = toolbox.report(() => 'second');
    await expect(toolbox.report(() => 'third')).rejects.toThrow(BulkheadRejectedError);
    await expect(toolbox.read(() => 'read')).resolves.toBe('read');
    expect(toolbox.counts().bulkheadRejections).toBe(1);
    expect(await stateOf(waiting)).toBe('pending');
    slow.resolve('first');
    await expect(Promise.all([running, waiting])).resolves.toEqual(['first', 'second']);
  });

  test('the wait for a place ends with the deadline', async () => {
    const { toolbox } = make({ bulkheads: { write: { maxConcurrent: 1 } } });
    void toolbox.write(hangs, { timeoutMs: 100_000 }).catch(() => undefined);
    const call = expect(toolbox.write(() => 1, { deadlineMs: 50 })).rejects.toThrow(DeadlineExceededError);
    await advance(50);
    await call;
    expect(toolbox.bulkheads.write.getMetrics()).toEqual({ executing: 1, waiting: 0 });
  });
});

describe('the cache', () => {
  test('a hit asks nothing else', async () => {
    const { toolbox } = make({ bulkheads: { read: { maxConcurrent: 1, maxWaiting: 0 } } });
    await toolbox.read(() => 'v', { cacheKey: 'k' });
    void toolbox.read(hangs).catch(() => undefined);
    await expect(toolbox.read(hangs, { cacheKey: 'k' })).resolves.toBe('v');
    expect(toolbox.counts()).toMatchObject({ cacheHits: 1, cacheMisses: 1 });
  });

  test('stale answers stand in for failures of the infrastructure and for refusals, not for the caller’s own', async () => {
    const { toolbox } = make({ circuitBreaker: { enabled: true, failureThreshold: 1 } });
    const options = { cacheKey: 'k', cacheTtl: 100, staleTtl: 1000, retries: 0 };
    await toolbox.read(() => 'v', options);
    await advance(100);
    await expect(toolbox.read(() => Promise.reject(own()), options)).rejects.toThrow('Unique');
    await expect(toolbox.read(() => Promise.reject(lost()), options)).resolves.toBe('v');
    expect(toolbox.circuit.getState()).toBe('OPEN');
    const fn = jest.fn();
    await expect(toolbox.read(fn, options)).resolves.toBe('v');
    expect(fn).not.toHaveBeenCalled();
    await advance(1000);
    await expect(toolbox.read(fn, options)).rejects.toThrow(CircuitOpenError);
  });

  test.each<[string, () => Promise<unknown>, boolean]>([
    ['that succeeded', () => Promise.resolve(), true],
    ['that may have been applied', () => Promise.reject(lost()), true],
    ['of unknown failure', () => Promise.reject(new Error('after the first of two statements')), true],
    [
      'that was not applied',
      () => Promise.reject(Object.assign(refused(), { resilience: { outcome: 'not-applied' } })),
      false,
    ],
    ['that never ran', () => Promise.reject(new DatabaseUnavailableError('down')), false],
  ])('a write %s: entries forgotten %p', async (_, fn, forgotten) => {
    const { toolbox } = make();
    for (const key of ['user:1', 'user:2', 'list:a', 'other']) await toolbox.cache.set(key, key);
    await toolbox.write(fn, { invalidateCache: ['user:1', 'list:', 'oth*'] }).catch(() => undefined);
    expect(await toolbox.cache.get('user:1')).toBe(forgotten ? undefined : 'user:1');
    expect(await toolbox.cache.get('list:a')).toBe(forgotten ? undefined : 'list:a');
    expect(await toolbox.cache.get('other')).toBe(forgotten ? undefined : 'other');
    expect(await toolbox.cache.get('user:2')).toBe('user:2');
  });

  test('a write that was refused forgets nothing', async () => {
    const { toolbox } = make();
    await toolbox.cache.set('k', 'v');
    toolbox.circuit.trip();
    await expect(toolbox.write(() => 1, { invalidateCache: 'k' })).rejects.toThrow(CircuitOpenError);
    expect(await toolbox.cache.get('k')).toBe('v');
  });
});

test("a signal ends the call with its reason, and the function's own signal with it", async () => {
  const { toolbox } = make();
  const controller = new AbortController();
  let inner: AbortSignal | undefined;
  const call = toolbox.read(
    ({ signal }) => {
      inner = signal;
      return hangs();
    },
    { signal: controller.signal, cacheKey: 'k' },
  );
  await advance(0);
  controller.abort(new Error('gone home'));
  await expect(call).rejects.toThrow('gone home');
  expect(inner?.aborted).toBe(true);
});

test('wrong options are refused, all problems at once', async () => {
  const { toolbox } = make();
  const wrong = { timeoutMs: 0, retries: 1.5, deadlineMs: 'soon', cacheTtl: -1 } as never;
  const error: unknown = await toolbox.read(undefined as never, wrong).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).problems).toHaveLength(5);
  await expect(toolbox.read(() => 1, { cacheKey: 5 } as never)).rejects.toThrow(ConfigError);
});

test('after close() everything is refused, cached answers too', async () => {
  const { toolbox } = make();
  await toolbox.read(() => 'v', { cacheKey: 'k' });
  await toolbox.close();
  for (const call of [toolbox.read(() => 1, { cacheKey: 'k' }), toolbox.write(() => 1), toolbox.report(() => 1)]) {
    await expect(call).rejects.toThrow(ShutdownError);
  }
});

test('close() waits for what runs and for what waits', async () => {
  const { toolbox } = make({ bulkheads: { read: { maxConcurrent: 1 }, write: { maxConcurrent: 1 } } });
  const [first, second] = [deferred<string>(), deferred<string>()];
  const calls = [toolbox.read(() => first.promise), toolbox.read(() => second.promise)];
  const impatient = toolbox.read(() => 1, { deadlineMs: 10 }).catch(() => 'gave up');
  const closed = toolbox.close();
  first.resolve('first');
  await calls[0];
  expect(await stateOf(closed)).toBe('pending');
  await advance(10);
  expect(await impatient).toBe('gave up');
  expect(await stateOf(closed)).toBe('pending');
  second.resolve('second');
  await expect(closed).resolves.toBeUndefined();
  expect(await Promise.all(calls)).toEqual(['first', 'second']);
});
