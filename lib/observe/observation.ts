/** One look at everything: what exports and the dashboard are made from. */
import type { PoolUse } from '../adapter/pool-connections';
import type { DatabaseName } from '../host/database-identity';
import type { Core } from '../drive/core';
import type { FailureReporter, RecentError } from '../host/failure';
import type { MemoryUse } from '../host/memory';
import { type BulkheadName, type GiveUpReason, type ReplaceReason, slots } from '../native';
import type { ErrorClassName } from '../options';
import type { ConnectionStats } from './connection-stats';
import type { CacheStats } from '../toolbox/cache';
import type { CircuitState } from '../toolbox/circuit-breaker';
import type { ReadWriteReport } from '../toolbox/read-write-report';
import type { Tally, TimelineEvent } from './tally';

export type { BulkheadName };

interface PresentOutage {
  /** ms of Date.now() */
  readonly since: number;
  /** What an operation or the probe was told, without passwords. */
  readonly cause: string;
  /** `host:port` as the probe knows it; undefined where it knows none. */
  readonly host: string | undefined;
  /** How long each operation waits for its end, in ms: `reconnect.deadline`. */
  readonly deadlineMs: number;
}

/** Counts are since the beginning. Times in ms, sizes in bytes. */
export interface Observation {
  /** ms of Date.now() */
  readonly at: number;
  readonly stats: ConnectionStats;
  /** Tries. */
  readonly queries: { readonly succeeded: number; readonly failed: number };
  /** Failed tries and refused operations. */
  readonly failures: Readonly<Record<ErrorClassName, number>>;
  /** Operations that ended with a failure, by the reason why they were not run (again). */
  readonly givenUp: Readonly<Record<GiveUpReason, number>>;
  /** Of operations, and of calls of read() and report(). */
  readonly retries: { readonly operations: number; readonly calls: number };
  readonly outages: { readonly count: number; readonly totalMs: number };
  /** The present outage; undefined where there is none. */
  readonly outage: PresentOutage | undefined;
  readonly replacements: Readonly<
    Record<'hard-reset' | 'refresh', readonly { readonly reason: ReplaceReason; readonly count: number }[]>
  >;
  readonly failovers: number;
  /** Of successful tries. */
  readonly latency: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly sum: number;
    readonly count: number;
    readonly max: number;
    /** How many took less than each bound. */
    readonly below: readonly { readonly bound: number; readonly count: number }[];
    /** The same with four bounds for each power of two, for quantiles of short spans. */
    readonly finely: readonly { readonly bound: number; readonly count: number }[];
  };
  readonly circuit: {
    readonly state: CircuitState;
    readonly failures: number;
    readonly refused: number;
    readonly opened: number;
  };
  readonly bulkheads: Readonly<
    Record<BulkheadName, { readonly executing: number; readonly waiting: number; readonly rejected: number }>
  >;
  readonly timeouts: number;
  readonly cache: CacheStats;
  /** Where the guard is beneath Prisma, and its adapter shows its pool. */
  readonly pool: PoolUse | undefined;
  /** undefined: there is no client yet. */
  readonly database: DatabaseName | undefined;
  /** A limit of 0 means that there is none. */
  readonly memory: MemoryUse;
  readonly recentErrors: readonly RecentError[];
  /** The last of them, oldest first. */
  readonly events: readonly TimelineEvent[];
}

interface Observed {
  readonly core: Core;
  readonly reporter: FailureReporter;
  readonly tally: Tally;
  readonly toolbox: ReadWriteReport;
  readonly memory: MemoryUse;
  readonly pool: PoolUse | undefined;
  readonly database: DatabaseName | undefined;
  readonly stats: ConnectionStats;
  readonly host: string | undefined;
  readonly deadlineMs: number;
}

export function observe({
  core,
  reporter,
  tally,
  toolbox,
  memory,
  pool,
  database,
  stats,
  host,
  deadlineMs,
}: Observed): Observation {
  const at = Date.now();
  const totals = core.input((supervisor, now) => supervisor.stats(now));
  const latency = core.ask((supervisor) => supervisor.latency());
  const { block } = core;
  const calls = toolbox.counts();
  const present = tally.outage();
  return {
    at,
    stats,
    queries: { succeeded: block[slots.succeeded], failed: block[slots.failed] },
    failures: { ...reporter.failures },
    givenUp: { ...reporter.givenUp },
    retries: { operations: totals.retries, calls: calls.retries },
    outages: { count: tally.outages, totalMs: tally.totalOutageMs(at) },
    outage: present && { ...present, host, deadlineMs },
    replacements: {
      'hard-reset': reasons(tally.replacements['hard-reset']),
      refresh: reasons(tally.replacements.refresh),
    },
    failovers: tally.failovers,
    latency: {
      p50: latency.p50Ms,
      p90: latency.p90Ms,
      p99: latency.p99Ms,
      sum: block[slots.latencySum],
      count: latency.samples,
      max: block[slots.latencyMax],
      below: bounds(core, false),
      finely: bounds(core, true),
    },
    circuit: { ...toolbox.circuit.getMetrics(), opened: tally.circuitOpened },
    bulkheads: {
      read: useOf(toolbox, 'read'),
      write: useOf(toolbox, 'write'),
      reporting: useOf(toolbox, 'reporting'),
    },
    timeouts: calls.timeouts,
    cache: toolbox.cache.stats(),
    pool,
    database,
    memory: {
      heapUsed: memory.heapUsed,
      heapLimit: memory.heapLimit,
      rss: memory.rss,
      containerUsed: memory.containerUsed,
      containerLimit: memory.containerLimit,
    },
    recentErrors: [...reporter.recentErrors],
    events: [...tally.events],
  };
}

function bounds(core: Core, fine: boolean): { bound: number; count: number }[] {
  const told = core.ask((supervisor) => supervisor.latencyBounds(fine));
  return told.map(({ boundMs, below }) => ({ bound: boundMs, count: below }));
}

function reasons(counts: ReadonlyMap<ReplaceReason, number>): { reason: ReplaceReason; count: number }[] {
  return [...counts].map(([reason, count]) => ({ reason, count }));
}

function useOf(toolbox: ReadWriteReport, name: BulkheadName): Observation['bulkheads'][BulkheadName] {
  const bulkhead = toolbox.bulkheads[name];
  return { ...bulkhead.getMetrics(), rejected: bulkhead.rejected };
}
