/**
 * What is in flight: the attempts that run, in the order in which they began, and the counters that the core folds.
 *
 * On the path of every healthy operation, so it does as little as it can: two list links, a few typed-array slots.
 */
import { type ControlBlock, slots } from '../native';
import { type Moment, milliseconds } from './clock';

const kStarted = slots.started;
const kSucceeded = slots.succeeded;
const kFailed = slots.failed;
const kLastCompletion = slots.lastCompletion;
const kOldestInFlight = slots.oldestInFlight;
const kLatencyMin = slots.latencyMin;
const kLatencyMax = slots.latencyMax;
const kLatencySum = slots.latencySum;
const kLatencyBuckets = slots.latencyBuckets;

/** What attempts run on: it counts them, so that it can be drained. */
interface Occupied {
  readonly epoch: number;
  inFlight: number;
  /** Called each time nothing is in flight any more; set while it drains. */
  onIdle: (() => void) | undefined;
}

/** What is kept here of one attempt. */
export interface Tracked {
  generation: Occupied;
  /** Of the generation, or of what was beneath it, when the attempt began. */
  epoch: number;
  /** When it began: the two parts of a Moment. */
  seconds: number;
  nanoseconds: number;
  inFlight: boolean;
  previous: Tracked | undefined;
  next: Tracked | undefined;
}

/** When an attempt began, in ms of performance.now(). */
export function startOf({ seconds, nanoseconds }: Pick<Tracked, 'seconds' | 'nanoseconds'>): number {
  return milliseconds([seconds, nanoseconds]);
}

/** Mirrors bucket_of() of src/core/latency_histogram.h: sixteen steps for each power of two of microseconds. */
export function latencyBucket(ms: number): number {
  const us = Math.min(0x7fffffff, ms * 1000) | 0;
  if (us < 16) return us < 0 ? 0 : us;
  const exponent = 31 - Math.clz32(us);
  return (exponent - 3) * 16 + ((us >> (exponent - 4)) & 15);
}

export class InFlight<Attempt extends Tracked = Tracked> {
  private first: Tracked | undefined;
  private last: Tracked | undefined;

  constructor(readonly block: ControlBlock) {}

  begin(entry: Attempt, generation: Attempt['generation'], now: Moment): void {
    entry.generation = generation;
    entry.epoch = generation.epoch;
    entry.seconds = now[0] | 0;
    entry.nanoseconds = now[1] | 0;
    entry.inFlight = true;
    const last = this.last;
    entry.previous = last;
    entry.next = undefined;
    if (last === undefined) this.first = entry;
    else last.next = entry;
    this.last = entry;
    this.block[kStarted]++;
    generation.inFlight++;
  }

  succeeded(entry: Attempt, now: Moment): void {
    const block = this.block;
    const latency = (now[0] - entry.seconds) * 1e3 + (now[1] - entry.nanoseconds) * 1e-6;
    block[kSucceeded]++;
    block[kLastCompletion] = milliseconds(now);
    block[kLatencyBuckets + latencyBucket(latency)]!++;
    block[kLatencySum] += latency;
    if (latency > block[kLatencyMax]) block[kLatencyMax] = latency;
    if (latency < block[kLatencyMin] || block[kSucceeded] === 1) block[kLatencyMin] = latency;
    this.remove(entry);
  }

  /** Failed, or given up as hanging: it no longer counts as in flight. */
  failed(entry: Attempt): void {
    this.block[kFailed]++;
    this.remove(entry);
  }

  /** Before an input that asks how long things have been in flight. */
  publishOldest(): void {
    this.block[kOldestInFlight] = this.first === undefined ? 0 : startOf(this.first);
  }

  /** A snapshot: callers settle entries while they walk. */
  entries(): Attempt[] {
    const entries: Attempt[] = [];
    for (let entry = this.first; entry !== undefined; entry = entry.next) entries.push(entry as Attempt);
    return entries;
  }

  private remove(entry: Tracked): void {
    const { previous, next } = entry;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
    entry.inFlight = false;
    const generation = entry.generation;
    if (--generation.inFlight === 0 && generation.onIdle !== undefined) generation.onIdle();
  }
}
