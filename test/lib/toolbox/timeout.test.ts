import { ConfigError, TimeoutError } from '../../../lib/errors';
import { currentCall } from '../../../lib/contracts/call-context';
import { withTimeout } from '../../../lib/toolbox/timeout';
import { advance, deferred, holdTime, stateOf } from './clock';

holdTime();

test('a call that is in time answers, and leaves no timer behind', async () => {
  await expect(withTimeout(() => Promise.resolve(7), 100)).resolves.toBe(7);
  await expect(withTimeout(() => 7, 100)).resolves.toBe(7);
  await expect(withTimeout(() => Promise.reject(new Error('own')), 100)).rejects.toThrow('own');
  await expect(
    withTimeout(() => {
      throw new Error('at once');
    }, 100),
  ).rejects.toThrow('at once');
  expect(jest.getTimerCount()).toBe(0);
});

test('a call that is late is rejected and told so; what it answers then is ignored', async () => {
  const answer = deferred<number>();
  let signal: AbortSignal | undefined;
  const call = withTimeout((context) => {
    signal = context.signal;
    return answer.promise;
  }, 100);
  await advance(99);
  expect(await stateOf(call)).toBe('pending');
  expect(signal?.aborted).toBe(false);
  const outcome = expect(call).rejects.toThrow(TimeoutError);
  await advance(1);
  await outcome;
  expect(signal?.aborted).toBe(true);
  expect(signal?.reason).toBeInstanceOf(TimeoutError);
  answer.reject(new Error('late')); // must not become an unhandled rejection
});

test("the caller's own signal ends it with the signal's reason", async () => {
  const controller = new AbortController();
  const call = withTimeout(() => new Promise(() => undefined), 100, { signal: controller.signal });
  controller.abort(new Error('gone home'));
  await expect(call).rejects.toThrow('gone home');
  expect(jest.getTimerCount()).toBe(0);
  const never = jest.fn();
  await expect(withTimeout(never, 100, { signal: controller.signal })).rejects.toThrow('gone home');
  expect(never).not.toHaveBeenCalled();
});

test('whatever the call starts finds its try, and hears of its end', async () => {
  const heard: unknown[] = [];
  const call = withTimeout(async () => {
    await Promise.resolve();
    currentCall()?.onAbort((reason) => heard.push(reason));
    await new Promise(() => undefined);
  }, 50);
  const outcome = expect(call).rejects.toThrow(TimeoutError);
  await advance(50);
  await outcome;
  expect(heard).toEqual([expect.any(TimeoutError)]);
  expect(currentCall()).toBeUndefined();
});

test.each([0, -1, NaN, Infinity, 2 ** 31, '5' as unknown as number, undefined as unknown as number])(
  'a limit of %p is refused',
  async (limit) => {
    await expect(withTimeout(() => 1, limit)).rejects.toThrow(ConfigError);
  },
);
