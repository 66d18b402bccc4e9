/** What `getMetrics()` answers with. */
import type { Core } from '../drive/core';
import type { FailureReporter, RecentError } from '../host/failure';
import { type Log, messageOf } from '../host/log';
import { slots } from '../native';
import type { ReadWriteReport, ToolboxCounts } from '../toolbox/read-write-report';
import { MetricsPersistence } from './metrics-persistence';

/** Of `getMetrics()`. */
export interface Metrics extends ToolboxCounts {
  readonly recentErrors: readonly RecentError[];
  /** Of successful tries, in ms. Quantiles are exact to a sixteenth. */
  readonly latency: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly min: number;
    readonly max: number;
    readonly samples: number;
  };
}

/** Counted since the beginning, or since they were last saved. */
export function keptMetrics(
  core: Core,
  reporter: FailureReporter,
  toolbox: ReadWriteReport,
  log: Log,
): MetricsPersistence<Metrics> {
  return new MetricsPersistence<Metrics>({
    total: () => totalMetrics(core, reporter, toolbox),
    counters: ['retries', 'timeouts', 'circuitBreaks', 'cacheHits', 'cacheMisses', 'bulkheadRejections'],
    onError: (error) => log.warn(`saving metrics failed, their counts are kept: ${messageOf(error)}`),
  });
}

function totalMetrics(core: Core, reporter: FailureReporter, toolbox: ReadWriteReport): Metrics {
  const stats = core.input((supervisor, now) => supervisor.stats(now));
  const latency = core.ask((supervisor) => supervisor.latency());
  const counts = toolbox.counts();
  return {
    ...counts,
    retries: stats.retries + counts.retries,
    recentErrors: [...reporter.recentErrors],
    latency: {
      p50: latency.p50Ms,
      p90: latency.p90Ms,
      p99: latency.p99Ms,
      min: core.block[slots.latencyMin],
      max: core.block[slots.latencyMax],
      samples: latency.samples,
    },
  };
}
