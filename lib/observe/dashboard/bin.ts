/** What happened in one span of time: the difference between two observations, and how such spans add up. */
import type { ConnectionState } from '../../native';
import type { Observation } from '../observation';

export interface Bin {
  /** When it began, ms of Date.now(). */
  readonly at: number;
  /** How long it lasted, in ms. */
  readonly ms: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly retries: number;
  /** Latencies counted between the exported bounds; the last counts those above all of them. */
  readonly latencies: readonly number[];
  // The largest that was seen:
  readonly inFlight: number;
  readonly parked: number;
  readonly poolWaiting: number;
  readonly heapUsed: number;
  readonly rss: number;
  /** The worst that was seen. */
  readonly state: ConnectionState;
}

/** The later, the worse: what a span is remembered for. */
const kSeverity: readonly ConnectionState[] = [
  'up',
  'replacing',
  'recovering',
  'connecting',
  'suspect',
  'verifying',
  'down',
  'stopped',
];

export function binBetween(before: Observation, after: Observation): Bin {
  const { stats, queries, retries, latency, pool, memory } = after;
  const counts = between(latency);
  const counted = between(before.latency);
  return {
    at: before.at,
    ms: Math.max(1, after.at - before.at),
    succeeded: queries.succeeded - before.queries.succeeded,
    failed: queries.failed - before.queries.failed,
    retries: retries.operations + retries.calls - before.retries.operations - before.retries.calls,
    latencies: counts.map((count, index) => count - (counted[index] ?? 0)),
    inFlight: stats.inFlight,
    parked: stats.parked,
    poolWaiting: pool?.waiting ?? 0,
    heapUsed: memory.heapUsed,
    rss: memory.rss,
    state: stats.state,
  };
}

/** `later` follows `earlier` without a gap. */
export function merge(earlier: Bin, later: Bin): Bin {
  return {
    at: earlier.at,
    ms: later.at + later.ms - earlier.at,
    succeeded: earlier.succeeded + later.succeeded,
    failed: earlier.failed + later.failed,
    retries: earlier.retries + later.retries,
    latencies: earlier.latencies.map((count, index) => count + (later.latencies[index] ?? 0)),
    inFlight: Math.max(earlier.inFlight, later.inFlight),
    parked: Math.max(earlier.parked, later.parked),
    poolWaiting: Math.max(earlier.poolWaiting, later.poolWaiting),
    heapUsed: Math.max(earlier.heapUsed, later.heapUsed),
    rss: Math.max(earlier.rss, later.rss),
    state: worse(earlier.state, later.state),
  };
}

/**
 * The latency that `share` of those counted stay below, in ms; null where none was counted. Between two bounds it is
 * taken to be spread evenly; above the last one it is the last one. Never above `max`, the largest there ever was.
 */
export function quantile(
  latencies: readonly number[],
  bounds: readonly number[],
  share: number,
  max = Infinity,
): number | null {
  const total = latencies.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = total * share;
  let seen = 0;
  let from = 0;
  for (const [index, to] of bounds.entries()) {
    const count = latencies[index] ?? 0;
    if (count > 0 && seen + count >= rank) return Math.min(max, from + ((rank - seen) / count) * (to - from));
    seen += count;
    from = to;
  }
  return Math.min(max, bounds[bounds.length - 1] ?? Infinity);
}

function worse(a: ConnectionState, b: ConnectionState): ConnectionState {
  return kSeverity.indexOf(a) > kSeverity.indexOf(b) ? a : b;
}

function between({ finely, count }: Observation['latency']): number[] {
  let previous = 0;
  const counts = finely.map((bucket) => {
    const own = bucket.count - previous;
    previous = bucket.count;
    return own;
  });
  return [...counts, count - previous];
}
