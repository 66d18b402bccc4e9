// read(), write() and report(): cache, bulkhead, circuit, retry and timeout around your own functions.
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient, poolConfig } from 'prisma-resilient-client';
import { PrismaClient, connectionString } from './database.mjs';

const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg(poolConfig(connectionString))) }),
  {
    circuitBreaker: { enabled: true, failureThreshold: 5, resetTimeout: 10_000 },
    bulkheads: { reporting: { maxConcurrent: 2, maxWaiting: 10 } },
  },
);
const prisma = resilient.getClient();

// From the cache for 5 s; for a minute more if the database cannot answer.
const countUsers = () =>
  resilient.read(() => prisma.user.count(), { cacheKey: 'users:count', cacheTtl: 5000, staleTtl: 60_000 });

console.log('users:', await countUsers());
await resilient.write(() => prisma.user.create({ data: { email: 'ada@example.org' } }), { invalidateCache: 'users:' });
console.log('users:', await countUsers());
console.log('users:', await countUsers());

// In places of its own, so that it leaves room for the others.
const [{ roles }] = await resilient.report(
  () => prisma.$queryRaw`SELECT count(DISTINCT role)::int AS roles FROM "User"`,
);
console.log('roles:', roles);

// Given up after 200 ms; the statement is cancelled at the server too.
await resilient
  .read(() => prisma.$queryRaw`SELECT pg_sleep(60)::text`, { timeoutMs: 200, retries: 0 })
  .catch((error) => console.log(error.name, error.resilience.outcome));

const { cacheHits, cacheMisses, timeouts } = resilient.getMetrics();
console.log({ cacheHits, cacheMisses, timeouts });
await resilient.shutdown();

// Prints:
// users: 0
// users: 1
// users: 1
// roles: 1
// TimeoutError not-applied
// { cacheHits: 1, cacheMisses: 2, timeouts: 1 }
