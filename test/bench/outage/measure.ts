/** From the book of one run to its figures. Pure. */
import type { Settlement } from '../../support/ledger';
import type { Operation, PoolSample } from './load';

/** Of one run, all on the clock of clock.ts. */
export interface Moments {
  readonly began: number;
  readonly fault: number;
  /** The database answers again. */
  readonly back: number;
  readonly loadEnded: number;
  /** Nobody waited for what had not settled by then. */
  readonly patienceOver: number;
}

export interface Figures {
  readonly operations: number;
  readonly failedReads: number;
  /** Failed writes, by what their errors claim: surely not applied; in doubt; nothing. */
  readonly failedNotApplied: number;
  readonly failedInDoubt: number;
  readonly failedUnstated: number;
  /**
   * Those failures among the reads, and among the writes surely not applied, that a client could have prevented: the
   * database was back a second before the operation's deadline, and no full pool was the reason.
   */
  readonly needlessReads: number;
  readonly needlessWrites: number;
  readonly hung: number;
  /** Operations that waited when the database came back. */
  readonly waiting: number;
  readonly longestWaitMs: number;
  /** From the database's return; Infinity: there was none. */
  readonly firstSuccessMs: number;
  readonly firstWriteMs: number;
  /** From the database's return until all that began before it had settled; Infinity: never. */
  readonly settledMs: number;
  /** Most operations that had or waited for a connection in the first second after the database's return. */
  readonly peakDemand: number;
  readonly lost: number;
  readonly doubled: number;
  /** Failed as surely not applied, and written. */
  readonly denied: number;
  /** Failed without saying so, and written: whoever tries again doubles them. */
  readonly failedYetWritten: number;
}

/** This package's `reconnect.deadline`, as it comes. */
const kDeadlineMs = 15_000;
/** In which all that waited has to be done. */
const kTimeToSettleMs = 1000;

export function measure(
  operations: readonly Operation[],
  samples: readonly PoolSample[],
  settlement: Settlement,
  { back, patienceOver }: Moments,
): Figures {
  const failed = operations.filter(({ ended, ok }) => ended !== undefined && !ok);
  const claims = failed.filter(({ read }) => !read).map(({ outcome }) => outcome);
  const claiming = (claim: Operation['outcome']): number => claims.filter((each) => each === claim).length;
  const notApplied = claiming('not-applied');
  const inDoubt = claiming('unknown');
  const needless = failed.filter(
    ({ began, crowdedOut }) => began + kDeadlineMs > back + kTimeToSettleMs && crowdedOut !== true,
  );
  const waiting = operations.filter(({ began, ended = Infinity }) => began <= back && ended > back);
  const successes = operations.filter(({ ended = -Infinity, ok }) => ok && ended >= back);
  const sinceBack = ({ ended = Infinity }: Operation): number => ended - back;
  return {
    operations: operations.length,
    failedReads: failed.length - claims.length,
    failedNotApplied: notApplied,
    failedInDoubt: inDoubt,
    failedUnstated: claims.length - notApplied - inDoubt,
    needlessReads: needless.filter(({ read }) => read).length,
    needlessWrites: needless.filter(({ read, outcome }) => !read && outcome === 'not-applied').length,
    waiting: waiting.length,
    hung: operations.filter(({ ended }) => ended === undefined).length,
    longestWaitMs: highest(operations.map(({ began, ended = patienceOver }) => ended - began)),
    firstSuccessMs: lowest(successes.map(sinceBack)),
    firstWriteMs: lowest(successes.filter(({ read }) => !read).map(sinceBack)),
    settledMs: highest(waiting.map(sinceBack)),
    peakDemand: highest(samples.filter(({ at }) => at >= back && at <= back + 1000).map(({ demand }) => demand)),
    lost: settlement.lost.length,
    doubled: settlement.doubled.length,
    denied: settlement.denied.length,
    failedYetWritten: settlement.undecidedPresent.length,
  };
}

const kTimes: ReadonlySet<keyof Figures> = new Set(['longestWaitMs', 'firstSuccessMs', 'firstWriteMs', 'settledMs']);

/** Of several runs: the median of what is a time, the worst of what is a count. */
export function summarise(runs: readonly Figures[]): Figures {
  const names = Object.keys(runs[0]) as (keyof Figures)[];
  return Object.fromEntries(
    names.map((name) => {
      const numbers = runs.map((figures) => figures[name]);
      return [name, kTimes.has(name) ? median(numbers) : highest(numbers)];
    }),
  ) as unknown as Figures;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function highest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), 0);
}

function lowest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Infinity);
}
