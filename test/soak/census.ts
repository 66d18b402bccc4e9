/** What this process and the server hold at a quiet moment, and whether it grows from one such moment to the next. */
import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PostgresCluster } from '../support/postgres';

export interface Census {
  readonly heapMb: number;
  readonly rssMb: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly serverConnections: number;
  readonly timers: number;
}

/**
 * How much more the last third of a run may hold than the second tenth to the first third: what a collector leaves
 * behind, a pool that is not full yet, a thread of libuv's. A leak of one object a fault is above it in ten minutes.
 */
const kNoise: { readonly [Key in keyof Census]: { readonly share: number; readonly more: number } } = {
  heapMb: { share: 0.15, more: 6 },
  rssMb: { share: 0.15, more: 30 },
  descriptors: { share: 0.1, more: 6 },
  threads: { share: 0, more: 3 },
  serverConnections: { share: 0.1, more: 6 },
  timers: { share: 0.1, more: 4 },
};

const kMeasures = Object.keys(kNoise) as (keyof Census)[];
const kMb = 1 << 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

export async function takeCensus(server: PostgresCluster): Promise<Census> {
  collect();
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  const [row] = await server.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'app' AND pid <> pg_backend_pid()`,
  );
  return {
    heapMb: heapUsed / kMb,
    rssMb: rss / kMb,
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    serverConnections: row?.n ?? 0,
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
  };
}

export interface Growth {
  readonly measure: keyof Census;
  readonly early: number;
  readonly late: number;
  readonly allowed: number;
  readonly grows: boolean;
}

/** Medians of the early and the late moments. The first tenth, in which caches and pools fill, does not count. */
export function growthOf(censuses: readonly Census[]): Growth[] {
  const at = (share: number): number => Math.floor(censuses.length * share);
  const [from, middle, late] = [Math.max(1, at(0.1)), Math.max(2, at(1 / 3)), at(2 / 3)];
  return kMeasures.map((measure) => {
    const of = (part: readonly Census[]): number => median(part.map((census) => census[measure]));
    const early = of(censuses.slice(from, middle));
    const { share, more } = kNoise[measure];
    const allowed = early * (1 + share) + more;
    const last = of(censuses.slice(late));
    return { measure, early, late: last, allowed, grows: last > allowed };
  });
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
