/** What the page is sent. Its script reads these names: lib/observe/dashboard/page. */
import { redact } from '../../redaction';
import type { Observation } from '../observation';
import type { TimelineEvent } from '../tally';
import { type Bin, quantile } from './bin';
import type { ServerActivity } from './source';

/** One bin, as the charts draw it. Rates are per second, latencies in ms, sizes in bytes. */
export interface Point {
  readonly at: number;
  readonly ms: number;
  readonly ok: number;
  readonly failed: number;
  readonly retries: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly inFlight: number;
  readonly parked: number;
  readonly poolWaiting: number;
  readonly heap: number;
  readonly rss: number;
  readonly state: string;
}

/** Everything that tables show: the latest only. */
interface View extends Omit<Observation, 'events' | 'recentErrors'> {
  readonly errors: readonly {
    readonly at: number;
    readonly what: string;
    readonly class: string;
    readonly text: string;
  }[];
  readonly activity: ServerActivity | undefined;
}

export interface Update {
  readonly points: readonly Point[];
  /** Those since the last update. */
  readonly events: readonly TimelineEvent[];
  readonly view: View;
}

/** Names are the application's, and of any length. */
const kLongestName = 200;

export function pointOf(bin: Bin, bounds: readonly number[], maxMs: number): Point {
  const perSecond = (count: number): number => round((count * 1000) / bin.ms);
  const latency = (share: number): number | null => {
    const ms = quantile(bin.latencies, bounds, share, maxMs);
    return ms === null ? null : round(ms);
  };
  return {
    at: bin.at,
    ms: bin.ms,
    ok: perSecond(bin.succeeded),
    failed: perSecond(bin.failed),
    retries: perSecond(bin.retries),
    p50: latency(0.5),
    p90: latency(0.9),
    p99: latency(0.99),
    inFlight: bin.inFlight,
    parked: bin.parked,
    poolWaiting: bin.poolWaiting,
    heap: bin.heapUsed,
    rss: bin.rss,
    state: bin.state,
  };
}

export function viewOf({ events: _, recentErrors, ...rest }: Observation, activity?: ServerActivity): View {
  const errors = recentErrors.map(({ at, model, operation, errorClass, message }) => ({
    at: at.getTime(),
    what: (model === undefined ? operation : `${model}.${operation}`).slice(0, kLongestName),
    class: errorClass,
    // Once more: a password may have become known after the error.
    text: redact(message),
  }));
  return { ...rest, errors, activity };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
