import { ConfigError } from '../../lib/errors';
import { type EffectiveConfig, native } from '../../lib/native';
import type { ResilientConfig } from '../../lib/options';

/** "reconnect.maxAttempts", …: every path that the type allows. */
type Paths<T, Leaf> = T extends Leaf
  ? never
  : {
      [Key in keyof T & string]-?: NonNullable<T[Key]> extends Leaf
        ? Key
        : `${Key}.${Paths<NonNullable<T[Key]>, Leaf>}`;
    }[keyof T & string];
type Leaf =
  string | number | boolean | ((...args: never[]) => unknown) | { get(key: string): unknown } | { info(): void };

// The compiler demands every key of the type here, and no other.
const kTyped: Record<Paths<ResilientConfig, Leaf>, true> = {
  preset: true,
  'reconnect.maxAttempts': true,
  'reconnect.initialDelay': true,
  'reconnect.maxDelay': true,
  'reconnect.backoff': true,
  'reconnect.jitter': true,
  'reconnect.deadline': true,
  'reconnect.maxParked': true,
  'reconnect.hardResetOnFinalAttempt': true,
  'reconnect.maxConsecutiveErrors': true,
  'reconnect.maxConnectionAge': true,
  'reconnect.minResetInterval': true,
  'reconnect.retryBudget.ratio': true,
  'reconnect.retryBudget.minPerSecond': true,
  'refresh.enabled': true,
  'refresh.intervalMs': true,
  'memory.autoGC': true,
  'memory.gcThreshold': true,
  'memory.intervalMs': true,
  'memory.resetOnGrowth': true,
  'healthCheck.enabled': true,
  'healthCheck.intervalMs': true,
  'healthCheck.latencyWarnMs': true,
  'healthCheck.timeoutMs': true,
  'probe.url': true,
  'probe.mode': true,
  'probe.intervalMs': true,
  'probe.downIntervalMs': true,
  'probe.timeoutMs': true,
  'probe.suspectAfterMs': true,
  'writes.onUnknownOutcome': true,
  'writes.markerTable': true,
  'transactions.retry': true,
  'circuitBreaker.enabled': true,
  'circuitBreaker.failureThreshold': true,
  'circuitBreaker.resetTimeout': true,
  'circuitBreaker.halfOpenSuccessThreshold': true,
  'circuitBreaker.maxSampleSize': true,
  'bulkheads.read.maxConcurrent': true,
  'bulkheads.read.maxWaiting': true,
  'bulkheads.write.maxConcurrent': true,
  'bulkheads.write.maxWaiting': true,
  'bulkheads.reporting.maxConcurrent': true,
  'bulkheads.reporting.maxWaiting': true,
  'timeouts.read': true,
  'timeouts.write': true,
  'timeouts.report': true,
  'timeouts.operation': true,
  'cache.store': true,
  'cache.maxEntries': true,
  'cache.ttlMs': true,
  'cache.staleTtlMs': true,
  'warmup.enabled': true,
  'warmup.timeoutMs': true,
  'warnings.slowOperationMs': true,
  'warnings.heldConnectionMs': true,
  'logging.level': true,
  'logging.logger': true,
  classifyError: true,
  isIdempotent: true,
  onError: true,
};

const effective = (config: unknown): EffectiveConfig =>
  new native.NativeConfig(config as ResilientConfig, ConfigError).effective();

