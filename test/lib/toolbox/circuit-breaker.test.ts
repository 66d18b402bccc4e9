import { CircuitOpenError, ConfigError } from '../../../lib/errors';
import { CircuitBreaker } from '../../../lib/toolbox/circuit-breaker';
import { advance, deferred, holdTime } from './clock';

holdTime();

const boom = (): Promise<never> => Promise.reject(new Error('boom'));
const fine = (): Promise<string> => Promise.resolve('fine');

async function opened(events: string[] = []): Promise<CircuitBreaker> {
  const breaker = new CircuitBreaker({ failureThreshold: 2, resetTimeout: 1000, halfOpenSuccessThreshold: 2 });
  for (const event of ['open', 'half-open', 'close'] as const) breaker.on(event, () => events.push(event));
  await expect(breaker.execute(boom)).rejects.toThrow('boom');
  await expect(breaker.execute(boom)).rejects.toThrow('boom');
  return breaker;
}

test('opens at its threshold, refuses without calling, half-opens by time alone, closes after enough successes', async () => {
  const events: string[] = [];
  const breaker = await opened(events);
  const fn = jest.fn(fine);
  const error: unknown = await breaker.execute(fn).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CircuitOpenError);
  expect(error).toMatchObject({ name: 'CircuitOpenError', code: 'ERR_RESILIENCE_CIRCUIT_OPEN' });
  expect((error as Error).message).toContain('in 1000 ms');
  expect(fn).not.toHaveBeenCalled();
  expect(breaker.getMetrics()).toEqual({ state: 'OPEN', failures: 0, refused: 1 });

  await advance(1000);
  expect(events).toEqual(['open', 'half-open']); // nobody asked
  await breaker.execute(fine);
  expect(breaker.getState()).toBe('HALF_OPEN');
  await breaker.execute(fine);
  expect(breaker.getState()).toBe('CLOSED');
  expect(events).toEqual(['open', 'half-open', 'close']);
  expect(jest.getTimerCount()).toBe(0);
});

test('a failure on trial opens it again', async () => {
  const events: string[] = [];
  const breaker = await opened(events);
  await advance(1000);
  await expect(breaker.execute(boom)).rejects.toThrow('boom');
  expect(breaker.getState()).toBe('OPEN');
  expect(events).toEqual(['open', 'half-open', 'open']);
});

test('no more calls are on trial than successes are wanted; a call that hangs gives its place back in time', async () => {
  const breaker = await opened();
  await advance(1000);
  const hanging = [deferred<void>(), deferred<void>()];
  for (const { promise } of hanging) void breaker.execute(() => promise);
  await expect(breaker.execute(fine)).rejects.toThrow(/half open/);
  await advance(1000);
  await expect(breaker.execute(fine)).resolves.toBe('fine');
  hanging[0].resolve(); // too late to count
  await advance(0);
  expect(breaker.getState()).toBe('HALF_OPEN');
});

test("by itself it counts what is not known to be the caller's own", async () => {
  const breaker = new CircuitBreaker({ failureThreshold: 3 });
  const fail = (error: unknown) => breaker.execute(() => Promise.reject(error)).catch(() => undefined);
  await fail(Object.assign(new Error('Unique constraint'), { code: 'P2002' }));
  await fail(new CircuitOpenError('of another one'));
  expect(breaker.getMetrics().failures).toBe(0);
  await fail(new Error('who knows'));
  await fail(Object.assign(new Error('closed'), { code: 'P1017' }));
  expect(breaker.getMetrics().failures).toBe(2);
  await fail(undefined);
  expect(breaker.getState()).toBe('OPEN');
});

test('isFailure decides where it is given', async () => {
  const breaker = new CircuitBreaker({ failureThreshold: 1, isFailure: (error) => error === 'counts' });
  await breaker.execute(() => Promise.reject('ignored')).catch(() => undefined);
  expect(breaker.getState()).toBe('CLOSED');
  await breaker.execute(() => Promise.reject('counts')).catch(() => undefined);
  expect(breaker.getState()).toBe('OPEN');
});

test('a function that throws at once, and a listener that throws, are taken as they come', async () => {
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  breaker.on('open', () => {
    throw new Error('listener');
  });
  const call = breaker.execute(() => {
    throw new Error('at once');
  });
  await expect(call).rejects.toThrow('at once');
  expect(breaker.getState()).toBe('OPEN');
});

test('trip and reset', async () => {
  const breaker = new CircuitBreaker({ resetTimeout: 1000 });
  breaker.trip();
  await expect(breaker.execute(fine)).rejects.toThrow(CircuitOpenError);
  await advance(500);
  breaker.trip(); // from now on for the whole time
  await advance(600);
  expect(breaker.getState()).toBe('OPEN');
  breaker.reset();
  await expect(breaker.execute(fine)).resolves.toBe('fine');
});

test('wrong options are named', () => {
  expect(() => new CircuitBreaker({ failureThreshold: 0 })).toThrow(ConfigError);
  expect(() => new CircuitBreaker({ failureTreshold: 3 } as never)).toThrow(
    /did you mean circuitBreaker.failureThreshold/,
  );
});
