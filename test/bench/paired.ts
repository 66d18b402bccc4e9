/**
 * Comparisons that can tell two per cent on a machine that has other work: all subjects do the same work in short turns,
 * each round there and back (A B C C B A), so that what drifts meets them alike, and every ratio is of one round. Each
 * turn begins with an empty nursery, and each few rounds with a collected heap. One of the subjects is there twice: how
 * far apart equals come out is the noise.
 */
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Subject {
  readonly name: string;
  /** One turn: the same work for each subject. */
  turn(): Promise<void>;
}

/** Of one subject, a value for each round. */
export interface Turns {
  readonly ms: number[];
  /** Of the whole process, in ms. */
  readonly cpu: number[];
}

/** A median of many rounds, and the bounds between which 95 % of the medians of resampled rounds lie. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Plan {
  readonly rounds: number;
  /** Rounds that are run and not counted: code is compiled, plans are cached. */
  readonly warmUp: number;
}

const kRoundsPerCollection = 10;
const kResamples = 1000;

export async function compare(subjects: readonly Subject[], plan: Plan): Promise<Map<string, Turns>> {
  const collect = collector();
  const turns = new Map<string, Turns>(subjects.map(({ name }) => [name, { ms: [], cpu: [] }]));
  for (let round = -plan.warmUp; round < plan.rounds; round += 1) {
    if (round % kRoundsPerCollection === 0) collect({ type: 'major' });
    const there = subjects.map((_subject, i) => subjects[(i + round + plan.warmUp) % subjects.length]);
    const sums = new Map(subjects.map((subject) => [subject, { ms: 0, cpu: 0 }]));
    for (const subject of [...there, ...there.reverse()]) {
      collect({ type: 'minor' });
      const cpuBefore = process.cpuUsage();
      const began = performance.now();
      await subject.turn();
      const sum = sums.get(subject)!;
      sum.ms += performance.now() - began;
      const { user, system } = process.cpuUsage(cpuBefore);
      sum.cpu += (user + system) / 1000;
    }
    if (round < 0) continue;
    for (const [{ name }, { ms, cpu }] of sums) {
      turns.get(name)!.ms.push(ms / 2);
      turns.get(name)!.cpu.push(cpu / 2);
    }
  }
  return turns;
}

/** Of `over`'s values to `under`'s, round by round. */
export function ratio(over: readonly number[], under: readonly number[]): Estimate {
  return estimate(over.map((value, round) => value / under[round]));
}

export function mean(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, round) => (value + b[round]) / 2);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 0 ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle];
}

function estimate(values: readonly number[]): Estimate {
  const random = numbers(values.length);
  const medians = Array.from({ length: kResamples }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)])),
  ).sort((a, b) => a - b);
  return { value: median(values), low: medians[kResamples * 0.025], high: medians[kResamples * 0.975] };
}

/** '0.985 (0.981-0.990)' */
export function shown({ value, low, high }: Estimate): string {
  return `${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
}

/** Prints on which side of its bar `estimate` is, and whether the noise leaves that open. A missed bar fails the process. */
export function verdict(what: string, estimate: Estimate, bar: { atMost: number } | { atLeast: number }): void {
  const { high, low, value } = estimate;
  const [limit, reached, text] =
    'atMost' in bar
      ? [bar.atMost, value <= bar.atMost, `at most ${bar.atMost.toFixed(3)}`]
      : [bar.atLeast, value >= bar.atLeast, `at least ${bar.atLeast.toFixed(3)}`];
  const open = low <= limit && limit <= high ? ', within the noise of the bar' : '';
  console.log(`${reached ? 'reached' : 'MISSED '}  ${what}: ${shown(estimate)}, bar ${text}${open}`);
  if (!reached) process.exitCode = 1;
}

function collector(): (options: { type: 'minor' | 'major' }) => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as (options: { type: 'minor' | 'major' }) => void;
}

/** Evenly spread over [0, 1), the same for the same seed: a second look at the same rounds gives the same bounds. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