function problemsOf(config: unknown): readonly string[] {
  try {
    effective(config);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('the type, the table of the core and what is accepted are the same', () => {
  expect(
    native
      .configKeys()
      .map(({ path }) => path)
      .sort(),
  ).toEqual(Object.keys(kTyped).sort());
});

test('defaults are those of the table', () => {
  const defaults = effective(undefined) as unknown as Record<string, unknown>;
  for (const { path, defaultText: text } of native.configKeys()) {
    const value = path.split('.').reduce<unknown>((object, key) => (object as Record<string, unknown>)[key], defaults);
    if (value === undefined) continue; // kept by the host, or not set
    expect(typeof value === 'string' ? `'${value}'` : String(value)).toBe(text);
  }
});

test('values are laid out as they are written, with what was not given filled in', () => {
  const config = effective({
    reconnect: { maxAttempts: 5, retryBudget: { ratio: 0.5 } },
    bulkheads: { read: { maxWaiting: 0 } },
    timeouts: { operation: 100 },
    logging: { level: 'debug', logger: console },
    cache: { store: new Map() },
    onError: () => undefined,
  } satisfies ResilientConfig);
  expect(config.reconnect).toMatchObject({
    maxAttempts: 5,
    maxDelay: 10_000,
    retryBudget: { ratio: 0.5, minPerSecond: 10 },
  });
  expect(config.bulkheads.read).toEqual({ maxConcurrent: 50, maxWaiting: 0, configured: true });
  expect(config.bulkheads.write.configured).toBe(false);
  expect(config.timeouts.operation).toBe(100);
  expect(config.logging).toEqual({ level: 'debug' });
});

test('one ConfigError names everything that is wrong', () => {
  let thrown: unknown;
  try {
    effective({ reconnect: { maxAttemps: 3, jitter: 'ful', maxDelay: '1s' }, refresh: false, logging: { logger: {} } });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ name: 'ConfigError', code: 'ERR_RESILIENCE_CONFIG' });
  expect((thrown as ConfigError).problems).toEqual([
    'reconnect.maxAttemps: unknown key; did you mean reconnect.maxAttempts?',
    "reconnect.jitter: expected one of 'full', 'none', got the string 'ful'; did you mean 'full'?",
    "reconnect.maxDelay: expected an integer from 0 to 2147483647 (ms), got the string '1s'",
    'refresh: expected an object, got false',
    "logging.logger: expected an object with the methods 'debug', 'info', 'warn', 'error', got an object without debug, info, warn, error",
  ]);
});

test.each<[string, unknown]>([
  ['null', null],
  ['undefined values', { preset: undefined, reconnect: undefined, memory: { autoGC: undefined } }],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { preset: 'server' })],
  ['keys of a prototype', Object.create({ strange: 1 }) as object],
  ['symbols', { [Symbol('x')]: 1 }],
  [
    'a logger class instance',
    {
      logging: {
        logger: new (class {
          debug() {}
          info() {}
          warn() {}
          error() {}
        })(),
      },
    },
  ],
])('%s is accepted', (_, config) => {
  expect(problemsOf(config)).toEqual([]);
});

test.each<[string, unknown, number]>([
  ['a string', 'postgres://app:hunter2@db/app', 1],
  ['an array', [], 1],
  ['a function', () => 1, 1],
  ['a bigint', { reconnect: { maxAttempts: 3n } }, 1],
  ['a symbol', { onError: Symbol('x') }, 1],
  [
    'a circle',
    (() => {
      const circle: Record<string, unknown> = {};
      circle.reconnect = circle;
      return circle;
    })(),
    1,
  ],
  ['a huge key and value', { ['k'.repeat(1e6)]: 'v'.repeat(1e6), preset: 'p'.repeat(1e6) }, 2],
  ['broken surrogates', { '\ud800': '\udfff', preset: '\ud800' }, 2],
])('%s is refused, shortly and without secrets', (_, config, count) => {
  const problems = problemsOf(config);
  expect(problems).toHaveLength(count);
  for (const problem of problems) {
    expect(problem.length).toBeLessThan(400);
    expect(problem).not.toContain('hunter2');
  }
});

test("what a user's getter or proxy throws is the user's", () => {
  const own = new RangeError('mine');
  const getter = {
    get reconnect(): never {
      throw own;
    },
  };
  const proxy = new Proxy(
    {},
    {
      ownKeys: () => {
        throw own;
      },
    },
  );
  for (const config of [getter, proxy]) expect(() => effective(config)).toThrow(own);
});
