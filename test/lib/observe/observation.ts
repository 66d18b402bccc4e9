/** An observation of a client that is well and has done nothing, for tests of what is made from one. */
import type { Observation } from '../../../lib';
import { ErrorClass, GiveUpReason } from '../../../lib/native';

export function observation(changes: Partial<Observation> = {}): Observation {
  const idle = { executing: 0, waiting: 0, rejected: 0 };
  return {
    at: 1_700_000_000_000,
    stats: {
      isConnected: true,
      state: 'up',
      reconnectAttempts: 0,
      totalReconnects: 0,
      lastSuccessfulConnection: new Date(1_700_000_000_000).toISOString(),
      uptime: 60_000,
      queryCount: 0,
      errorCount: 0,
      consecutiveErrors: 0,
      totalHardResets: 0,
      connectionAge: 60_000,
      generation: 1,
      inFlight: 0,
      parked: 0,
      warmupMs: 5,
      addon: { kind: 'native', from: 'prebuilds/linux-x64/resilience.node' },
    },
    queries: { succeeded: 0, failed: 0 },
    failures: Object.fromEntries(Object.values(ErrorClass).map((name) => [name, 0])) as Observation['failures'],
    givenUp: Object.fromEntries(Object.values(GiveUpReason).map((name) => [name, 0])) as Observation['givenUp'],
    retries: { operations: 0, calls: 0 },
    outages: { count: 0, totalMs: 0 },
    outage: undefined,
    replacements: { 'hard-reset': [], refresh: [] },
    failovers: 0,
    latency: { p50: 0, p90: 0, p99: 0, sum: 0, count: 0, max: 0, below: [], finely: [] },
    circuit: { state: 'CLOSED', failures: 0, refused: 0, opened: 0 },
    bulkheads: { read: idle, write: idle, reporting: idle },
    timeouts: 0,
    cache: { hits: 0, misses: 0, coalesced: 0, stale: 0, errors: 0, invalidations: 0, size: 0, hitRate: 0 },
    pool: undefined,
    database: undefined,
    memory: { heapUsed: 1, heapLimit: 2, rss: 3, containerUsed: 0, containerLimit: 0 },
    recentErrors: [],
    events: [],
    ...changes,
  };
}
