/**
 * read(), write() and report(): one composition of the tools, in one order, from the outside to the inside:
 * cache, bulkhead, circuit, retry, timeout.
 */
import { DeadlineExceededError, ShutdownError, TimeoutError } from '../errors';
import type { BulkheadOptions, ResilientConfig } from '../options';
import { Bulkhead } from './bulkhead';
import { Cache } from './cache';
import { currentCall, type CallContext } from '../contracts/call-context';
import { Check } from '../argument-check';
import { CircuitBreaker, type CircuitEvent } from './circuit-breaker';
import { annotateTimeout, judgeCall, knownOutcome } from './judge';
import { CallResult, type EffectiveConfig, type NativeRetrySchedule, native } from '../native';
import { refuse } from './refusal';
import { retrying } from './retry';

/** The body of a call. It may be called several times where it is a read, or where retries of a write were asked for. */
export type CallFunction<T> = (context: CallContext) => PromiseLike<T> | T;

interface CallOptions {
  /** Of one try, in ms. Default: `timeouts` of the configuration. */
  timeoutMs?: number;
  /** Across all tries and waits, in ms: none begins or lasts beyond it. Default: `reconnect.deadline`. */
  deadlineMs?: number;
  /** Ends the call with the signal's reason. */
  signal?: AbortSignal;
}

interface CachedOptions {
  /** Answers come from the cache, and go into it, under this key. Default: neither. */
  cacheKey?: string;
  /** How long the answer is fresh, in ms. Default: `cache.ttlMs`. */
  cacheTtl?: number;
  /** How long after that it may stand in for a failure that is not the caller's own, in ms. Default: `cache.staleTtlMs`. */
  staleTtl?: number;
}

export interface ReadOptions extends CallOptions, CachedOptions {
  /** Tries after the first, for failures where another may help. Default 2. */
  retries?: number;
}

export interface WriteOptions extends CallOptions {
  /**
   * Tries after the first, for failures by which nothing was applied. The whole function is run again, so ask for them
   * only where it may be. Default 0.
   */
  retries?: number;
  /** Cache keys to forget once the write is done, or may be. With `*` or `:` at its end: all keys that begin so. */
  invalidateCache?: string | readonly string[];
}

export interface ReportOptions extends CallOptions, CachedOptions {}

/** What the composition counts; all since the beginning. */
export interface ToolboxCounts {
  readonly retries: number;
  readonly timeouts: number;
  readonly circuitBreaks: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly bulkheadRejections: number;
}

interface ToolboxHost {
  readonly config: ResilientConfig;
  readonly effective: EffectiveConfig;
  readonly log: { warn(text: string): void; info(text: string): void };
  readonly onCircuit: (event: CircuitEvent) => void;
}

type Kind = 'read' | 'write' | 'report';

interface Protection {
  readonly bulkhead: Bulkhead;
  readonly timeoutMs: number;
  readonly retries: number;
  /** What running it twice may do. */
  readonly judgedAs: 'read' | 'write';
}

export class ReadWriteReport {
  readonly cache: Cache;
  readonly circuit: CircuitBreaker;
  readonly bulkheads: Readonly<Record<'read' | 'write' | 'reporting', Bulkhead>>;
  private readonly protections: Readonly<Record<Kind, Protection>>;
  private readonly schedules = new Map<number, NativeRetrySchedule>();
  private readonly effective: EffectiveConfig;
  private retries = 0;
  private timeouts = 0;
  private closed = false;
  /** Called once nothing runs and nothing waits any more. */
  private onDrained: (() => void) | undefined;

  constructor(host: ToolboxHost) {
    const { effective, config, log } = host;
    this.effective = effective;
    this.cache = new Cache({ ...effective.cache, store: config.cache?.store, log });
    this.circuit = new CircuitBreaker(effective.circuitBreaker);
    for (const event of ['open', 'half-open', 'close'] as const) this.circuit.on(event, () => host.onCircuit(event));
    const { bulkheads, timeouts } = effective;
    this.bulkheads = {
      read: bulkheadOf(bulkheads.read),
      write: bulkheadOf(bulkheads.write),
      reporting: bulkheadOf(bulkheads.reporting),
    };
    this.protections = {
      read: { bulkhead: this.bulkheads.read, timeoutMs: timeouts.read, retries: 2, judgedAs: 'read' },
      write: { bulkhead: this.bulkheads.write, timeoutMs: timeouts.write, retries: 0, judgedAs: 'write' },
      report: { bulkhead: this.bulkheads.reporting, timeoutMs: timeouts.report, retries: 0, judgedAs: 'read' },
    };
  }

