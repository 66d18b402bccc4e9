/** The Prometheus export across a real outage: what a scrape says is what the client says of itself. */
import { Registry } from 'prom-client';

import { ResilientPrismaClient } from '../../../lib';
import { prometheusMetrics } from '../../../lib/prometheus';
import { makeAdapter, createSchema, generatedClient } from '../../support/prisma';
import { PostgresCluster } from '../../support/postgres';
import { checkMetrics } from '../../support/promtool';

jest.setTimeout(60_000);

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

function open() {
  const { PrismaClient } = generatedClient();
  return new ResilientPrismaClient(
    (ctx) => new PrismaClient({ adapter: ctx.guard(makeAdapter(cluster.url(), { max: 3 })) }),
    { logging: { level: 'silent' }, circuitBreaker: { enabled: true, failureThreshold: 1 } },
  );
}

/** `name{labels}` → value, of the text that a server would scrape. */
function parse(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

test('values are those of getConnectionStats() and getMetrics() after an outage, and promtool has nothing to say', async () => {
  const resilient = open();
  const prisma = resilient.getClient();
  const register = new Registry();
  prometheusMetrics(resilient, { register });
  try {
    await resilient.ready();
    for (let i = 0; i < 20; ++i) await prisma.user.count();
    await prisma.$queryRawUnsafe('SELECT nonsense').catch(() => undefined);
    const back = new Promise((resolve) => resilient.once('reconnect:success', resolve));
    await cluster.stop('fast');
    const waiting = Promise.all(Array.from({ length: 5 }, () => prisma.user.count()));
    // They wait from the first failure on, while the probe still has to find out.
    const down = () => resilient.getConnectionStats().state === 'down' && resilient.getConnectionStats().parked === 5;
    while (!down()) await new Promise((resolve) => setTimeout(resolve, 5));
    const during = parse(await register.metrics());
    expect(during.get('prisma_resilient_up')).toBe(0);
    expect(during.get('prisma_resilient_state{state="down"}')).toBe(1);
    expect(during.get('prisma_resilient_parked')).toBe(5);
    await cluster.start();
    await back;
    await waiting;
    await resilient.hardReset();
    await resilient.read(() => 1, { cacheKey: 'a' });
    await resilient.read(() => 1, { cacheKey: 'a' });
    await resilient.read(() => new Promise(() => undefined), { retries: 0, timeoutMs: 5 }).catch(() => undefined);
    await expect(resilient.read(() => 1)).rejects.toThrow(/circuit/i);

    const text = await register.metrics();
    const values = parse(text);
    const stats = resilient.getConnectionStats();
    const metrics = resilient.getMetrics();
    const value = (name: string) => values.get(`prisma_resilient_${name}`);
    expect(value('up')).toBe(1);
    expect(value(`state{state="${stats.state}"}`)).toBe(1);
    expect(value('queries_total{result="success"}')! + value('queries_total{result="failure"}')!).toBe(
      stats.queryCount,
    );
    expect(value('queries_total{result="failure"}')).toBe(stats.errorCount);
    expect(value('query_duration_seconds_count')).toBe(metrics.latency.samples);
    expect(value('query_duration_seconds_bucket{le="+Inf"}')).toBe(metrics.latency.samples);
    expect(value('retries_total{of="operation"}')! + value('retries_total{of="call"}')!).toBe(metrics.retries);
    expect(value('outages_total')).toBe(1);
    expect(value('reconnects_total')).toBe(stats.totalReconnects);
    expect(value('replacements_total{kind="hard-reset",reason="manual"}')).toBe(stats.totalHardResets);
    expect(value('generation')).toBe(stats.generation);
    expect(value('cache_requests_total{result="hit"}')).toBe(metrics.cacheHits);
    expect(value('cache_requests_total{result="miss"}')).toBe(metrics.cacheMisses);
    expect(value('circuit_state{state="OPEN"}')).toBe(1);
    expect(value('circuit_opened_total')).toBe(1);
    expect(value('circuit_refusals_total')).toBe(metrics.circuitBreaks);
    expect(value('failures_total{class="query"}')).toBe(1);
    expect(value('given_up_total{reason="not-retryable"}')).toBe(1);
    expect(value('pool_connections{state="idle"}')! + value('pool_connections{state="busy"}')!).toBeGreaterThan(0);
    expect(value('outage_seconds_total')).toBeGreaterThan(0);

    // Cumulative, and within what the fastest and the slowest try took.
    const buckets = [...values].filter(([name]) => name.includes('_bucket'));
    expect(buckets.map(([, count]) => count)).toEqual([...buckets.map(([, count]) => count)].sort((a, b) => a - b));
    const { min, max, samples } = metrics.latency;
    const sum = value('query_duration_seconds_sum')! * 1000;
    expect(sum).toBeGreaterThanOrEqual(min * samples);
    expect(sum).toBeLessThanOrEqual(max * samples);

    expect(checkMetrics(text)).toEqual({ status: 0, output: '' });
  } finally {
    await resilient.shutdown();
  }
});

test('saving metrics does not set counters back', async () => {
  const resilient = open();
  const register = new Registry();
  prometheusMetrics(resilient, { register });
  try {
    await resilient.read(() => 1, { cacheKey: 'b' });
    const stop = resilient.startMetricsPersistence(() => undefined);
    await stop();
    expect(resilient.getMetrics().cacheMisses).toBe(0);
    expect(parse(await register.metrics()).get('prisma_resilient_cache_requests_total{result="miss"}')).toBe(1);
  } finally {
    await resilient.shutdown();
  }
});
