/** OpenTelemetry across a real outage, read from the SDK's in-memory exporters. */
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

import { ResilientPrismaClient } from '../../../lib';
import { openTelemetry } from '../../../lib/opentelemetry';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter, makeClient } from '../../support/prisma';

jest.setTimeout(60_000);

let cluster: PostgresCluster;
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(async () => {
  context.disable();
  await cluster?.dispose();
});

const kForms = {
  'without the guard': () => makeClient(cluster.url()),
  'with the guard': (ctx: { guard<Adapter>(adapter: Adapter): Adapter }) =>
    new (generatedClient().PrismaClient)({ adapter: ctx.guard(makeAdapter(cluster.url())) }),
};

test.each(Object.keys(kForms) as (keyof typeof kForms)[])(
  '%s: the caller sees retry, wait and recovery on its own span, and metrics agree with the client',
  async (form) => {
    const spans = new InMemorySpanExporter();
    const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).getTracer('test');
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const meters = new MeterProvider({ readers: [reader] });
    const resilient = new ResilientPrismaClient(kForms[form], { logging: { level: 'silent' } });
    const prisma = resilient.getClient();
    const end = openTelemetry(resilient, { meter: meters.getMeter('test'), tracer, attributes: { client: 'main' } });
    try {
      await resilient.ready();
      await prisma.user.count();
      const call = async (name: string): Promise<void> => {
        const span = tracer.startSpan(name);
        await context.with(trace.setSpan(context.active(), span), async () => {
          await prisma.user.count();
        });
        span.end();
      };
      await call('before');
      const back = new Promise((resolve) => resilient.once('reconnect:success', resolve));
      const gone = new Promise((resolve) => resilient.once('disconnect', resolve));
      await cluster.stop('fast');
      const caught = call('caught');
      await gone;
      const parked = call('parked');
      await cluster.start();
      await Promise.all([back, caught, parked]);
      await resilient.hardReset();

      const eventsOf = (name: string) =>
        spans
          .getFinishedSpans()
          .find((span) => span.name === name)!
          .events.map((event) => event.name);
      expect(eventsOf('before')).toEqual([]);
      expect(eventsOf('caught')).toEqual(
        expect.arrayContaining(['prisma_resilient.retry', 'prisma_resilient.resumed']),
      );
      expect(eventsOf('parked')).toEqual([
        'prisma_resilient.parked',
        'prisma_resilient.resumed',
        'prisma_resilient.recovered',
      ]);
      const outage = spans.getFinishedSpans().find(({ name }) => name === 'prisma_resilient.outage')!;
      expect(outage.parentSpanContext).toBeUndefined();
      expect(outage.attributes).toMatchObject({ client: 'main' });
      expect(outage.status.code).toBe(SpanStatusCode.UNSET);
      const reset = spans.getFinishedSpans().find(({ name }) => name === 'prisma_resilient.hard-reset')!;
      expect(reset.attributes).toMatchObject({
        reason: 'manual',
        generation: resilient.getConnectionStats().generation,
      });

      await reader.forceFlush();
      const [exported] = exporter.getMetrics();
      const points = new Map(
        exported.scopeMetrics[0].metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]),
      );
      const value = (name: string, attributes: Record<string, string> = {}) =>
        points
          .get(`prisma_resilient.${name}`)
          ?.find((point) => Object.entries(attributes).every(([key, wanted]) => point.attributes[key] === wanted))
          ?.value;
      const stats = resilient.getConnectionStats();
      expect(value('up', { client: 'main' })).toBe(1);
      expect(value('queries', { result: 'success' })).toBe(stats.queryCount - stats.errorCount);
      expect(value('outages')).toBe(1);
      expect(value('reconnects')).toBe(stats.totalReconnects);
      expect(value('retries', { of: 'operation' })).toBe(resilient.getMetrics().retries);
      expect(value('replacements', { kind: 'hard-reset', reason: 'manual' })).toBe(stats.totalHardResets);
      expect(value('query_duration', { quantile: '0.99' })).toBeCloseTo(resilient.getMetrics().latency.p99 / 1000, 6);
    } finally {
      end();
      await resilient.shutdown();
      await meters.shutdown();
    }
  },
);
