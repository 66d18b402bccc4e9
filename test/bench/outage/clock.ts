/** One clock for all processes of a run: the system's monotonic one, in ms. */
import { performance } from 'node:perf_hooks';

export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A moment of this process's performance.now(), on that clock. */
export function atPerformance(at: number): number {
  return now() - (performance.now() - at);
}
