// Metrics into a table, every second here. Counts begin anew only once they are saved: an outage loses none of them.
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient, poolConfig } from 'prisma-resilient-client';
import { PrismaClient, connectionString } from './database.mjs';

const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg(poolConfig(connectionString))) }),
);
const prisma = resilient.getClient();
await prisma.$executeRaw`CREATE TABLE IF NOT EXISTS example_metrics (at timestamptz DEFAULT now(), hits int, misses int, p99 float)`;

resilient.startMetricsPersistence(
  ({ cacheHits, cacheMisses, latency }) =>
    prisma.$executeRaw`INSERT INTO example_metrics (hits, misses, p99) VALUES (${cacheHits}, ${cacheMisses}, ${latency.p99})`,
  1000,
);

for (let i = 0; i < 10; ++i) await resilient.read(() => prisma.$queryRaw`SELECT 1 AS one`, { cacheKey: 'one' });
await resilient.shutdown(); // saves what there is

const reader = new PrismaClient({ adapter: new PrismaPg(poolConfig(connectionString)) });
const [row] = await reader.$queryRaw`SELECT sum(hits)::int AS hits, sum(misses)::int AS misses FROM example_metrics`;
console.log(row);
await reader.$disconnect();

// Prints:
// { hits: 9, misses: 1 }
