/**
 * The metrics that exports show: one table for Prometheus and OpenTelemetry. Every label has a fixed set of values, from
 * this package's own enumerations; nothing of the user's (models, queries, messages) is ever one.
 */
import { ConnectionState } from '../native';
import type { BulkheadName, Observation } from './observation';

export type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly value: number;
  readonly labels?: Labels;
}

export interface MetricFamily {
  /** In the manner of Prometheus, with its unit, without a prefix. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labels?: readonly string[];
  readonly samples: (observed: Observation) => readonly Sample[];
}

const kCircuitStates = ['CLOSED', 'HALF_OPEN', 'OPEN'] as const;
const kBulkheads: readonly BulkheadName[] = ['read', 'write', 'reporting'];

const one = (value: number): readonly Sample[] => [{ value }];
const maybe = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : one(value));
const seconds = (ms: number): number => ms / 1000;

function each<Name extends string>(label: string, counts: Readonly<Record<Name, number>>): readonly Sample[] {
  return Object.entries<number>(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));
}

/** 1 for the one that holds, 0 for the others. */
function oneOf<Name extends string>(label: string, names: readonly Name[], current: Name): readonly Sample[] {
  return names.map((name) => ({ labels: { [label]: name }, value: name === current ? 1 : 0 }));
}

function bulkheads(key: 'executing' | 'waiting' | 'rejected'): MetricFamily['samples'] {
  return (observed) => kBulkheads.map((kind) => ({ labels: { kind }, value: observed.bulkheads[kind][key] }));
}

function replacements(observed: Observation): readonly Sample[] {
  return (['hard-reset', 'refresh'] as const).flatMap((kind) =>
    observed.replacements[kind].map(({ reason, count }) => ({ labels: { kind, reason }, value: count })),
  );
}

/** An upper bound, exclusive, in seconds, and how many took less. */
export const kLatencyHistogram = {
  name: 'query_duration_seconds',
  help: 'How long successful tries took.',
} as const;

export const kMetricFamilies: readonly MetricFamily[] = [
  {
    name: 'up',
    help: 'Whether the database is believed reachable through the current client.',
    type: 'gauge',
    samples: ({ stats }) => one(stats.isConnected ? 1 : 0),
  },
  {
    name: 'state',
    help: '1 for the state that the connection is in.',
    type: 'gauge',
    labels: ['state'],
    samples: ({ stats }) => oneOf('state', Object.values(ConnectionState), stats.state),
  },
  {
    name: 'queries_total',
    help: 'Tries of operations that have ended.',
    type: 'counter',
    labels: ['result'],
    samples: ({ queries }) => each('result', { success: queries.succeeded, failure: queries.failed }),
  },
  {
    name: 'failures_total',
    help: 'Tries that failed and operations that were refused, by what the failure proves.',
    type: 'counter',
    labels: ['class'],
    samples: ({ failures }) => each('class', failures),
  },
  {
    name: 'given_up_total',
    help: 'Operations that ended with a failure, by the reason why they were not run (again).',
    type: 'counter',
    labels: ['reason'],
    samples: ({ givenUp }) => each('reason', givenUp),
  },
  {
    name: 'retries_total',
    help: 'Runs after the first, of operations and of calls of read(), write() and report().',
    type: 'counter',
    labels: ['of'],
    samples: ({ retries }) => each('of', { operation: retries.operations, call: retries.calls }),
  },
  {
    name: 'in_flight',
    help: 'Operations that run.',
    type: 'gauge',
    samples: ({ stats }) => one(stats.inFlight),
  },
  {
    name: 'parked',
    help: 'Operations that wait for the database or for a backoff.',
    type: 'gauge',
    samples: ({ stats }) => one(stats.parked),
  },
  {
    name: 'consecutive_errors',
    help: 'Connection-class errors in a row.',
    type: 'gauge',
    samples: ({ stats }) => one(stats.consecutiveErrors),
  },
  {
    name: 'outages_total',
    help: 'Outages that have begun.',
    type: 'counter',
    samples: ({ outages }) => one(outages.count),
  },
  {
    name: 'outage_seconds_total',
    help: 'Time without the database, the present outage included.',
    type: 'counter',
    samples: ({ outages }) => one(seconds(outages.totalMs)),
  },
  {
    name: 'reconnects_total',
    help: 'Outages that have ended.',
    type: 'counter',
    samples: ({ stats }) => one(stats.totalReconnects),
  },
  {
    name: 'replacements_total',
    help: 'Replacements of the client, or of what is beneath it.',
    type: 'counter',
    labels: ['kind', 'reason'],
    samples: replacements,
  },
  {
    name: 'failovers_total',
    help: 'Changes to another primary.',
    type: 'counter',
    samples: ({ failovers }) => one(failovers),
  },
  {
    name: 'generation',
    help: 'Number of the client that serves.',
    type: 'gauge',
    samples: ({ stats }) => one(stats.generation),
  },
  {
    name: 'connection_age_seconds',
    help: 'Age of the client that serves.',
    type: 'gauge',
    samples: ({ stats }) => one(seconds(stats.connectionAge)),
  },
  {
    name: 'warmup_seconds',
    help: 'From when a connection was first wanted to the first verified one.',
    type: 'gauge',
    samples: ({ stats }) => maybe(stats.warmupMs === undefined ? undefined : seconds(stats.warmupMs)),
  },
  {
    name: 'timeouts_total',
    help: 'Tries of calls of read(), write() and report() that ran out of time.',
    type: 'counter',
    samples: ({ timeouts }) => one(timeouts),
  },
  {
    name: 'circuit_state',
    help: '1 for the state that the circuit breaker is in.',
    type: 'gauge',
    labels: ['state'],
    samples: ({ circuit }) => oneOf('state', kCircuitStates, circuit.state),
  },
  {
    name: 'circuit_opened_total',
    help: 'How often the circuit breaker has opened.',
    type: 'counter',
    samples: ({ circuit }) => one(circuit.opened),
  },
  {
    name: 'circuit_refusals_total',
    help: 'Calls that the open circuit breaker refused.',
    type: 'counter',
    samples: ({ circuit }) => one(circuit.refused),
  },
  {
    name: 'bulkhead_executing',
    help: 'Calls that hold a place.',
    type: 'gauge',
    labels: ['kind'],
    samples: bulkheads('executing'),
  },
  {
    name: 'bulkhead_waiting',
    help: 'Calls that wait for a place.',
    type: 'gauge',
    labels: ['kind'],
    samples: bulkheads('waiting'),
  },
  {
    name: 'bulkhead_rejections_total',
    help: 'Calls that found no place.',
    type: 'counter',
    labels: ['kind'],
    samples: bulkheads('rejected'),
  },
  {
    name: 'cache_requests_total',
    help: 'Calls that could be answered from the cache, by how they were.',
    type: 'counter',
    labels: ['result'],
    samples: ({ cache }) => each('result', { hit: cache.hits, miss: cache.misses, stale: cache.stale }),
  },
  {
    name: 'cache_entries',
    help: 'Answers that the cache holds in this process.',
    type: 'gauge',
    samples: ({ cache }) => one(cache.size),
  },
  {
    name: 'pool_connections',
    help: 'Connections of the adapter beneath the guard, where it shows them.',
    type: 'gauge',
    labels: ['state'],
    samples: ({ pool }) => (pool ? each('state', { idle: pool.idle, busy: pool.open - pool.idle }) : []),
  },
  {
    name: 'pool_waiting',
    help: 'Pieces of work that wait for a connection of the pool.',
    type: 'gauge',
    samples: ({ pool }) => maybe(pool?.waiting),
  },
  {
    name: 'heap_used_bytes',
    help: 'Heap in use by what has outlived the young generation.',
    type: 'gauge',
    samples: ({ memory }) => one(memory.heapUsed),
  },
  {
    name: 'heap_limit_bytes',
    help: 'What the heap may grow to.',
    type: 'gauge',
    samples: ({ memory }) => one(memory.heapLimit),
  },
  {
    name: 'resident_bytes',
    help: 'Resident memory of the process.',
    type: 'gauge',
    samples: ({ memory }) => one(memory.rss),
  },
  {
    name: 'container_limit_bytes',
    help: 'Memory limit of the container, where there is one.',
    type: 'gauge',
    samples: ({ memory }) => maybe(memory.containerLimit || undefined),
  },
];
