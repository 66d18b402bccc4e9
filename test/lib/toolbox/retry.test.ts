import { ConfigError, DeadlineExceededError, TimeoutError } from '../../../lib/errors';
import { withRetry, type RetryOptions } from '../../../lib/toolbox/retry';
import { advance, holdTime, stateOf } from './clock';

holdTime();

/** Fails `failures` times with `error`, then answers 'done'. */
function failing(failures: number, error: unknown = new Error('no luck')) {
  return jest.fn((): Promise<string> => (failures-- > 0 ? Promise.reject(error) : Promise.resolve('done')));
}

function coded(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

test('waits grow, and end with the retries', async () => {
  const waits: number[] = [];
  const fn = failing(9);
  const call = withRetry(fn, {
    maxRetries: 4,
    delay: 100,
    maxDelay: 500,
    onRetry: (_, { waitMs }) => void waits.push(waitMs),
  });
  const outcome = expect(call).rejects.toThrow('no luck');
  await advance(1200);
  await outcome;
  expect(waits).toEqual([100, 200, 400, 500]);
  expect(fn).toHaveBeenCalledTimes(5);
});

test('the first success ends it; the try is numbered', async () => {
  const attempts: number[] = [];
  const call = withRetry(
    ({ attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('not yet');
      return 'done';
    },
    { delay: 10, backoff: 'linear' },
  );
  await advance(30);
  await expect(call).resolves.toBe('done');
  expect(attempts).toEqual([1, 2, 3]);
});

test('nothing is waited for beyond the deadline, and the last error is the cause', async () => {
  const error = new Error('no luck');
  const call = withRetry(failing(9, error), { maxRetries: 9, delay: 100, deadlineMs: 250 });
  const outcome = expect(call).rejects.toMatchObject({ constructor: DeadlineExceededError, cause: error });
  await advance(100);
  await outcome; // the second wait, of 200 ms, would end at 300
});

test('each try has its own time limit', async () => {
  const fn = jest.fn(() => new Promise(() => undefined));
  const call = withRetry(fn, { maxRetries: 1, delay: 10, timeoutMs: 50, retryableErrors: ['TIMEOUT'] });
  const outcome = expect(call).rejects.toThrow(TimeoutError);
  await advance(110);
  await outcome;
  expect(fn).toHaveBeenCalledTimes(2);
});

test('a signal ends the wait', async () => {
  const controller = new AbortController();
  const call = withRetry(failing(9), { delay: 1000, signal: controller.signal });
  expect(await stateOf(call)).toBe('pending');
  controller.abort(new Error('gone home'));
  await expect(call).rejects.toThrow('gone home');
  expect(jest.getTimerCount()).toBe(0);
});

describe('what is worth another try', () => {
  const nested = Object.assign(new Error('outer'), { cause: coded('ECONNRESET') });
  const global = /deadlock/g;
  test.each<[string, unknown, RetryOptions['retryableErrors'], boolean]>([
    ['a code', coded('P1001', 'x'), ['P1001'], true],
    ['a part of the message', new Error('Connection terminated'), ['terminated'], true],
    ['the name', new TypeError('x'), ['TypeError'], true],
    ['a pattern', new Error('deadlock detected'), [/dead(lock)/i], true],
    ['a pattern with a memory', new Error('deadlock deadlock'), [global], true],
    ['the same pattern again', new Error('deadlock'), [global], true],
    ['a cause', nested, ['ECONNRESET'], true],
    ['a thrown string', 'ECONNRESET', ['ECONNRESET'], true],
    ['something else', new Error('other'), ['P1001', /dead/], false],
    ['an empty text', new Error('other'), [''], false],
    ['no pattern at all', new Error('other'), [], false],
    ['undefined thrown', undefined, ['undefined'], false],
    ['without patterns: an unknown error', new Error('anything'), undefined, true],
    ['without patterns: not sent', coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'), undefined, true],
    ['without patterns: may have been applied', coded('P1017'), undefined, false],
    ["without patterns: the caller's own", coded('P2002'), undefined, false],
    ['without patterns: bad credentials', coded('P1000'), undefined, false],
  ])('%s', async (_, error, retryableErrors, retried) => {
    const fn = failing(1, error);
    const call = withRetry(fn, { delay: 1, retryableErrors }).catch(() => undefined);
    await advance(1);
    await call;
    expect(fn).toHaveBeenCalledTimes(retried ? 2 : 1);
  });
});

test('everything wrong with the options is said at once', async () => {
  const wrong = { maxRetries: -1, delay: 1.5e10, backoff: 'cubic', retryableErrors: 'x', deadlineMs: 0 } as never;
  const error: unknown = await withRetry(() => 1, wrong).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).problems).toEqual([
    'withRetry: maxRetries: expected an integer from 0 to 1000000, got -1',
    'withRetry: delay: expected milliseconds from 0 to 2147483647, got 15000000000',
    "withRetry: backoff: expected one of 'exponential', 'linear', got a string",
    'withRetry: deadlineMs: expected milliseconds from 1 to 2147483647, got 0',
    'withRetry: retryableErrors: expected an array, got a string',
  ]);
});
