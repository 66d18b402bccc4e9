/** The configuration, the toolbox and the events: what is accepted, and what is not. */
import * as resilience from 'prisma-resilient-client';
import { PrismaClient } from '../../../test/.generated/client-7/index.js';

declare const make: (context: resilience.FactoryContext) => PrismaClient;
const { ResilientPrismaClient } = resilience;
const accepts = (config: resilience.ResilientConfig) => new ResilientPrismaClient(make, config);

// ---- keys and values -----------------------------------------------------------------------------------------------

accepts({});
accepts({
  preset: 'server',
  reconnect: { maxAttempts: 3, backoff: 'linear', jitter: 'none', retryBudget: { ratio: 0.1, minPerSecond: 1 } },
  refresh: { enabled: true, intervalMs: 1000 },
  probe: { url: false, mode: 'sentinel' },
  writes: { onUnknownOutcome: 'verify', markerTable: 'marker' },
  transactions: { retry: 'conflict' },
  bulkheads: { read: { maxConcurrent: 1 }, reporting: { maxWaiting: 2 } },
  logging: { level: 'silent', logger: console },
  classifyError: (error, suggestion) => (error instanceof Error ? suggestion : 'query'),
  isIdempotent: ({ model, operation }) => model === 'User' && operation === 'update',
  onError: async (_error, { operation, outcome, retryCount }) => {
    assert<Exact<typeof operation, string>>();
    assert<Exact<typeof outcome, 'not-applied' | 'unknown' | 'applied'>>();
    assert<Exact<typeof retryCount, number>>();
  },
});
accepts({ reconnect: { maxAttempts: undefined } });

// @ts-expect-error: no such key
accepts({ reconect: {} });
// @ts-expect-error: no such key
accepts({ reconnect: { attempts: 3 } });
// @ts-expect-error: milliseconds are numbers
accepts({ reconnect: { deadline: '15s' } });
// @ts-expect-error: no such backoff
accepts({ reconnect: { backoff: 'quadratic' } });
// @ts-expect-error: no such preset
accepts({ preset: 'edge' });
// @ts-expect-error: no such rule
accepts({ transactions: { retry: 'sometimes' } });
// @ts-expect-error: no such rule
accepts({ writes: { onUnknownOutcome: 'guess' } });
// @ts-expect-error: `true` means nothing
accepts({ probe: { url: true } });
// @ts-expect-error: a logger has methods
accepts({ logging: { logger: 'console' } });
// @ts-expect-error: no such class of errors
accepts({ classifyError: () => 'bad' });
// @ts-expect-error: configurations are objects
void new ResilientPrismaClient(make, 'server');

// ---- what the factory is told ---------------------------------------------------------------------------------------

void new ResilientPrismaClient((ctx) => {
  assert<Exact<typeof ctx.generation, number>>();
  assert<Exact<typeof ctx.connectionString, string | undefined>>();
  assert<Exact<typeof ctx.reason, resilience.ReplaceReasonName>>();
  const guarded = ctx.guard({ provider: 'postgres' as const });
  assert<Exact<typeof guarded.provider, 'postgres'>>();
  // @ts-expect-error: read-only
  ctx.generation = 1;
  return new PrismaClient({} as never);
});

// ---- toolbox ---------------------------------------------------------------------------------------------------------

const resilient = accepts({});
const one = resilient.read(async () => 1, { timeoutMs: 5, retries: 1, cacheKey: 'one', cacheTtl: 10 });
assert<Exact<typeof one, Promise<number>>>();
const text = resilient.write(() => 'x', { invalidateCache: ['one'] });
assert<Exact<typeof text, Promise<string>>>();
assert<Exact<ReturnType<typeof resilient.circuitBreaker.getState>, resilience.CircuitState>>();
assert<Exact<ReturnType<typeof resilience.withTimeout<number>>, Promise<number>>>();
// @ts-expect-error: no such option
void resilient.read(async () => 1, { ttl: 5 });
// @ts-expect-error: writes are not cached
void resilient.write(async () => 1, { cacheKey: 'one' });

// ---- events and errors -------------------------------------------------------------------------------------------------

resilient.on('state', (to, from) => {
  assert<Exact<typeof to, resilience.ConnectionStateName>>();
  assert<Exact<typeof from, resilience.ConnectionStateName>>();
});
resilient.on('reconnect', (attempt) => assert<Exact<typeof attempt, number>>());
resilient.once('health', (result) => assert<Exact<typeof result, resilience.HealthResult>>());
// @ts-expect-error: no such event
resilient.on('reconnected', () => {});
// @ts-expect-error: an attempt is a number
resilient.on('reconnect', (attempt: string) => attempt);

const error: Error & { code: string } = new resilience.TimeoutError('read');
void error;
assert<Exact<ReturnType<typeof resilient.getConnectionStats>, resilience.ConnectionStats>>();
