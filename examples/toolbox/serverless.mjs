// A function on a platform that freezes it between two requests. Nothing of this package wakes up by itself, and the
// first request after a thaw finds its connections closed without failing.
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient, poolConfig } from 'prisma-resilient-client';
import { PrismaClient, connectionString } from './database.mjs';

// Once per instance of the function, outside of the handler.
const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg(poolConfig(connectionString, { connectionLimit: 1 }))) }),
  { preset: 'serverless' },
);
const prisma = resilient.getClient();

export async function handler() {
  const [{ pid }] = await prisma.$queryRaw`SELECT pg_backend_pid() AS pid`;
  return { statusCode: 200, pid };
}

const before = await handler();
// What a database does to the connections of a function that sleeps for long.
const other = new PrismaClient({ adapter: new PrismaPg(poolConfig(connectionString)) });
await other.$queryRaw`SELECT pg_terminate_backend(${before.pid}::int)`;
const after = await handler();
console.log(before.statusCode, after.statusCode, 'another connection:', before.pid !== after.pid);
await other.$disconnect();
await resilient.shutdown();

// Prints:
// 200 200 another connection: true
