/** What this package is to reach, and whether it has. Pure. */
import type { Capacity } from './capacity';
import { type FaultName, kFaults } from './faults';
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
  readonly unit: '' | 'ms';
  readonly limit: number;
  /** The worst over the faults and rates that it is about; undefined where none of them was run. */
  readonly value: number | undefined;
  /** Where that was. */
  readonly where: string;
  readonly reached: boolean;
  /** ms that this machine needs for what waited, however it is let go, where that is more than the limit. */
  readonly leastPossible?: number;
}

interface Bar {
  readonly what: string;
  readonly unit: '' | 'ms';
  readonly limit: number;
  readonly value: (summary: Summary) => number;
  readonly faults?: readonly FaultName[];
  readonly rate?: number;
  /** ms that pass before what waited can be let go at all. */
  readonly grace?: number;
}

/** Faults after which the server takes new connections at once, and nothing is left to find out about the old ones. */
const kClear: readonly FaultName[] = ['stop', 'terminate', 'freeze', 'reset'];
/** The least time for which a silent connection is waited for. */
const kGraceMs = 500;

const kBars: readonly Bar[] = [
  { what: 'operations that hang', unit: '', limit: 0, value: ({ figures }) => figures.hung },
  { what: 'reads that fail', unit: '', limit: 0, value: ({ figures }) => figures.needlessReads },
  {
    what: 'writes that fail although they were not sent',
    unit: '',
    limit: 0,
    value: ({ figures }) => figures.needlessWrites,
  },
  {
    what: 'acknowledged rows lost, rows doubled, rows denied',
    unit: '',
    limit: 0,
    value: ({ figures }) => figures.lost + figures.doubled + figures.denied,
  },
  {
    what: 'first success once the server accepts again',
    unit: 'ms',
    limit: 50,
    value: ({ figures }) => figures.firstSuccessMs,
    faults: kClear,
  },
  settled('all that waited has settled', ['stop', 'terminate', 'reset'], 250, { rate: 100 }),
  settled('all that waited has settled', ['stop', 'terminate', 'reset'], 1500, { rate: 1000 }),
  settled('packets swallowed: all has settled after the return', ['swallow'], 1000, { grace: kGraceMs }),
  settled('server frozen: all has settled after the return', ['freeze'], 1000),
  {
    what: 'failover: first write on the new primary after its promotion',
    unit: 'ms',
    limit: 1000,
    value: ({ figures }) => figures.firstWriteMs,
    faults: ['failover'],
  },
  settled('behind PgBouncer: all has settled after the first query that it lets through', ['bouncer'], 1000),
  {
    what: 'a full pool: outages told and clients replaced',
    unit: '',
    limit: 0,
    value: ({ events }) => ['disconnect', 'hard-reset', 'failover'].reduce((sum, name) => sum + (events[name] ?? 0), 0),
    faults: ['saturation'],
  },
];

function settled(
  what: string,
  faults: readonly FaultName[],
  limit: number,
  options: Pick<Bar, 'rate' | 'grace'> = {},
): Bar {
  return { what, unit: 'ms', limit, value: ({ figures }) => figures.settledMs, faults, grace: 0, ...options };
}

export function judge(summaries: readonly Summary[], capacity: Capacity): Verdict[] {
  return kBars.flatMap((bar) => {
    const about = summaries.filter(
      ({ fault, rate }) => (bar.faults?.includes(fault) ?? true) && (bar.rate ?? rate) === rate,
    );
    // What takes time takes longer at a higher rate; what must never happen must not at any.
    const perRate =
      bar.grace !== undefined && about.length > 0 ? [...new Set(about.map(({ rate }) => rate))] : [undefined];
    return perRate.map((rate) =>
      verdict(
        rate === undefined ? bar : { ...bar, what: `${bar.what}, at ${rate.toLocaleString('en-US')}/s` },
        about.filter((summary) => rate === undefined || summary.rate === rate),
        capacity,
      ),
    );
  });
}

function verdict({ what, unit, limit, value, grace }: Bar, about: readonly Summary[], capacity: Capacity): Verdict {
  const [worst] = [...about].sort((a, b) => value(b) - value(a));
  if (worst === undefined) return { what, unit, limit, value: undefined, where: '', reached: false };
  const { fault, rate, figures } = worst;
  const needed = grace === undefined ? 0 : grace + (figures.waiting * 1000) / capacity[kFaults[fault].scene];
  return {
    what,
    unit,
    limit,
    value: value(worst),
    where: `${fault}, ${rate.toLocaleString('en-US')}/s`,
    reached: value(worst) <= limit,
    ...(needed > limit && { leastPossible: needed }),
  };
}

/** Where the machine cannot reach the limit, this many times the least that it needs is still in order. */
const kAllowance = 2;

/** A bar that was to be reached here, and was not. */
export function isMissed({ value, reached, leastPossible = 0 }: Verdict): boolean {
  return value !== undefined && !reached && value > kAllowance * leastPossible;
}
