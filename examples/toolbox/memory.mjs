// Memory that becomes high: one event per crossing, the collector run without any flag, native memory given back.
// Run with a small heap: node --max-old-space-size=64 --max-semi-space-size=1 examples/toolbox/memory.mjs
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient, poolConfig } from 'prisma-resilient-client';
import { PrismaClient, connectionString } from './database.mjs';

const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg(poolConfig(connectionString))) }),
  { memory: { gcThreshold: 0.7, intervalMs: 50 }, logging: { level: 'error' } },
);
await resilient.ready();

const held = { rows: [] };
// Between two looks at the memory, every 50 ms, no more is filled than is left above the threshold.
const fill = setInterval(() => {
  for (let i = 0; i < 5000; ++i) held.rows.push({ i, text: `row ${i} ${held.rows.length}` });
}, 20);
resilient.on('memory:high', (percent, { measure, limit }) => {
  clearInterval(fill);
  held.rows = [];
  console.log(`${measure} above 70 % of ${limit / 1024 / 1024} MiB:`, percent >= 70);
});
await new Promise((resolve) =>
  resilient.on('gc:executed', ({ heapBefore, heapAfter }) => {
    console.log('some of it came back:', heapAfter < heapBefore);
    resolve();
  }),
);
await resilient.shutdown();

// Prints:
// heap above 70 % of 64 MiB: true
// some of it came back: true
