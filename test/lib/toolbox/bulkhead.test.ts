import { BulkheadRejectedError, ConfigError, DeadlineExceededError } from '../../../lib/errors';
import { Bulkhead } from '../../../lib/toolbox/bulkhead';
import { advance, deferred, holdTime, stateOf } from './clock';

holdTime();

/** Calls that run until told otherwise. */
function occupy(bulkhead: Bulkhead, count: number, signal?: AbortSignal) {
  return Array.from({ length: count }, (_, index) => {
    const gate = deferred<number>();
    let began = false;
    const call = bulkhead.execute(
      () => {
        began = true;
        return gate.promise;
      },
      { signal },
    );
    return {
      call,
      began: () => began,
      finish: () => gate.resolve(index),
      fail: () => gate.reject(new Error('failed')),
    };
  });
}

test('fills its places, then its queue, then refuses; places go on in the order of arrival', async () => {
  const bulkhead = new Bulkhead({ maxConcurrent: 2, maxWaiting: 2 });
  const calls = occupy(bulkhead, 4);
  expect(bulkhead.getMetrics()).toEqual({ executing: 2, waiting: 2 });
  const refused: unknown = await bulkhead.execute(() => 1).catch((thrown: unknown) => thrown);
  expect(refused).toBeInstanceOf(BulkheadRejectedError);
  expect((refused as Error).message).toBe('The bulkhead is full: 2 calls run, 2 wait.');
  expect(bulkhead.rejected).toBe(1);
  expect(calls.map(({ began }) => began())).toEqual([true, true, false, false]);

  calls[1].fail();
  await expect(calls[1].call).rejects.toThrow('failed');
  expect(calls.map(({ began }) => began())).toEqual([true, true, true, false]);
  calls[0].finish();
  calls[2].finish();
  await Promise.all([calls[0].call, calls[2].call]);
  calls[3].finish();
  await expect(calls[3].call).resolves.toBe(3);
  expect(bulkhead.getMetrics()).toEqual({ executing: 0, waiting: 0 });
});

test('a waiting call that its signal takes back leaves the queue, and nothing else', async () => {
  const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWaiting: 1 });
  const [running] = occupy(bulkhead, 1);
  const controller = new AbortController();
  const [waiting] = occupy(bulkhead, 1, controller.signal);
  controller.abort(new Error('gone home'));
  await expect(waiting.call).rejects.toThrow('gone home');
  expect(bulkhead.getMetrics()).toEqual({ executing: 1, waiting: 0 });
  running.finish();
  await running.call;
  expect(waiting.began()).toBe(false);
  expect(bulkhead.getMetrics()).toEqual({ executing: 0, waiting: 0 });
  await expect(bulkhead.execute(() => 1, { signal: controller.signal })).rejects.toThrow('gone home');
  expect(bulkhead.getMetrics()).toEqual({ executing: 0, waiting: 0 });
});

test('nobody waits beyond a deadline', async () => {
  const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWaiting: 1 });
  const [running] = occupy(bulkhead, 1);
  const wait = bulkhead.enter({ deadlineAt: performance.now() + 50 }) as Promise<void>;
  await advance(49);
  expect(await stateOf(wait)).toBe('pending');
  const outcome = expect(wait).rejects.toThrow(DeadlineExceededError);
  await advance(1);
  await outcome;
  expect(bulkhead.getMetrics()).toEqual({ executing: 1, waiting: 0 });
  running.finish();
});

test('a function that throws at once gives its place back', async () => {
  const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWaiting: 0 });
  const call = bulkhead.execute(() => {
    throw new Error('at once');
  });
  await expect(call).rejects.toThrow('at once');
  expect(bulkhead.getMetrics()).toEqual({ executing: 0, waiting: 0 });
});

test('wrong options are named', () => {
  expect(() => new Bulkhead({ maxConcurrent: 0 })).toThrow(ConfigError);
  expect(() => new Bulkhead({ maxConcurent: 1 } as never)).toThrow(/maxConcurrent/);
});
