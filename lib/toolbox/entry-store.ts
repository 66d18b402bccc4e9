/** Where the cache keeps its entries. */
import type { LRUCache } from 'lru-cache';

/** Times in ms of Date.now(), which is what several processes share. */
export interface Entry {
  readonly value: unknown;
  readonly freshUntil: number;
  /** Until when it may stand in for a failed fetch; not before `freshUntil`. */
  readonly staleUntil: number;
}

/** Answers at once, or promises to. Never rejects and never throws. */
export interface EntryStore {
  get(key: string): Entry | undefined | Promise<Entry | undefined>;
  /**
   * Names what had been invalidated by anybody when a fetch began; goes back with set(), which then keeps nothing that
   * was fetched before an invalidation.
   */
  stamp(): string | undefined | Promise<string | undefined>;
  set(key: string, entry: Entry, stamp: string | undefined): void | Promise<void>;
  delete(key: string): void | Promise<void>;
  deleteByPrefix(prefix: string): void | Promise<void>;
  clear(): void | Promise<void>;
  /** Entries held in this process. */
  readonly size: number;
}

/** In memory; the least recently used entry goes first. Entries are shared, not copied: change none. */
export class MemoryStore implements EntryStore {
  private readonly entries: LRUCache<string, Entry>;

  constructor(maxEntries: number) {
    // Here, not above: whoever makes no client pays nothing for it.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const Entries = (require('lru-cache') as typeof import('lru-cache')).LRUCache;
    this.entries = new Entries({ max: maxEntries });
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: string): Entry | undefined {
    return this.entries.get(key);
  }

  /** Invalidations of this process are known to the cache itself. */
  stamp(): undefined {
    return undefined;
  }

  set(key: string, entry: Entry): void {
    this.entries.set(key, entry);
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  deleteByPrefix(prefix: string): void {
    for (const key of [...this.entries.keys()]) if (key.startsWith(prefix)) this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
