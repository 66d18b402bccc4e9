/**
 * Entries in a Keyv instance or store, which several processes share. Whatever goes wrong there is thrown;
 * fallback-store.ts makes the best of it.
 */
import { builtins } from '../builtins';
import type { CacheStore } from '../options';
import type { Entry } from './entry-store';
import { begin } from './begin';
import { ValueCodec } from './value-codec';

/** Beside other users' keys in the same store. */
const kPrefix = 'resilience:';
const kStampKey = `${kPrefix}#invalidated`;
/** Longer than any fetch may take: who began before a stamp was forgotten finds another value than it has read. */
const kStampTtlMs = 86_400_000;

/** A first answer takes as long as connecting does, and a starting process has more to do. */
const kFirstAnswerFactor = 4;
const kStallMs = 100;

/** What Keyv instances, Keyv stores and Maps may have beyond get, set and delete. */
interface StoreExtras {
  on?(event: 'error', listener: (error: unknown) => void): unknown;
  iterator?(namespace?: string): AsyncIterable<[string, unknown]>;
  keys?(): Iterable<unknown>;
  clear?(): unknown;
}

/** An entry that cannot be written down: no fault of the store. */
export class UncacheableError extends Error {}

export class SharedStore {
  private readonly codec = new ValueCodec();
  private readonly extras: StoreExtras;
  /** It has answered once. */
  private known = false;
  private troubles = 0;
  private trouble: unknown;

  constructor(
    private readonly store: CacheStore,
    private readonly timeoutMs: number,
  ) {
    this.extras = store as StoreExtras;
    // Keyv swallows what its store throws and emits it; an 'error' that nobody listens to would end the process.
    this.extras.on?.('error', (error) => {
      ++this.troubles;
      this.trouble = error;
    });
  }

  async get(key: string): Promise<Entry | undefined> {
    const text = await this.ask(() => this.store.get(kPrefix + key));
    if (typeof text !== 'string') return undefined;
    try {
      const [freshUntil, staleUntil, value] = this.codec.decode(text) as [number, number, unknown];
      return { freshUntil, staleUntil, value };
    } catch {
      return undefined; // of another version, or with a decimal before this process has seen one: fetched anew
    }
  }

  async stamp(): Promise<string | undefined> {
    const stamp = await this.ask(() => this.store.get(kStampKey));
    return typeof stamp === 'string' ? stamp : undefined;
  }

  async set(key: string, entry: Entry, stamp: string | undefined): Promise<void> {
    const text = this.encode(entry);
    const ttl = Math.max(1, entry.staleUntil - Date.now());
    await this.ask(() => this.store.set(kPrefix + key, text, ttl));
    // Looked at after writing: whoever invalidates writes its stamp first and deletes then, so that either its deletion
    // finds this entry, or this finds its stamp.
    if ((await this.stamp()) !== stamp) await this.ask(() => this.store.delete(kPrefix + key));
  }

  async delete(keys: Iterable<string>): Promise<void> {
    await this.putStamp();
    await Promise.all([...keys].map((key) => this.ask(() => this.store.delete(kPrefix + key))));
  }

  async deleteByPrefix(prefix: string): Promise<void> {
    await this.putStamp();
    const { extras } = this;
    if (extras.iterator) {
      const entries = extras.iterator()[Symbol.asyncIterator]();
      for (let next = await this.ask(() => entries.next()); !next.done; next = await this.ask(() => entries.next())) {
        await this.deleteIf(next.value[0], prefix);
      }
    } else if (extras.keys) {
      for (const key of [...extras.keys()]) await this.deleteIf(key, prefix);
    } else {
      await this.clear(); // it cannot say what it holds: rather too much than too little
    }
  }

  async clear(): Promise<void> {
    const { extras } = this;
    if (!extras.clear) throw new Error('The cache store can neither list its keys nor be cleared.');
    await this.ask(() => extras.clear?.());
    await this.putStamp();
  }

  private async deleteIf(key: unknown, prefix: string): Promise<void> {
    if (typeof key === 'string' && key.startsWith(kPrefix + prefix) && key !== kStampKey) {
      await this.ask(() => this.store.delete(key));
    }
  }

  private async putStamp(): Promise<void> {
    await this.ask(() => this.store.set(kStampKey, builtins().crypto.randomUUID(), kStampTtlMs));
  }

  private encode({ freshUntil, staleUntil, value }: Entry): string {
    try {
      return this.codec.encode([freshUntil, staleUntil, value]);
    } catch (error) {
      throw new UncacheableError(error instanceof Error ? error.message : String(error));
    }
  }

  /** One request, with a time limit: clients that queue while they are disconnected would never answer. */
  private ask<T>(request: () => T | PromiseLike<T>): Promise<T> {
    const troublesBefore = this.troubles;
    return new Promise<T>((resolve, reject) => {
      const limitMs = this.known ? this.timeoutMs : kFirstAnswerFactor * this.timeoutMs;
      let due = performance.now() + limitMs;
      const giveUp = (): void => {
        const late = performance.now() - due;
        if (late < kStallMs) return reject(new Error(`The cache store did not answer within ${limitMs} ms.`));
        // The event loop did not turn, so the answer may be here already: that is no fault of the store.
        due = performance.now() + limitMs;
        timer = setTimeout(giveUp, limitMs).unref();
      };
      let timer = setTimeout(giveUp, limitMs).unref();
      begin(request).then(
        (answer) => {
          clearTimeout(timer);
          this.known = true;
          if (this.troubles === troublesBefore) resolve(answer);
          else reject(this.trouble);
        },
        (error) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }
}
