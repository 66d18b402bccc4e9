/**
 * Metrics and spans for OpenTelemetry: `prisma-resilient-client/opentelemetry`.
 *
 * What happens to an operation becomes events on the span that was active when it was called. Outages and replacements,
 * which belong to no caller, are spans of their own.
 */
import { type Attributes, type Meter, metrics, type Span, trace, type Tracer } from '@opentelemetry/api';

import type { ReplacementInfo, ResilienceEvents } from '../events';
import { messageOf } from '../host/log';
import type { OperationTracer } from '../host/operation-tracer';
import { type ConventionSource, databaseConventions } from './database-conventions';
import { kMetricFamilies, type MetricFamily } from './metric-families';

/** The part of a ResilientPrismaClient that is used. */
export interface TelemetrySource extends ConventionSource {
  traceOperations(tracer: OperationTracer | undefined): void;
  on(event: keyof ResilienceEvents, listener: (...args: never[]) => void): unknown;
  off(event: keyof ResilienceEvents, listener: (...args: never[]) => void): unknown;
}

export interface OpenTelemetryOptions {
  /** Default: of the global provider, under this package's name. */
  readonly meter?: Meter;
  readonly tracer?: Tracer;
  /** On every measurement and span. What tells several clients in one process apart. */
  readonly attributes?: Attributes;
  /**
   * `db.client.operation.duration` and `db.client.connection.*`. Default true; false where the driver is instrumented by
   * itself (@opentelemetry/instrumentation-pg) and would count the same a second time.
   */
  readonly databaseMetrics?: boolean;
}

const kName = 'prisma-resilient-client';
const kPrefix = 'prisma_resilient.';
const kQuantiles = { '0.5': 'p50', '0.9': 'p90', '0.99': 'p99' } as const;

/** Shows `resilient` until the function that it answers with is called. */
export function openTelemetry(resilient: TelemetrySource, options: OpenTelemetryOptions = {}): () => void {
  const { meter = metrics.getMeter(kName), tracer = trace.getTracer(kName), attributes = {} } = options;
  const { databaseMetrics = true } = options;
  const conventions = databaseMetrics ? databaseConventions(resilient, meter, attributes) : undefined;
  const endMetrics = exportMetrics(resilient, meter, attributes);
  const endSpans = exportSpans(resilient, tracer, attributes);
  resilient.traceOperations({
    subject: () => trace.getActiveSpan(),
    step: (span, step, details) => (span as Span | undefined)?.addEvent(kPrefix + step, { ...attributes, ...details }),
    ended: (_span, end) => conventions?.ended(end),
  });
  return () => {
    endMetrics();
    endSpans();
    conventions?.stop();
    resilient.traceOperations(undefined);
  };
}

/** `outage_seconds_total` → `outage`, in 's': OpenTelemetry keeps the unit out of the name. */
function naming({ name, help }: Pick<MetricFamily, 'name' | 'help'>): {
  name: string;
  description: { description: string; unit?: string };
} {
  const plain = name.replace(/_total$/, '');
  const unit = plain.endsWith('_seconds') ? 's' : plain.endsWith('_bytes') ? 'By' : undefined;
  return {
    name: kPrefix + plain.replace(/_(seconds|bytes)$/, ''),
    description: { description: help, ...(unit && { unit }) },
  };
}

function exportMetrics(source: TelemetrySource, meter: Meter, attributes: Attributes): () => void {
  const instruments = kMetricFamilies.map((family) => {
    const { name, description } = naming(family);
    const instrument =
      family.type === 'counter'
        ? meter.createObservableCounter(name, description)
        : meter.createObservableGauge(name, description);
    return { family, instrument };
  });
  // Kept for one version beside db.client.operation.duration.
  const latency = meter.createObservableGauge(`${kPrefix}query_duration`, {
    description: 'Quantiles of how long successful tries took, since the start.',
    unit: 's',
  });
  const all = [...instruments.map(({ instrument }) => instrument), latency];
  const look: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const observed = source.observe();
    for (const { family, instrument } of instruments) {
      for (const { value, labels } of family.samples(observed)) {
        result.observe(instrument, value, { ...attributes, ...labels });
      }
    }
    if (observed.latency.count === 0) return;
    for (const [quantile, key] of Object.entries(kQuantiles)) {
      result.observe(latency, observed.latency[key] / 1000, { ...attributes, quantile });
    }
  };
  meter.addBatchObservableCallback(look, all);
  return () => meter.removeBatchObservableCallback(look, all);
}

function exportSpans(source: TelemetrySource, tracer: Tracer, attributes: Attributes): () => void {
  let outage: Span | undefined;
  const root = { root: true, attributes };
  const began = (error: unknown): void => {
    outage?.end();
    outage = tracer.startSpan(`${kPrefix}outage`, {
      ...root,
      attributes: { ...attributes, 'error.message': messageOf(error) },
    });
  };
  const looked = (attempt: number): void => void outage?.addEvent(`${kPrefix}reconnect`, { attempt });
  const ended = (): void => {
    outage?.end();
    outage = undefined;
  };
  const replaced = (kind: string) => (info: ReplacementInfo) => {
    const { reason, generation, durationMs } = info;
    const endTime = Date.now();
    tracer
      .startSpan(`${kPrefix}${kind}`, {
        ...root,
        startTime: endTime - durationMs,
        attributes: { ...attributes, reason, generation },
      })
      .end(endTime);
  };
  const listeners: [keyof ResilienceEvents, (...args: never[]) => void][] = [
    ['disconnect', began],
    ['reconnect', looked],
    ['reconnect:success', ended],
    ['hard-reset', replaced('hard-reset')],
    ['refresh', replaced('refresh')],
  ];
  for (const [event, listener] of listeners) source.on(event, listener);
  return () => {
    for (const [event, listener] of listeners) source.off(event, listener);
    ended();
  };
}
