import { ConfigError } from '../../../lib/errors';
import { Cache } from '../../../lib/toolbox/cache';
import { advance, deferred, holdTime, stateOf } from './clock';
import { FaultyStore } from './faulty-store';

holdTime();

const down = (): Promise<never> => Promise.reject(new Error('database is down'));

/** Answers 1, 2, 3, … */
function counting() {
  let count = 0;
  return jest.fn(() => Promise.resolve(++count));
}

describe.each([
  ['in memory', () => undefined],
  ['in a Map', () => new Map<string, unknown>()],
  ['in a shared store', () => new FaultyStore()],
])('%s', (_, makeStore) => {
  const makeCache = (options: object = {}) =>
    new Cache({ store: makeStore() as never, ttlMs: 1000, staleTtlMs: 5000, ...options });

  test('a fresh entry answers, a fetch after that', async () => {
    const cache = makeCache();
    const fetch = counting();
    expect(await cache.getOrSet('k', fetch)).toBe(1);
    await advance(999);
    expect(await cache.getOrSet('k', fetch)).toBe(1);
    await advance(1);
    expect(await cache.getOrSet('k', fetch)).toBe(2);
    expect(await cache.getOrSet('other', fetch)).toBe(3);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 3, hitRate: 0.25 });
  });

  test('null, undefined and false are answers like others', async () => {
    const cache = makeCache();
    for (const value of [null, undefined, false, 0]) {
      const fetch = jest.fn(() => value);
      expect(await cache.getOrSet(`k${String(value)}`, fetch)).toBe(value);
      expect(await cache.getOrSet(`k${String(value)}`, fetch)).toBe(value);
      expect(fetch).toHaveBeenCalledTimes(1);
    }
  });

  test('callers at the same time share one fetch, and its failure', async () => {
    const cache = makeCache();
    const answer = deferred<string>();
    const fetch = jest.fn(() => answer.promise);
    const calls = Array.from({ length: 10 }, () => cache.getOrSet('k', fetch));
    answer.resolve('one');
    expect(await Promise.all(calls)).toEqual(Array(10).fill('one'));
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 10, coalesced: 9 });

    const failing = jest.fn(down);
    const failures = await Promise.allSettled(Array.from({ length: 5 }, () => cache.getOrSet('f', failing)));
    expect(failures.every(({ status }) => status === 'rejected')).toBe(true);
    expect(failing).toHaveBeenCalledTimes(1);
  });

  test('a failure is not kept', async () => {
    const cache = makeCache();
    await expect(cache.getOrSet('k', down)).rejects.toThrow('down');
    expect(await cache.getOrSet('k', counting())).toBe(1);
    expect(cache.stats().errors).toBe(1);
  });

  test('a stale entry stands in for a failure, for as long as it may', async () => {
    const cache = makeCache();
    await cache.getOrSet('k', counting());
    await advance(1000);
    expect(await cache.getOrSet('k', down)).toBe(1);
    await advance(4999);
    expect(await cache.getOrSet('k', down)).toBe(1);
    await advance(1);
    await expect(cache.getOrSet('k', down)).rejects.toThrow('down');
    expect(cache.stats()).toMatchObject({ stale: 2, misses: 2, errors: 3 });
  });

  test('staleOn says for which failures', async () => {
    const cache = makeCache();
    await cache.getOrSet('k', counting());
    await advance(1000);
    await expect(cache.getOrSet('k', down, { staleOn: () => false })).rejects.toThrow('down');
  });

  test('times of a call go before those of the cache', async () => {
    const cache = makeCache();
    const fetch = counting();
    await cache.getOrSet('k', fetch, 10);
    await cache.getOrSet('s', fetch, { ttl: 10, staleTtl: 0 });
    await advance(10);
    expect(await cache.getOrSet('k', fetch)).toBe(3);
    await expect(cache.getOrSet('s', down)).rejects.toThrow('down');
  });

  test('invalidation by key and by prefix', async () => {
    const cache = makeCache();
    const fetch = counting();
    for (const key of ['user:1', 'user:2', 'user:10', 'post:1']) await cache.getOrSet(key, fetch);
    await cache.invalidate('user:1');
    expect(await cache.getOrSet('user:1', fetch)).toBe(5);
    expect(await cache.getOrSet('user:10', fetch)).toBe(3);
    await cache.invalidateByPrefix('user:');
    expect(await cache.getOrSet('user:2', fetch)).toBe(6);
    expect(await cache.getOrSet('post:1', fetch)).toBe(4);
    await cache.clear();
    expect(await cache.getOrSet('post:1', fetch)).toBe(7);
    expect(cache.stats().invalidations).toBe(3);
  });

  test('what is being fetched while it is invalidated is not kept, and not shared with later callers', async () => {
    for (const invalidate of [
      (c: Cache) => c.invalidate('k'),
      (c: Cache) => c.invalidateByPrefix(''),
      (c: Cache) => c.clear(),
    ]) {
      const cache = makeCache();
      const old = deferred<string>();
      const first = cache.getOrSet('k', () => old.promise);
      await advance(0);
      await invalidate(cache);
      const second = cache.getOrSet('k', () => 'new');
      old.resolve('old');
      expect(await first).toBe('old');
      expect(await second).toBe('new');
      expect(await cache.get('k')).toBe('new');
    }
  });

  test('set and get', async () => {
    const cache = makeCache();
    await cache.set('k', 'v', { ttl: 10 });
    expect(await cache.get('k')).toBe('v');
    await advance(10);
    expect(await cache.get('k')).toBeUndefined();
  });

  test("a caller's signal ends its own wait; the fetch ends with the last of its callers", async () => {
    const cache = makeCache();
    const [one, two] = [new AbortController(), new AbortController()];
    let fetchSignal: AbortSignal | undefined;
    const fetch = ({ signal }: { signal: AbortSignal }) => {
      fetchSignal = signal;
      return new Promise<never>(() => undefined);
    };
    const first = cache.getOrSet('k', fetch, { signal: one.signal });
    const second = cache.getOrSet('k', fetch, { signal: two.signal });
    await advance(0);
    one.abort(new Error('first left'));
    await expect(first).rejects.toThrow('first left');
    expect(fetchSignal?.aborted).toBe(false);
    expect(await stateOf(second)).toBe('pending');
    two.abort(new Error('second left'));
    await expect(second).rejects.toThrow('second left');
    expect(fetchSignal?.aborted).toBe(true);
    await expect(cache.getOrSet('k', fetch, { signal: one.signal })).rejects.toThrow('first left');
  });

  test('values with dates and bigints are the same from everywhere', async () => {
    const cache = makeCache();
    const row = { at: new Date(5), id: 7n };
    await cache.getOrSet('k', () => row);
    expect(await cache.getOrSet('k', down)).toStrictEqual(row);
  });
});

