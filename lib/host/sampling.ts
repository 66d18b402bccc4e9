/**
 * One timer for all clients of a process that sample at the same interval, and one reading of the process's memory for
 * all of them. There is no timer while nobody samples.
 */
import { onOwnAccount } from '../drive/own-account';
import { heapUse } from './heap';

/** What V8 holds and may hold, and what the process holds, in bytes. */
export interface ProcessMemory {
  readonly used: number;
  readonly limit: number;
  readonly rss: number;
}

export interface Sampled {
  /** A reading of now. false: no more of them, please. */
  sampled(memory: ProcessMemory): boolean;
}

export function readMemory(): ProcessMemory {
  const { used, limit } = heapUse();
  return { used, limit, rss: process.memoryUsage.rss() };
}

const samplings = new Map<number, Sampling>();

export class Sampling {
  // A client that nobody uses any more is collected, shutdown() or not: its sampling must not keep it.
  private readonly refs = new Map<number, WeakRef<Sampled>>();
  private timer: NodeJS.Timeout | undefined;
  private last = 0;

  private constructor(private readonly intervalMs: number) {}

  /** The timer keeps no process alive. Answers how to leave. */
  static begin(intervalMs: number, sampled: Sampled): () => void {
    let sampling = samplings.get(intervalMs);
    if (sampling === undefined) samplings.set(intervalMs, (sampling = new Sampling(intervalMs)));
    return sampling.add(sampled);
  }

  private add(sampled: Sampled): () => void {
    const key = ++this.last;
    this.refs.set(key, new WeakRef(sampled));
    this.timer ??= onOwnAccount(() => setInterval(() => this.sample(), this.intervalMs)).unref();
    return () => this.remove(key);
  }

  private sample(): void {
    const memory = readMemory();
    for (const [key, ref] of [...this.refs]) if (!(ref.deref()?.sampled(memory) ?? false)) this.remove(key);
  }

  private remove(key: number): void {
    this.refs.delete(key);
    if (this.refs.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
    samplings.delete(this.intervalMs);
  }
}
