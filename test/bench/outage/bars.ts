/** What this package is to reach, and whether it has. Pure. */
import type { FaultName } from './faults';
import type { Figures } from './measure';

/** One subject's runs of one fault at one rate. */
export interface Summary {
  readonly fault: FaultName;
  readonly rate: number;
  readonly figures: Figures;
  /** What was told in all runs together, counted. */
  readonly events: Readonly<Record<string, number>>;
}

export interface Verdict {
  readonly what: string;
  readonly limit: number;
  /** The worst over the faults and rates that it is about; undefined where none of them was run. */
  readonly value: number | undefined;
  /** Where that was. */
  readonly where: string;
  readonly reached: boolean;
  readonly unit: '' | 'ms';
}

interface Bar {
  readonly what: string;
  readonly unit: '' | 'ms';
  readonly limit: (rate: number) => number;
  readonly value: (summary: Summary) => number;
  readonly faults?: readonly FaultName[];
  readonly rate?: number;
}

const count = (summary: Summary, ...names: string[]): number =>
  names.reduce((sum, name) => sum + (summary.events[name] ?? 0), 0);

/** Faults after which the server takes new connections at once, and nothing is left to find out about the old ones. */
const kClear: readonly FaultName[] = ['stop', 'terminate', 'freeze', 'reset'];

/** A bar for each rate: what has waited for seconds at a high one is more than a machine works off in one. */
function settledWithinASecond(what: string, fault: FaultName): Bar[] {
  return [100, 1000].map((rate) => ({
    what: `${what}, at ${rate.toLocaleString('en-US')}/s`,
    unit: 'ms',
    limit: () => 1000,
    value: ({ figures }) => figures.settledMs,
    faults: [fault],
    rate,
  }));
}

const kBars: readonly Bar[] = [
  { what: 'operations that hang', unit: '', limit: () => 0, value: ({ figures }) => figures.hung },
  { what: 'reads that fail', unit: '', limit: () => 0, value: ({ figures }) => figures.failedReads },
  {
    what: 'writes that fail although they were not sent',
    unit: '',
    limit: () => 0,
    value: ({ figures }) => figures.failedNotApplied,
  },
  {
    what: 'acknowledged rows lost, rows doubled, rows denied',
    unit: '',
    limit: () => 0,
    value: ({ figures }) => figures.lost + figures.doubled + figures.denied,
  },
  {
    what: 'first success once the server accepts again',
    unit: 'ms',
    limit: () => 50,
    value: ({ figures }) => figures.firstSuccessMs,
    faults: kClear,
  },
  {
    what: 'all that waited has settled, at 100/s',
    unit: 'ms',
    limit: () => 250,
    value: ({ figures }) => figures.settledMs,
    faults: ['stop', 'terminate', 'reset'],
    rate: 100,
  },
  {
    what: 'all that waited has settled, at 1,000/s',
    unit: 'ms',
    limit: () => 1500,
    value: ({ figures }) => figures.settledMs,
    faults: ['stop', 'terminate', 'reset'],
    rate: 1000,
  },
  ...settledWithinASecond('packets swallowed: all has settled after the return', 'swallow'),
  ...settledWithinASecond('server frozen: all has settled after the return', 'freeze'),
  {
    what: 'failover: first write on the new primary after its promotion',
    unit: 'ms',
    limit: () => 1000,
    value: ({ figures }) => figures.firstWriteMs,
    faults: ['failover'],
  },
  ...settledWithinASecond('behind PgBouncer: all has settled after the first query that it lets through', 'bouncer'),
  {
    what: 'a full pool: outages told and clients replaced',
    unit: '',
    limit: () => 0,
    value: (summary) => count(summary, 'disconnect', 'hard-reset', 'failover'),
    faults: ['saturation'],
  },
];

export function judge(summaries: readonly Summary[]): Verdict[] {
  return kBars.map(({ what, unit, limit, value, faults, rate }) => {
    const about = summaries.filter(
      (summary) => (faults?.includes(summary.fault) ?? true) && (rate ?? summary.rate) === summary.rate,
    );
    const values = about.map((summary) => ({
      value: value(summary),
      limit: limit(summary.rate),
      where: `${summary.fault}, ${summary.rate}/s`,
    }));
    const worst = values.sort((a, b) => b.value / (b.limit || 1) - a.value / (a.limit || 1))[0];
    return {
      what,
      unit,
      limit: worst?.limit ?? limit(rate ?? 100),
      value: worst?.value,
      where: worst?.where ?? '',
      reached: worst !== undefined && worst.value <= worst.limit,
    };
  });
}
