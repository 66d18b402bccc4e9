/**
 * Metrics for Prometheus, in a registry of prom-client: `prisma-resilient-client/prometheus`.
 *
 * Nothing is counted here and no timer runs: each scrape looks at the client once, and the counts are the core's own.
 */
import type { Metric, Registry } from 'prom-client';

import { ConfigError } from '../errors';
import { kLatencyHistogram, kMetricFamilies, type Labels, type MetricFamily } from './metric-families';
import type { Observation } from './observation';

/** The part of a ResilientPrismaClient that exports read. */
export interface ObservationSource {
  observe(): Observation;
}

export interface PrometheusOptions {
  /** Default: prom-client's own, which needs prom-client to be installed beside this package. */
  readonly register?: Registry;
  /** Before each name. Default 'prisma_resilient_'. */
  readonly prefix?: string;
  /** On every sample. What tells several clients in one registry apart: `{ client: 'replica' }`. */
  readonly labels?: Labels;
}

interface Exported {
  readonly source: ObservationSource;
  readonly labels: Labels;
}

interface Value {
  readonly metricName?: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
}

const kPrefix = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const kLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Shows `resilient` in the registry until the function that it answers with is called. Several clients share the
 * metrics, told apart by `labels`. Throws a ConfigError for labels that a metric has itself, or that another client has.
 */
export function prometheusMetrics(resilient: ObservationSource, options: PrometheusOptions = {}): () => void {
  const { prefix = 'prisma_resilient_', labels = {} } = options;
  check(prefix, labels);
  const register = options.register ?? defaultRegister();
  const exporters = exportersOf(register);
  let exporter = exporters.get(prefix);
  if (!exporter) {
    exporter = new Exporter(prefix, register);
    exporters.set(prefix, exporter);
  }
  return exporter.add({ source: resilient, labels });
}

class Exporter {
  private readonly exported = new Set<Exported>();
  private looked: ReadonlyMap<Exported, Observation> | undefined;

  constructor(
    private readonly prefix: string,
    private readonly register: Registry,
  ) {}

  add(added: Exported): () => void {
    const key = keyOf(added.labels);
    for (const { labels } of this.exported) {
      if (keyOf(labels) === key) {
        throw new ConfigError([`labels: another client in this registry has ${key}; give each its own`]);
      }
    }
    if (this.exported.size === 0) this.registerAll();
    this.exported.add(added);
    this.looked = undefined;
    return () => {
      this.looked = undefined;
      if (this.exported.delete(added) && this.exported.size === 0) this.unregisterAll();
    };
  }

  private registerAll(): void {
    for (const family of kMetricFamilies) {
      this.put(family, (observed) => family.samples(observed).map(({ value, labels = {} }) => ({ value, labels })));
    }
    this.put({ ...kLatencyHistogram, type: 'histogram' }, histogram(this.prefix + kLatencyHistogram.name));
  }

  private unregisterAll(): void {
    for (const { name } of [...kMetricFamilies, kLatencyHistogram])
      this.register.removeSingleMetric(this.prefix + name);
  }

  /** What prom-client's registry asks of a metric is a name and `get()`. */
  private put(
    family: { name: string; help: string; type: MetricFamily['type'] | 'histogram' },
    valuesOf: (observed: Observation) => readonly Value[],
  ): void {
    const { help, type } = family;
    const metric = {
      // Written by a registry in OpenMetrics' format, whose counters are named without `_total`.
      name: this.prefix + family.name,
      help,
      type,
      aggregator: type === 'gauge' ? 'average' : 'sum',
      get: async () => {
        const values = [];
        for (const [{ labels: own }, observed] of this.look()) {
          for (const value of valuesOf(observed)) values.push({ ...value, labels: { ...own, ...value.labels } });
        }
        const { name, aggregator } = metric;
        return { name, help, type, aggregator, values };
      },
      // `registry.resetMetrics()` begins nothing anew: these are the core's counts.
      reset: () => undefined,
    };
    this.register.registerMetric(metric as unknown as Metric);
  }

  /** One look for all metrics of a scrape, so that they agree with each other. */
  private look(): ReadonlyMap<Exported, Observation> {
    if (!this.looked) {
      this.looked = new Map([...this.exported].map((exported) => [exported, exported.source.observe()]));
      setImmediate(() => (this.looked = undefined));
    }
    return this.looked;
  }
}

function histogram(name: string): (observed: Observation) => readonly Value[] {
  return ({ latency: { below, count, sum } }): Value[] => [
    ...below.map((bucket) => ({
      metricName: `${name}_bucket`,
      labels: { le: bucket.bound / 1000 },
      value: bucket.count,
    })),
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels: {}, value: sum / 1000 },
    { metricName: `${name}_count`, labels: {}, value: count },
  ];
}

const exportersByRegistry = new WeakMap<Registry, Map<string, Exporter>>();

function exportersOf(register: Registry): Map<string, Exporter> {
  let exporters = exportersByRegistry.get(register);
  if (!exporters) exportersByRegistry.set(register, (exporters = new Map()));
  return exporters;
}

function defaultRegister(): Registry {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return (require('prom-client') as typeof import('prom-client')).register;
  } catch (error) {
    throw new ConfigError([`register: none was given, and prom-client cannot be loaded: ${(error as Error).message}`]);
  }
}

function check(prefix: string, labels: Labels): void {
  const problems: string[] = [];
  if (!kPrefix.test(prefix)) problems.push(`prefix: ${JSON.stringify(prefix)} cannot begin a metric's name`);
  const taken = new Set(['le', 'quantile', ...kMetricFamilies.flatMap((family) => family.labels ?? [])]);
  for (const label of Object.keys(labels)) {
    if (!kLabel.test(label)) problems.push(`labels: ${JSON.stringify(label)} cannot be a label's name`);
    else if (taken.has(label)) problems.push(`labels: ${label} is a label that metrics have themselves`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
