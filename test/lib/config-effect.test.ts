/** Keys that this side acts by: each changes what a client does. Those of the core are in config_effect_test.cc. */
import { ResilientPrismaClient, type ResilientConfig } from '../../lib';
import { native } from '../../lib/native';
import { paced } from '../support/pace';

jest.setTimeout(20_000);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const never = (): Promise<never> => new Promise(() => undefined);
const open: ResilientPrismaClient<never>[] = [];
afterEach(() => Promise.all(open.splice(0).map((client) => client.shutdown({ drainMs: 0 }))));

function client(config: ResilientConfig, ask: () => Promise<unknown> = async () => []) {
  const resilient = new ResilientPrismaClient(
    () => ({
      user: { findMany: ask },
      $connect: async () => undefined,
      $disconnect: async () => undefined,
      $transaction: async () => [],
      $queryRawUnsafe: ask,
    }),
    { logging: { level: 'silent' }, probe: { mode: 'off' }, ...config },
  );
  open.push(resilient as never);
  return resilient;
}

test('healthCheck.timeoutMs', async () => {
  const result = await client({ healthCheck: { timeoutMs: 20 } }, never).healthCheck();
  expect(result).toMatchObject({ status: 'unhealthy', database: 'disconnected' });
  expect(JSON.stringify(result)).toContain('within 20 ms');
});

test.each([
  [5, 'degraded'],
  [10_000, 'healthy'],
])('healthCheck.latencyWarnMs: %i', async (latencyWarnMs, status) => {
  const resilient = client({ healthCheck: { latencyWarnMs }, memory: { gcThreshold: 1 } }, () => sleep(30));
  expect(await resilient.healthCheck()).toMatchObject({ status });
});

test.each(['read', 'write', 'report'] as const)('timeouts.%s', async (kind) => {
  const resilient = client({ timeouts: { [kind]: 15 } });
  await expect(resilient[kind](never, kind === 'read' ? { retries: 0 } : {})).rejects.toThrow('longer than 15 ms');
});

test('timeouts.operation', async () => {
  let first = true;
  const resilient = client({ timeouts: { operation: 15 } }, () => (first ? Promise.resolve([]) : never()));
  await resilient.ready();
  first = false;
  await expect(resilient.getClient().user.findMany()).rejects.toMatchObject({ code: 'ERR_RESILIENCE_TIMEOUT' });
});

test.each([
  ['read', 'read'],
  ['write', 'write'],
  ['reporting', 'report'],
] as const)('bulkheads.%s', async (name, kind) => {
  const resilient = client({ bulkheads: { [name]: { maxConcurrent: 2, maxWaiting: 3 } } });
  for (let i = 0; i < 5; ++i) resilient[kind](never).catch(() => undefined);
  await expect(resilient[kind](never)).rejects.toMatchObject({ code: 'ERR_RESILIENCE_BULKHEAD_FULL' });
  expect(resilient.bulkheads[name].getMetrics()).toMatchObject({ executing: 2, waiting: 3 });
  expect(resilient.getMetrics().bulkheadRejections).toBe(1);
});

