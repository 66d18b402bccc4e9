/** A cache with single flight, and with answers that stand in for a fetch that fails. */
import type { CacheStore } from '../options';
import { CallAttempt } from '../contracts/call-context';
import { Check, kLongestMs } from '../argument-check';
import { MemoryStore, type Entry, type EntryStore } from './entry-store';
import { FallbackStore } from './fallback-store';
import { unlessAborted } from './wait';

export interface CacheOptions {
  /** Any Keyv instance, Keyv store or Map, for entries that several processes share. Default: in memory. */
  store?: CacheStore;
  /** Entries held in memory; the least recently used goes first. Default 1000. */
  maxEntries?: number;
  /** How long an entry is fresh, in ms. Default 60000. */
  ttlMs?: number;
  /** How long after that it may stand in for a failed fetch, in ms. Default 300000. */
  staleTtlMs?: number;
  /** Told when a shared store goes away and comes back. Default: nobody. */
  log?: { warn(text: string): void; info(text: string): void };
}

export interface EntryOptions {
  /** How long the entry is fresh, in ms. Default: the cache's. */
  ttl?: number;
  /** How long after that it may stand in for a failed fetch, in ms. Default: the cache's. */
  staleTtl?: number;
  /** Whether a stale entry may stand in for this failure. Default: for every one. */
  staleOn?(error: unknown): boolean;
  /** Ends the wait of this caller with the signal's reason; the fetch ends with the last of its callers. */
  signal?: AbortSignal;
}

export interface CacheStats {
  /** Answers from a fresh entry. */
  readonly hits: number;
  readonly misses: number;
  /** Misses that shared the fetch of another caller. */
  readonly coalesced: number;
  /** Answers from a stale entry, in place of an error. */
  readonly stale: number;
  /** Fetches that failed. */
  readonly errors: number;
  readonly invalidations: number;
  /** Entries in this process. */
  readonly size: number;
  /** Hits and stale answers among all calls; 0 before the first. */
  readonly hitRate: number;
}

/** How an answer came about. */
type Source = 'hit' | 'miss' | 'stale';

interface Flight {
  readonly answer: Promise<{ value: unknown; source: Source }>;
  readonly attempt: CallAttempt;
  callers: number;
  /** What it fetches was invalidated after it began: its callers get it, nobody else. */
  outdated: boolean;
}

const kStoreTimeoutMs = 500;
const kStoreRetryMs = 1000;

export class Cache {
  private readonly store: EntryStore;
  private readonly flights = new Map<string, Flight>();
  private readonly counts = { hits: 0, misses: 0, coalesced: 0, stale: 0, errors: 0, invalidations: 0 };
  private readonly ttlMs: number;
  private readonly staleTtlMs: number;

  /** Throws a ConfigError that lists every problem of `options`. */
  constructor(options: CacheOptions = {}) {
    const { store, maxEntries = 1000, ttlMs = 60_000, staleTtlMs = 300_000, log } = options;
    new Check('cache')
      .that(store === undefined || isStore(store), 'store', 'an object with get, set and delete', store)
      .integer('maxEntries', maxEntries, 1, 1_000_000)
      .duration('ttlMs', ttlMs, 1)
      .duration('staleTtlMs', staleTtlMs)
      .done();
    this.ttlMs = ttlMs;
    this.staleTtlMs = staleTtlMs;
    this.store = store
      ? new FallbackStore({
          store,
          maxEntries,
          timeoutMs: kStoreTimeoutMs,
          retryMs: kStoreRetryMs,
          warn: (text) => log?.warn(text),
          info: (text) => log?.info(text),
        })
      : new MemoryStore(maxEntries);
  }

  /**
   * The fresh entry of `key`, else what `fetch` answers, which is kept. Callers who ask for the same key at the same
   * time share one fetch. Where it fails, an entry that is not too stale stands in for it. `options` as a number: `ttl`.
   */
  getOrSet<T>(
    key: string,
    fetch: (context: { readonly signal: AbortSignal }) => PromiseLike<T> | T,
    options: number | EntryOptions = {},
  ): Promise<T> {
    const given = typeof options === 'number' ? { ttl: options } : options;
    if (given.signal?.aborted) return Promise.reject(given.signal.reason);
    const flight = this.flights.get(key);
    if (flight) {
      return this.join(flight, given.signal, true) as Promise<T>;
    }
    const found = this.store.get(key);
    if (!(found instanceof Promise) && found !== undefined && Date.now() < found.freshUntil) {
      ++this.counts.hits;
      return Promise.resolve(found.value as T);
    }
    try {
      new Check('cache')
        .text('key', key)
        .that(key !== undefined, 'key', 'a string', key)
        .duration('ttl', given.ttl, 1)
        .duration('staleTtl', given.staleTtl)
        .done();
    } catch (error) {
      return Promise.reject(error);
    }
    return this.join(this.takeOff(key, found, fetch, given), given.signal, false) as Promise<T>;
  }

