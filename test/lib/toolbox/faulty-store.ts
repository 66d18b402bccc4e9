/** A store shared by several caches of one test, which can be taken away and brought back. */
import type { CacheStore } from '../../../lib/options';

export type Fault = 'none' | 'throws' | 'hangs';

export class FaultyStore implements CacheStore {
  readonly entries = new Map<string, unknown>();
  fault: Fault = 'none';
  calls = 0;
  /** Called before each answer. */
  before: (operation: string, key: string) => Promise<void> | void = () => undefined;

  async get(key: string): Promise<unknown> {
    await this.answer('get', key);
    return this.entries.get(key);
  }

  async set(key: string, value: unknown): Promise<void> {
    await this.answer('set', key);
    this.entries.set(key, value);
  }

  async delete(key: string): Promise<void> {
    await this.answer('delete', key);
    this.entries.delete(key);
  }

  *keys(): Iterable<string> {
    yield* this.entries.keys();
  }

  async clear(): Promise<void> {
    await this.answer('clear', '');
    this.entries.clear();
  }

  private async answer(operation: string, key: string): Promise<void> {
    ++this.calls;
    if (this.fault === 'throws') throw new Error('connect ECONNREFUSED');
    if (this.fault === 'hangs') await new Promise(() => undefined);
    await this.before(operation, key);
  }
}