  read<T>(fn: CallFunction<T>, options: ReadOptions = {}): Promise<T> {
    if (this.refuses()) return refuse(afterShutdown());
    return options.cacheKey === undefined
      ? this.call('read', fn, options)
      : this.cached('read', fn, options, options.cacheKey);
  }

  write<T>(fn: CallFunction<T>, options: WriteOptions = {}): Promise<T> {
    if (this.refuses()) return refuse(afterShutdown());
    const { invalidateCache } = options;
    return invalidateCache === undefined
      ? this.call('write', fn, options)
      : this.invalidating(fn, options, typeof invalidateCache === 'string' ? [invalidateCache] : invalidateCache);
  }

  report<T>(fn: CallFunction<T>, options: ReportOptions = {}): Promise<T> {
    if (this.refuses()) return refuse(afterShutdown());
    return options.cacheKey === undefined
      ? this.call('report', fn, options)
      : this.cached('report', fn, options, options.cacheKey);
  }

  counts(): ToolboxCounts {
    const { hits, misses, stale } = this.cache.stats();
    return {
      retries: this.retries,
      timeouts: this.timeouts,
      circuitBreaks: this.circuit.getMetrics().refused,
      cacheHits: hits + stale,
      cacheMisses: misses,
      bulkheadRejections: Object.values(this.bulkheads).reduce((sum, bulkhead) => sum + bulkhead.rejected, 0),
    };
  }

  /** Refuses what comes from now on. Resolves once what was accepted before has ended. */
  close(): Promise<void> {
    this.closed = true;
    this.circuit.dispose();
    return new Promise((resolve) => {
      this.onDrained = resolve;
      this.ended();
    });
  }

  /** One more try has taken too long. */
  timedOut(): void {
    ++this.timeouts;
  }

  /** What a call that was accepted before makes is a part of it. */
  private refuses(): boolean {
    return this.closed && currentCall() === undefined;
  }

  private ended(): void {
    if (!this.onDrained) return;
    const busy = Object.values(this.bulkheads).some((bulkhead) => {
      const { executing, waiting } = bulkhead.getMetrics();
      return executing + waiting > 0;
    });
    if (!busy) this.onDrained();
  }

  private cached<T>(kind: Kind, fn: CallFunction<T>, options: ReadOptions, key: string): Promise<T> {
    return this.cache.getOrSet(
      key,
      // A fetch that others wait for too ends with the last of its callers, not with this one's signal.
      (flight) => this.call(kind, fn, options.signal ? { ...options, signal: flight.signal } : options),
      { ttl: options.cacheTtl, staleTtl: options.staleTtl, signal: options.signal, staleOn: mayStandIn },
    );
  }

  private call<T>(kind: Kind, fn: CallFunction<T>, options: ReadOptions): Promise<T> {
    const problem = checked(kind, fn, options);
    if (problem) return problem;
    const protection = this.protections[kind];
    const { signal, deadlineMs = this.effective.reconnect.deadline } = options;
    const deadlineAt = performance.now() + deadlineMs;
    const wait = protection.bulkhead.enter({ signal, deadlineAt });
    const run = (): Promise<T> => this.throughCircuit(protection, fn, options, deadlineAt);
    return wait ? wait.then(run, (error) => this.notEntered(error)) : run();
  }

  private notEntered(error: unknown): never {
    this.ended();
    throw error;
  }

  private throughCircuit<T>(
    protection: Protection,
    fn: CallFunction<T>,
    options: ReadOptions,
    deadlineAt: number,
  ): Promise<T> {
    const permit = this.circuit.acquire();
    if (permit !== 0) return this.tries(protection, fn, options, deadlineAt, permit);
    protection.bulkhead.leave();
    this.ended();
    return refuse(this.circuit.refusal());
  }

