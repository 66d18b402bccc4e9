// A process that has just started: its first operations wait for a verified connection, for no longer than that takes.
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient, poolConfig } from 'prisma-resilient-client';
import { PrismaClient, connectionString } from './database.mjs';

const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg(poolConfig(connectionString))) }),
  { warmup: { timeoutMs: 10_000 } },
);
const prisma = resilient.getClient();

const first = prisma.user.count();
console.log('connected yet:', resilient.isConnected());
console.log('users:', await first);
console.log('connected now:', resilient.isConnected());

// From the first operation, or ready(), to the first verified connection, for a dashboard or an alert on slow starts.
console.log('measured:', resilient.getConnectionStats().warmupMs > 0);
await resilient.shutdown();

// Prints:
// connected yet: false
// users: 0
// connected now: true
// measured: true