describe('circuitBreaker', () => {
  const gone = (): never => {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
  };
  async function fails(resilient: ReturnType<typeof client>, times: number): Promise<string> {
    for (let i = 0; i < times; ++i) await resilient.read(gone, { retries: 0 }).catch(() => undefined);
    return resilient.circuitBreaker.getState();
  }

  test('enabled', async () => {
    expect(await fails(client({ circuitBreaker: { enabled: false } }), 20)).toBe('CLOSED');
  });

  test('failureThreshold', async () => {
    const resilient = client({ circuitBreaker: { enabled: true, failureThreshold: 3 } });
    expect(await fails(resilient, 2)).toBe('CLOSED');
    expect(await fails(resilient, 1)).toBe('OPEN');
    await expect(resilient.read(async () => 1)).rejects.toMatchObject({ code: 'ERR_RESILIENCE_CIRCUIT_OPEN' });
  });

  test('maxSampleSize', async () => {
    const resilient = client({ circuitBreaker: { enabled: true, failureThreshold: 3, maxSampleSize: 3 } });
    for (let i = 0; i < 5; ++i) {
      expect(await fails(resilient, 2)).toBe('CLOSED');
      await resilient.read(async () => 1);
    }
  });

  test('resetTimeout and halfOpenSuccessThreshold', async () => {
    // A trial that takes as long counts no more, and a busy machine may hold one up.
    const resetTimeout = paced(200);
    const resilient = client({
      circuitBreaker: { enabled: true, failureThreshold: 1, resetTimeout, halfOpenSuccessThreshold: 3 },
    });
    const halfOpen = new Promise<void>((resolve) => resilient.once('circuit:half-open', resolve));
    expect(await fails(resilient, 1)).toBe('OPEN');
    await halfOpen;
    for (const state of ['HALF_OPEN', 'HALF_OPEN', 'CLOSED']) {
      await resilient.read(async () => 1);
      expect(resilient.circuitBreaker.getState()).toBe(state);
    }
  });
});

describe('cache', () => {
  test('ttlMs and staleTtlMs', async () => {
    const resilient = client({ cache: { ttlMs: 100, staleTtlMs: 200 } });
    const failing = () => resilient.read(() => Promise.reject(new Error('gone')), { cacheKey: 'key', retries: 0 });
    const kept = performance.now();
    await resilient.read(async () => 1, { cacheKey: 'key' });
    const untilForgotten = async (): Promise<void> => {
      for (;;) {
        expect(await failing()).toBe(1);
        await sleep(5);
      }
    };
    await expect(untilForgotten()).rejects.toThrow('gone');
    expect(performance.now() - kept).toBeGreaterThan(290);
  });

  test('maxEntries', async () => {
    const resilient = client({ cache: { maxEntries: 2 } });
    for (const key of ['a', 'b', 'c']) await resilient.read(async () => key, { cacheKey: key });
    expect(await resilient.read(async () => 'anew', { cacheKey: 'c' })).toBe('c');
    expect(await resilient.read(async () => 'anew', { cacheKey: 'a' })).toBe('anew');
  });

  test('store', async () => {
    const store = new Map<string, unknown>();
    const resilient = client({ cache: { store } });
    await resilient.read(async () => 'a', { cacheKey: 'key' });
    expect(store.size).toBeGreaterThan(0);
  });
});

test.each(['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const)('logging.level: %s', async (level) => {
  const heard = new Set<string>();
  const hear = (name: string) => (): void => void heard.add(name);
  const logger = { debug: hear('debug'), info: hear('info'), warn: hear('warn'), error: hear('error') };
  const resilient = client({
    logging: { level, logger },
    onError: () => {
      throw new Error('an error line');
    },
  });
  await resilient.ready();
  await resilient.hardReset();
  await resilient.read(async () => 1);
  await resilient.shutdown();
  const order = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];
  for (const name of heard) expect(order.indexOf(name)).toBeGreaterThanOrEqual(order.indexOf(level));
  expect(heard.has('info')).toBe(order.indexOf(level) <= order.indexOf('info'));
  expect(heard.has('debug')).toBe(order.indexOf(level) <= order.indexOf('debug'));
});

