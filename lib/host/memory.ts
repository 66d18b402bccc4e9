/**
 * Samples memory on a timer, never per query, and not while nothing happens. V8 is asked here, resident memory and the
 * container's limit are read natively, and the core says what follows from them.
 */
import type { CollectionDetail, MemoryHighDetail } from '../events';
import {
  type Growth,
  type MemoryReading,
  type MemorySample,
  type NativeConfig,
  type NativeMemoryMonitor,
  native,
} from '../native';
import { exposeCollector } from './collector';
import { type ProcessMemory, type Sampled, Sampling, readMemory } from './sampling';

interface MemoryWatchOptions {
  readonly config: NativeConfig;
  /** `memory.intervalMs` in effect. */
  readonly intervalMs: number;
  /** Nothing happens: sampling ends, until `start` is called again. Default: never. */
  readonly asleep?: () => boolean;
  /** Memory has just become high; percent of the limit that is nearest. */
  readonly onHigh: (percent: number, detail: MemoryHighDetail) => void;
  /** The collector was run and native memory returned. */
  readonly onCollected: (detail: CollectionDetail) => void;
  /** Resident memory keeps growing, and the configuration asks for a new client. */
  readonly onGrowth: (growth: Growth) => void;
  /** The collector should run, and this runtime lets nobody run it. Told once. */
  readonly onNoCollector?: () => void;
}

export type MemoryUse = MemorySample;

/** The collector frees the better part in the background; only what is free by then can be given back. */
const kSettleMs = 250;

export class MemoryWatch implements Sampled {
  private readonly monitor: NativeMemoryMonitor;
  private leave: (() => void) | undefined;
  private settling: NodeJS.Timeout | undefined;
  private missedCollector = false;
  private last: MemoryUse | undefined;

  constructor(private readonly options: MemoryWatchOptions) {
    this.monitor = new native.NativeMemoryMonitor(options.config, performance.now());
  }

  /** Idempotent; the timer keeps no process alive. */
  start(): void {
    this.leave ??= Sampling.begin(this.options.intervalMs, this);
  }

  stop(): void {
    this.leave?.();
    this.leave = undefined;
    clearTimeout(this.settling);
    this.settling = undefined;
  }

  sampled(memory: ProcessMemory): boolean {
    this.judge(memory);
    if (!this.options.asleep?.()) return true;
    this.leave = undefined;
    return false;
  }

  /** One sample, and all that follows from it; a collection is told of a moment later. */
  sample(): MemoryReading {
    return this.judge(readMemory());
  }

  private judge({ used, limit, rss }: ProcessMemory): MemoryReading {
    const reading = this.monitor.onSample(performance.now(), used, limit, rss);
    const { sample, advice } = reading;
    this.last = sample;
    if (advice.high) {
      const { share, ...detail } = advice.high;
      this.options.onHigh(Math.round(share * 10_000) / 100, detail);
    }
    if (advice.collect) this.collect();
    if (advice.replace) this.options.onGrowth(advice.replace);
    return reading;
  }

  /** The last sample, made now where there is none, or none is made by itself. Bytes; a limit of 0 means that there is none. */
  latest(): MemoryUse {
    return (this.leave && this.last) ?? this.sample().sample;
  }

  private collect(): void {
    const collector = exposeCollector();
    if (!collector && !this.missedCollector) {
      this.missedCollector = true;
      this.options.onNoCollector?.();
    }
    collector?.collect();
    // Without a collector, what the allocator holds free still goes back.
    this.settling ??= setTimeout(() => {
      this.settling = undefined;
      collector?.finish();
      this.giveBack();
    }, kSettleMs).unref();
  }

  private giveBack(): void {
    const { used, limit, rss } = readMemory();
    const { before, after } = this.monitor.onCollected(performance.now(), used, limit, rss);
    this.options.onCollected({
      heapBefore: before.heapUsed,
      heapAfter: after.heapUsed,
      rssBefore: before.rss,
      rssAfter: after.rss,
    });
  }
}
