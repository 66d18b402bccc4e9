/**
 * A shared store that may go away and come back: memory stands in for it, and what was invalidated in between is
 * invalidated there before it is believed again.
 */
import { messageOf } from '../host/log';
import type { CacheStore } from '../options';
import { CircuitBreaker } from './circuit-breaker';
import { MemoryStore, type Entry, type EntryStore } from './entry-store';
import { SharedStore, UncacheableError } from './shared-store';
import { CallResult } from '../native';

interface FallbackStoreOptions {
  readonly store: CacheStore;
  /** Of one request to the store. */
  readonly timeoutMs: number;
  /** Between attempts to use a store that went away. */
  readonly retryMs: number;
  readonly maxEntries: number;
  readonly warn: (text: string) => void;
  readonly info: (text: string) => void;
}

/** More than this is not remembered key by key: the whole store is cleared instead. */
const kMostPending = 10_000;

export class FallbackStore implements EntryStore {
  private readonly shared: SharedStore;
  private readonly memory: MemoryStore;
  private readonly circuit: CircuitBreaker;
  private away = false;
  private readonly pendingKeys = new Set<string>();
  private readonly pendingPrefixes = new Set<string>();
  private pendingClear = false;
  private uncacheable = false;

  constructor(private readonly options: FallbackStoreOptions) {
    this.shared = new SharedStore(options.store, options.timeoutMs);
    this.memory = new MemoryStore(options.maxEntries);
    this.circuit = new CircuitBreaker({
      failureThreshold: 1,
      maxSampleSize: 1,
      halfOpenSuccessThreshold: 1,
      resetTimeout: options.retryMs,
    });
  }

  get size(): number {
    return this.memory.size;
  }

  get(key: string): Promise<Entry | undefined> {
    return this.use(
      () => this.shared.get(key),
      () => this.memory.get(key),
    );
  }

  stamp(): Promise<string | undefined> {
    return this.use(
      () => this.shared.stamp(),
      () => undefined,
    );
  }

  set(key: string, entry: Entry, stamp: string | undefined): Promise<void> {
    const write = async (): Promise<void> => {
      try {
        await this.shared.set(key, entry, stamp);
      } catch (error) {
        if (!(error instanceof UncacheableError)) throw error;
        this.tellUncacheable(error);
      }
    };
    return this.use(write, () => this.memory.set(key, entry));
  }

  delete(key: string): Promise<void> {
    this.memory.delete(key);
    return this.use(
      () => this.shared.delete([key]),
      () => this.remember(this.pendingKeys, key),
    );
  }

  deleteByPrefix(prefix: string): Promise<void> {
    this.memory.deleteByPrefix(prefix);
    return this.use(
      () => this.shared.deleteByPrefix(prefix),
      () => this.remember(this.pendingPrefixes, prefix),
    );
  }

  clear(): Promise<void> {
    this.memory.clear();
    return this.use(
      () => this.shared.clear(),
      () => {
        this.pendingClear = true;
      },
    );
  }

  private async use<T>(shared: () => Promise<T>, standIn: () => T): Promise<T> {
    const permit = this.circuit.acquire();
    if (permit === 0) return standIn();
    try {
      if (this.away) await this.catchUp();
      const answer = await shared();
      this.circuit.settle(permit, CallResult.success);
      this.isBack();
      return answer;
    } catch (error) {
      this.circuit.settle(permit, CallResult.failure);
      // A late failure of a request from before the store came back says nothing of today.
      if (this.circuit.getState() !== 'CLOSED') this.isAway(error);
      return standIn();
    }
  }

  private async catchUp(): Promise<void> {
    if (this.pendingClear) await this.shared.clear();
    this.pendingClear = false;
    const keys = [...this.pendingKeys];
    if (keys.length > 0) await this.shared.delete(keys);
    for (const key of keys) this.pendingKeys.delete(key);
    for (const prefix of [...this.pendingPrefixes]) {
      await this.shared.deleteByPrefix(prefix);
      this.pendingPrefixes.delete(prefix);
    }
  }

  private remember(pending: Set<string>, text: string): void {
    pending.add(text);
    if (this.pendingKeys.size + this.pendingPrefixes.size <= kMostPending) return;
    this.pendingClear = true;
    this.pendingKeys.clear();
    this.pendingPrefixes.clear();
  }

  private isAway(error: unknown): void {
    if (this.away) return;
    this.away = true;
    this.options.warn(`cache: the store is unavailable, entries are kept in memory: ${messageOf(error)}`);
  }

  private isBack(): void {
    if (!this.away) return;
    this.away = false;
    // What others have invalidated meanwhile is not known here.
    this.memory.clear();
    this.options.info('cache: the store is back');
  }

  private tellUncacheable(error: UncacheableError): void {
    if (this.uncacheable) return;
    this.uncacheable = true;
    this.options.warn(`cache: a value is not kept, now and whenever it comes again: ${error.message}`);
  }
}