test('classifyError, isIdempotent and onError are asked, and heeded', async () => {
  let asked = 0;
  let runs = 0;
  const told: unknown[] = [];
  const resilient = new ResilientPrismaClient(
    () => ({
      user: { create: () => Promise.reject(new Error(`odd ${++runs}`)) },
      $connect: async () => undefined,
      $disconnect: async () => undefined,
      $transaction: async () => [],
      $queryRawUnsafe: async () => [],
    }),
    {
      logging: { level: 'silent' },
      probe: { mode: 'off' },
      reconnect: { maxAttempts: 3, initialDelay: 1, maxDelay: 1, hardResetOnFinalAttempt: false },
      classifyError: (_, suggestion) => (suggestion === 'query' ? 'unknown' : suggestion),
      isIdempotent: ({ operation }) => ++asked > 0 && operation === 'create',
      onError: (error, { operation, retryCount }) => void told.push([(error as Error).message, operation, retryCount]),
    },
  );
  open.push(resilient as never);
  await resilient.ready();
  await expect(resilient.getClient().user.create()).rejects.toMatchObject({
    message: 'odd 3',
    resilience: { errorClass: 'unknown', outcome: 'unknown', attempts: 3 },
  });
  expect(asked).toBeGreaterThan(0);
  expect(told).toEqual([
    ['odd 1', 'create', 0],
    ['odd 2', 'create', 1],
    ['odd 3', 'create', 2],
  ]);
});

/** A configuration whose every key, and every group of them, is a getter that counts. */
function counting(reads: Map<string, number>, values: object, at = ''): object {
  const counted = {};
  for (const [key, value] of Object.entries(values) as [string, unknown][]) {
    const path = `${at}${key}`;
    const isGroup = Object.getPrototypeOf(value) === Object.prototype && key !== 'logger';
    const answer = isGroup ? counting(reads, value as object, `${path}.`) : value;
    const get = (): unknown => {
      reads.set(path, (reads.get(path) ?? 0) + 1);
      return answer;
    };
    Object.defineProperty(counted, key, { get, enumerable: true });
  }
  return counted;
}

const kSilentLogger = { debug() {}, info() {}, warn() {}, error() {} };

/** Every key that configKeys() names, with a value that is accepted. */
function everyKey(): Record<string, unknown> {
  const own: Record<string, unknown> = {
    'probe.url': false,
    'probe.mode': 'off',
    'writes.onUnknownOutcome': 'verify',
    'writes.markerTable': 'marks',
    'timeouts.operation': 5000,
    'cache.store': new Map(),
    'logging.logger': kSilentLogger,
    classifyError: () => undefined,
    isIdempotent: () => undefined,
    onError: () => undefined,
  };
  const config: Record<string, unknown> = {};
  for (const { path, defaultText } of native.configKeys()) {
    const names = path.split('.');
    const last = names.pop()!;
    let group = config;
    for (const name of names) group = (group[name] ??= {}) as Record<string, unknown>;
    group[last] = path in own ? own[path] : JSON.parse(defaultText.replaceAll("'", '"'));
  }
  return config;
}

test.each(['beside a factory', 'among the options'])("a user's getter is read once: %s", async (form) => {
  const reads = new Map<string, number>();
  const ask = jest.fn(async (): Promise<unknown[]> => Promise.reject(new Error('no')));
  class Client {
    user = { findMany: ask, create: ask };
    $connect = async (): Promise<void> => undefined;
    $disconnect = async (): Promise<void> => undefined;
    $transaction = async (): Promise<unknown[]> => [];
    $queryRawUnsafe = ask;
  }
  const resilient =
    form === 'beside a factory'
      ? new ResilientPrismaClient(() => new Client(), counting(reads, everyKey()) as ResilientConfig)
      : new ResilientPrismaClient<Client>(counting(reads, { client: Client, resilient: everyKey() }) as never);
  open.push(resilient as never);
  // Whatever asks for the configuration later asks for what was read.
  await expect(resilient.getClient().user.create()).rejects.toThrow('no');
  await expect(resilient.read(() => resilient.getClient().user.findMany(), { cacheKey: 'k' })).rejects.toThrow('no');
  await resilient.healthCheck();
  await resilient.hardReset({ drainMs: 0 }).catch(() => undefined);
  await resilient.shutdown({ drainMs: 0 });
  const keys = native.configKeys().map(({ path }) => (form === 'beside a factory' ? path : `resilient.${path}`));
  for (const key of keys) expect([key, reads.get(key)]).toEqual([key, 1]);
  expect([...reads].filter(([, times]) => times !== 1)).toEqual([]);
});
