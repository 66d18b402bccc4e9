/** What went through the proxy over time, and what that says of the application. Pure: time is handed in. */

/** Counted since the drill began, except `open`. */
export interface Sample {
  /** In ms, of a clock that only goes forward. */
  readonly at: number;
  /** Times the database has answered the application. */
  readonly answers: number;
  /** Connections that the application holds now. */
  readonly open: number;
  readonly opened: number;
  readonly fromApplication: number;
  readonly fromDatabase: number;
}

export interface Recovery {
  /** From the fault's end to the first answer after it; null where none came. */
  readonly firstAnswerMs: number | null;
  /** From the fault's end until answers began to flow at half their healthy rate again; null where they did not. */
  readonly recoveredMs: number | null;
}

const kShare = 0.5;
const kAlike = 1.5;
const kMostWindows = 8;
const kShortestWindowMs = 1000;
const kLongestWindowMs = 5000;
/** What a window should hold while all is well, so that its count says something. */
const kAnswersPerWindow = 10;

/** Answers per second from the first sample at or after `from` to the last one. */
export function rateSince(samples: readonly Sample[], from: number): number {
  const first = samples.find(({ at }) => at >= from);
  const last = samples[samples.length - 1];
  if (!first || !last || last.at <= first.at) return 0;
  return ((last.answers - first.answers) * 1000) / (last.at - first.at);
}

/**
 * The rate of a load that has warmed up, from its rates in windows one after the other: the mean of the last two where
 * they are alike, or of all where they will not become so. undefined: look at one more window.
 */
export function steadyRate(rates: readonly number[]): number | undefined {
  const [before, last] = rates.slice(-2);
  if (before === undefined || last === undefined) return undefined;
  const alike = before > 0 && last > 0 && Math.max(before, last) <= kAlike * Math.min(before, last);
  const judged = alike ? [before, last] : rates;
  if (!alike && rates.length < kMostWindows) return undefined;
  return judged.reduce((sum, rate) => sum + rate, 0) / judged.length;
}

/** Over how long answers are counted, given how many come per second while all is well. */
export function windowMs(healthyRate: number): number {
  if (healthyRate <= 0) return kLongestWindowMs;
  return Math.min(kLongestWindowMs, Math.max(kShortestWindowMs, (kAnswersPerWindow * 1000) / healthyRate));
}

/** What the samples say of the time after a fault that ended at `end`. */
export function recoveryAfter(samples: readonly Sample[], end: number, healthyRate: number): Recovery {
  const after = samples.filter(({ at }) => at >= end);
  const start = after[0];
  if (!start) return { firstAnswerMs: null, recoveredMs: null };
  const first = after.find(({ answers }) => answers > start.answers);
  const window = windowMs(healthyRate);
  const enough = Math.max(1, (kShare * healthyRate * window) / 1000);
  let recoveredMs: number | null = null;
  for (let i = 0, j = 0; i < after.length && recoveredMs === null; i += 1) {
    const from = after[i] as Sample;
    while (j < after.length && (after[j] as Sample).at < from.at + window) j += 1;
    const until = after[j];
    if (!until) break;
    if (until.answers - from.answers < enough) continue;
    const begins = after.find(({ at, answers }) => at > from.at && answers > from.answers) as Sample;
    recoveredMs = begins.at - end;
  }
  return { firstAnswerMs: first ? first.at - end : null, recoveredMs };
}

/** The most connections that were opened within one second. */
export function peakOpenedPerSecond(samples: readonly Sample[], from: number): number {
  const seen = samples.filter(({ at }) => at >= from);
  let peak = 0;
  for (let i = 0, j = 0; j < seen.length; j += 1) {
    while ((seen[j] as Sample).at - (seen[i] as Sample).at > 1000) i += 1;
    peak = Math.max(peak, (seen[j] as Sample).opened - (seen[i] as Sample).opened);
  }
  return peak;
}
