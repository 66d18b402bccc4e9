// An HTTP service that ends in order: on SIGTERM it takes nothing new, answers what it has accepted, and then ends.
import { createServer, get } from 'node:http';
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient, installGracefulShutdown, poolConfig } from 'prisma-resilient-client';
import { PrismaClient, connectionString } from './database.mjs';

const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg(poolConfig(connectionString))) }),
);
const prisma = resilient.getClient();

const server = createServer(async (request, response) => {
  await prisma.$queryRaw`SELECT pg_sleep(0.3)::text`;
  const [{ one }] = await prisma.$queryRaw`SELECT 1 AS one`; // SIGTERM has come by now
  response.end(`answer: ${one}\n`, () => console.log('answered', request.url));
});
installGracefulShutdown(resilient, { servers: server, drainMs: 5000 });

await resilient.ready();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
get({ port: server.address().port, path: '/orders' });
server.once('request', () => setTimeout(() => process.kill(process.pid, 'SIGTERM'), 100));
process.on('exit', (code) => console.log('ended with', code));

// Prints:
// answered /orders
// ended with 0