  /** The fresh entry of `key`, or undefined. */
  async get<T = unknown>(key: string): Promise<T | undefined> {
    const entry = await this.store.get(key);
    const fresh = entry !== undefined && Date.now() < entry.freshUntil;
    ++this.counts[fresh ? 'hits' : 'misses'];
    return fresh ? (entry.value as T) : undefined;
  }

  async set(key: string, value: unknown, options: number | Pick<EntryOptions, 'ttl' | 'staleTtl'> = {}): Promise<void> {
    const given = typeof options === 'number' ? { ttl: options } : options;
    new Check('cache').duration('ttl', given.ttl, 1).duration('staleTtl', given.staleTtl).done();
    this.outdate(key);
    await this.store.set(key, this.entryOf(value, given), await this.store.stamp());
  }

  /** Forgets the entries of these keys, and what is being fetched for them. */
  async invalidate(...keys: string[]): Promise<void> {
    for (const key of keys) {
      ++this.counts.invalidations;
      this.outdate(key);
    }
    await Promise.all(keys.map((key) => this.store.delete(key)));
  }

  /** Forgets all entries whose key begins with `prefix`, and what is being fetched for them. */
  async invalidateByPrefix(prefix: string): Promise<void> {
    ++this.counts.invalidations;
    for (const key of [...this.flights.keys()]) if (key.startsWith(prefix)) this.outdate(key);
    await this.store.deleteByPrefix(prefix);
  }

  async clear(): Promise<void> {
    ++this.counts.invalidations;
    for (const key of [...this.flights.keys()]) this.outdate(key);
    await this.store.clear();
  }

  stats(): CacheStats {
    const { hits, misses, stale } = this.counts;
    const calls = hits + misses + stale;
    return { ...this.counts, size: this.store.size, hitRate: calls === 0 ? 0 : (hits + stale) / calls };
  }

  private async join(flight: Flight, signal: AbortSignal | undefined, joined: boolean): Promise<unknown> {
    ++flight.callers;
    try {
      const { value, source } = await unlessAborted(flight.answer, signal);
      this.count(source, joined);
      return value;
    } catch (error) {
      this.count('miss', joined);
      throw error;
    } finally {
      if (--flight.callers === 0 && signal?.aborted) flight.attempt.abort(signal.reason);
    }
  }

  private count(source: Source, joined: boolean): void {
    if (source === 'hit') ++this.counts.hits;
    else if (source === 'stale') ++this.counts.stale;
    else ++this.counts.misses;
    if (joined && source === 'miss') ++this.counts.coalesced;
  }

  private takeOff(
    key: string,
    found: Entry | undefined | Promise<Entry | undefined>,
    fetch: (context: { readonly signal: AbortSignal }) => unknown,
    options: EntryOptions,
  ): Flight {
    const attempt = new CallAttempt(1);
    const fly = async (): Promise<{ value: unknown; source: Source }> => {
      try {
        const entry = found instanceof Promise ? await found : found;
        if (entry !== undefined && Date.now() < entry.freshUntil) return { value: entry.value, source: 'hit' };
        return await this.fetch(key, flight, entry, fetch, options);
      } finally {
        if (this.flights.get(key) === flight) this.flights.delete(key);
      }
    };
    // Begins a turn later, when `flight` is there to be told that it is outdated.
    const flight: Flight = { answer: Promise.resolve().then(fly), attempt, callers: 0, outdated: false };
    this.flights.set(key, flight);
    return flight;
  }

  private async fetch(
    key: string,
    flight: Flight,
    entry: Entry | undefined,
    fetch: (context: { readonly signal: AbortSignal }) => unknown,
    options: EntryOptions,
  ): Promise<{ value: unknown; source: Source }> {
    const stamp = await this.store.stamp();
    try {
      const value = await fetch(flight.attempt);
      if (!flight.outdated) await this.store.set(key, this.entryOf(value, options), stamp);
      return { value, source: 'miss' };
    } catch (error) {
      ++this.counts.errors;
      const usable = entry !== undefined && Date.now() < entry.staleUntil && !flight.outdated;
      if (usable && (options.staleOn?.(error) ?? true)) return { value: entry.value, source: 'stale' };
      throw error;
    }
  }

  private entryOf(value: unknown, { ttl = this.ttlMs, staleTtl = this.staleTtlMs }: EntryOptions): Entry {
    const freshUntil = Date.now() + ttl;
    return { value, freshUntil, staleUntil: freshUntil + Math.min(staleTtl, kLongestMs) };
  }

  private outdate(key: string): void {
    const flight = this.flights.get(key);
    if (!flight) return;
    flight.outdated = true;
    this.flights.delete(key); // whoever asks from now on wants what is there now
  }
}

function isStore(store: unknown): store is CacheStore {
  if ((typeof store !== 'object' && typeof store !== 'function') || store === null) return false;
  const { get, set, delete: remove } = store as Partial<CacheStore>;
  return typeof get === 'function' && typeof set === 'function' && typeof remove === 'function';
}
