import { MetricsPersistence } from '../../../lib/observe/metrics-persistence';
import { advance, deferred, holdTime } from '../toolbox/clock';

holdTime();

function make() {
  const total = { retries: 0, hits: 0, latency: { p50: 1 } };
  const errors: unknown[] = [];
  const persistence = new MetricsPersistence({
    total: () => ({ ...total }),
    counters: ['retries', 'hits'],
    onError: (error) => errors.push(error),
  });
  return { total, errors, persistence };
}

test('each save is given what came since the one before; the rest as it is', async () => {
  const { total, persistence } = make();
  const saved: unknown[] = [];
  total.retries = 3;
  persistence.start((snapshot) => saved.push(snapshot), 1000);
  await advance(1000);
  expect(persistence.current()).toMatchObject({ retries: 0, hits: 0 });
  total.retries = 5;
  total.hits = 1;
  expect(persistence.current()).toMatchObject({ retries: 2, hits: 1 });
  await advance(1000);
  expect(saved).toEqual([
    { retries: 3, hits: 0, latency: { p50: 1 } },
    { retries: 2, hits: 1, latency: { p50: 1 } },
  ]);
});

test('what was not kept comes again, with what came since', async () => {
  const { total, errors, persistence } = make();
  const save = jest.fn<unknown, [object]>(() => Promise.reject(new Error('database is down')));
  total.retries = 3;
  persistence.start(save, 1000);
  await advance(1000);
  total.retries = 7;
  await advance(1000);
  expect(persistence.current().retries).toBe(7);
  expect(errors).toHaveLength(2);
  save.mockImplementation(() => Promise.resolve());
  await advance(1000);
  expect(save.mock.lastCall?.[0]).toMatchObject({ retries: 7 });
  expect(persistence.current().retries).toBe(0);
});

test('a save that takes long is waited for, and counts what comes meanwhile for the next', async () => {
  const { total, persistence } = make();
  const gate = deferred<void>();
  const save = jest.fn<unknown, [object]>(() => gate.promise);
  total.retries = 1;
  persistence.start(save, 1000);
  await advance(3500);
  expect(save).toHaveBeenCalledTimes(1);
  total.retries = 4;
  gate.resolve();
  await advance(500);
  expect(save).toHaveBeenCalledTimes(2);
  expect(save.mock.lastCall?.[0]).toMatchObject({ retries: 3 });
});

test('stop() saves what there is, and nothing afterwards', async () => {
  const { total, persistence } = make();
  const save = jest.fn<unknown, [object]>();
  persistence.start(save, 1000);
  total.hits = 2;
  await persistence.stop();
  expect(save.mock.calls).toEqual([[{ retries: 0, hits: 2, latency: { p50: 1 } }]]);
  total.hits = 9;
  await advance(5000);
  expect(save).toHaveBeenCalledTimes(1);
  expect(jest.getTimerCount()).toBe(0);
  expect(persistence.current().hits).toBe(7);
});

test('without anybody who keeps them, counters are those since the beginning', async () => {
  const { total, persistence } = make();
  total.hits = 2;
  await persistence.flush();
  expect(persistence.current().hits).toBe(2);
});