  private async tries<T>(
    protection: Protection,
    fn: CallFunction<T>,
    options: ReadOptions,
    deadlineAt: number,
    permit: number,
  ): Promise<T> {
    try {
      const value = await retrying(fn, {
        schedule: this.schedule(options.retries ?? protection.retries),
        timeoutMs: options.timeoutMs ?? protection.timeoutMs,
        deadlineAt,
        signal: options.signal,
        worthAnotherTry: (error) => judgeCall(error, protection.judgedAs, false).again,
        onRetry: () => void ++this.retries,
        onTimeout: () => this.timedOut(),
      });
      this.circuit.settle(permit, CallResult.success);
      return value;
    } catch (error) {
      this.circuit.settle(
        permit,
        options.signal?.aborted ? CallResult.neither : judgeCall(rootOf(error), protection.judgedAs, false).result,
      );
      if (error instanceof TimeoutError) annotateTimeout(error, protection.judgedAs);
      throw error;
    } finally {
      protection.bulkhead.leave();
      this.ended();
    }
  }

  private schedule(retries: number): NativeRetrySchedule {
    let schedule = this.schedules.get(retries);
    if (schedule === undefined) {
      const { initialDelay, maxDelay, backoff, jitter } = this.effective.reconnect;
      const seed = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
      schedule = new native.NativeRetrySchedule(
        { maxRetries: retries, firstAtOnce: true, initialDelayMs: initialDelay, maxDelayMs: maxDelay, backoff, jitter },
        seed,
      );
      this.schedules.set(retries, schedule);
    }
    return schedule;
  }

  private async invalidating<T>(fn: CallFunction<T>, options: WriteOptions, keys: readonly string[]): Promise<T> {
    let begun = false;
    const noted: CallFunction<T> = (context) => {
      begun = true;
      return fn(context);
    };
    let outdated = true;
    try {
      return await this.call('write', noted, options);
    } catch (error) {
      // Where nothing was applied, what the cache holds is still right, and may be all there is to answer with.
      outdated = begun && knownOutcome(error) !== 'not-applied';
      throw error;
    } finally {
      if (outdated) await Promise.all(keys.map((key) => this.forget(key)));
    }
  }

  private forget(key: string): Promise<void> {
    if (key.endsWith('*')) return this.cache.invalidateByPrefix(key.slice(0, -1));
    return key.endsWith(':') ? this.cache.invalidateByPrefix(key) : this.cache.invalidate(key);
  }
}

function bulkheadOf({ maxConcurrent, maxWaiting }: Required<BulkheadOptions>): Bulkhead {
  return new Bulkhead({ maxConcurrent, maxWaiting });
}

function checked(kind: Kind, fn: unknown, options: ReadOptions & WriteOptions): Promise<never> | undefined {
  const { timeoutMs, deadlineMs, retries, cacheTtl, staleTtl } = options;
  const plain = timeoutMs ?? deadlineMs ?? retries ?? cacheTtl ?? staleTtl;
  if (typeof fn === 'function' && plain === undefined) return undefined;
  try {
    new Check(kind)
      .that(typeof fn === 'function', 'fn', 'a function', fn)
      .duration('timeoutMs', timeoutMs, 1)
      .duration('deadlineMs', deadlineMs, 1)
      .integer('retries', retries, 0, 1000)
      .duration('cacheTtl', cacheTtl, 1)
      .duration('staleTtl', staleTtl)
      .done();
    return undefined;
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A stale answer is better than a failure of the infrastructure, and worse than an error that is the caller's own. */
function mayStandIn(error: unknown): boolean {
  const { result, unknown } = judgeCall(rootOf(error), 'read', false);
  return result !== CallResult.success || unknown;
}

/** What a deadline cut short failed for a reason of its own. */
function rootOf(error: unknown): unknown {
  return error instanceof DeadlineExceededError && error.cause !== undefined ? error.cause : error;
}

function afterShutdown(): ShutdownError {
  return new ShutdownError('shutdown() was called: nothing is accepted any more.');
}