test('memory holds the most recently used', async () => {
  const cache = new Cache({ maxEntries: 2 });
  const fetch = counting();
  await cache.getOrSet('a', fetch);
  await cache.getOrSet('b', fetch);
  await cache.getOrSet('a', fetch);
  await cache.getOrSet('c', fetch);
  expect(await cache.get('a')).toBe(1);
  expect(await cache.get('b')).toBeUndefined();
  expect(cache.stats().size).toBe(2);
});

test('everything wrong with the options is said at once', async () => {
  expect(() => new Cache({ store: {} as never, maxEntries: 0, ttlMs: 0 })).toThrow(
    /store: expected an object with get, set and delete(.|\n)*maxEntries(.|\n)*ttlMs/,
  );
  await expect(new Cache().getOrSet('k', () => 1, { ttl: -1, staleTtl: NaN })).rejects.toThrow(ConfigError);
  await expect(new Cache().getOrSet(5 as never, () => 1)).rejects.toThrow(/key: expected a string/);
});

describe('two processes with one store', () => {
  const pair = () => {
    const store = new FaultyStore();
    const lines: string[] = [];
    const log = {
      warn: (text: string) => lines.push(`warn ${text}`),
      info: (text: string) => lines.push(`info ${text}`),
    };
    return { store, lines, one: new Cache({ store, log }), two: new Cache({ store, log }) };
  };

  test('share entries and invalidations', async () => {
    const { one, two } = pair();
    await one.getOrSet('user:1', () => 'a');
    expect(await two.getOrSet('user:1', () => 'b')).toBe('a');
    await two.invalidateByPrefix('user:');
    expect(await one.getOrSet('user:1', () => 'c')).toBe('c');
  });

  test('what one fetched before the other invalidated it is not kept, whenever its answer arrives', async () => {
    for (const invalidate of [(c: Cache) => c.invalidate('k'), (c: Cache) => c.invalidateByPrefix('k')]) {
      const { one, two } = pair();
      const old = deferred<string>();
      const first = one.getOrSet('k', () => old.promise);
      await advance(0);
      await invalidate(two);
      old.resolve('old');
      expect(await first).toBe('old');
      expect(await two.getOrSet('k', () => 'new')).toBe('new');
    }
  });

  test('an invalidation between writing and looking deletes what was written', async () => {
    const { one, two, store } = pair();
    store.before = async (operation, key) => {
      if (operation !== 'set' || !key.endsWith(':k')) return;
      store.before = () => undefined;
      await two.invalidate('k'); // one has looked at the stamp before its fetch, and writes in this moment
    };
    await one.getOrSet('k', () => 'old');
    expect(await two.getOrSet('k', () => 'new')).toBe('new');
  });

  test.each(['throws', 'hangs'] as const)(
    'a store that %s is stood in for by memory, and taken back',
    async (fault) => {
      const { one, two, store, lines } = pair();
      await one.getOrSet('a', () => 'shared');
      store.fault = fault;

      const during = one.getOrSet('a', () => 'fetched');
      await advance(500);
      expect(await during).toBe('fetched'); // no failed read
      const calls = store.calls;
      expect(await one.getOrSet('a', down)).toBe('fetched'); // from memory
      expect(store.calls).toBe(calls); // which asks the store nothing
      await one.invalidate('a');
      expect(await one.getOrSet('a', () => 'again')).toBe('again');
      expect(lines).toEqual([expect.stringMatching(/^warn cache: the store is unavailable/)]);

      store.fault = 'none';
      await advance(1000);
      // What was invalidated meanwhile is invalidated there before it is believed again.
      expect(await one.getOrSet('a', () => 'newest')).toBe('newest');
      expect(await two.getOrSet('a', down)).toBe('newest');
      expect(lines.slice(1)).toEqual(['info cache: the store is back']);
    },
  );

  test('prefixes invalidated while the store was away are forgotten there when it is back', async () => {
    const { one, two, store } = pair();
    await one.getOrSet('user:1', () => 'old');
    store.fault = 'throws';
    await one.invalidateByPrefix('user:');
    store.fault = 'none';
    await advance(1000);
    await one.get('anything');
    expect(await two.getOrSet('user:1', () => 'new')).toBe('new');
  });

  test('what cannot be written down is answered all the same, and told once', async () => {
    const { one, lines } = pair();
    const odd = { fn: () => 1 };
    expect(await one.getOrSet('k', () => odd)).toBe(odd);
    expect(await one.getOrSet('k', () => odd)).toBe(odd);
    expect(lines).toEqual([expect.stringContaining('A function cannot be kept in a shared cache')]);
  });

  test('entries that are none of ours are fetched anew', async () => {
    const { one, store } = pair();
    store.entries.set('resilience:k', 'garbage');
    store.entries.set('resilience:l', 5);
    expect(await one.getOrSet('k', () => 'v')).toBe('v');
    expect(await one.getOrSet('l', () => 'v')).toBe('v');
  });
});
