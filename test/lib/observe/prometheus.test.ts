/** The export to prom-client: several clients, labels, formats. Values are held against a real outage in test/e2e. */
import { Registry, register as globalRegistry } from 'prom-client';

import { ConfigError } from '../../../lib';
import { prometheusMetrics } from '../../../lib/prometheus';
import { observation } from './observation';

const source = (queries: number) => ({ observe: () => observation({ queries: { succeeded: queries, failed: 0 } }) });

test('clients share the metrics and are told apart by labels, and leave one by one', async () => {
  const register = new Registry();
  const stopFirst = prometheusMetrics(source(1), { register, labels: { client: 'primary' } });
  const stopSecond = prometheusMetrics(source(2), { register, labels: { client: 'replica' } });
  const both = await register.metrics();
  expect(both).toContain('prisma_resilient_queries_total{client="primary",result="success"} 1');
  expect(both).toContain('prisma_resilient_queries_total{client="replica",result="success"} 2');
  expect(both.match(/^# TYPE prisma_resilient_queries_total /gm)).toHaveLength(1);
  stopFirst();
  expect(await register.metrics()).not.toContain('client="primary"');
  stopSecond();
  stopSecond();
  expect((await register.metrics()).trim()).toBe('');
  prometheusMetrics(source(3), { register });
  expect(await register.metrics()).toContain('prisma_resilient_queries_total{result="success"} 3');
});

test('a scrape looks at each client once, the next one again', async () => {
  const register = new Registry();
  let looks = 0;
  const counting = {
    observe: () => {
      looks += 1;
      return observation();
    },
  };
  prometheusMetrics(counting, { register });
  await register.metrics();
  expect(looks).toBe(1);
  await new Promise(setImmediate);
  await register.metrics();
  expect(looks).toBe(2);
});

test("OpenMetrics' format names counters once with _total", async () => {
  const register = new Registry();
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  prometheusMetrics(source(4), { register });
  const text = await register.metrics();
  expect(text).toContain('# TYPE prisma_resilient_queries counter');
  expect(text).toContain('prisma_resilient_queries_total{result="success"} 4');
  expect(text).not.toContain('_total_total');
});

test("the default is prom-client's own registry, and the prefix is the caller's", async () => {
  const stop = prometheusMetrics(source(5), { prefix: 'shop_db_' });
  expect(await globalRegistry.metrics()).toContain('shop_db_queries_total{result="success"} 5');
  stop();
});

test('labels that collide, and names that are none, are refused', () => {
  const register = new Registry();
  prometheusMetrics(source(1), { register });
  expect(() => prometheusMetrics(source(2), { register })).toThrow(ConfigError);
  expect(() => prometheusMetrics(source(2), { register, labels: { state: 'x' } })).toThrow(/have themselves/);
  expect(() => prometheusMetrics(source(2), { register, labels: { 'a-b': 'x' } })).toThrow(/label's name/);
  expect(() => prometheusMetrics(source(2), { register, prefix: '1x' })).toThrow(/prefix/);
});
