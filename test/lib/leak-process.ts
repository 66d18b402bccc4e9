/** Operations, resets, extensions and outages without end; prints what a round of them leaves behind. */
import { readdirSync } from 'node:fs';

import { ResilientPrismaClient } from '../../lib';

let down = false;
const refused = (): Error =>
  Object.assign(new Error("Can't reach database server"), {
    code: 'P1001',
    meta: { driverAdapterError: { cause: { kind: 'DatabaseNotReachable', host: 'db' } } },
  });
const ask = (): Promise<unknown> => (down ? Promise.reject(refused()) : Promise.resolve(['row']));
const stub = (): Stub => ({
  user: { findMany: ask, create: ask },
  $connect: async () => undefined,
  $disconnect: async () => undefined,
  $transaction: async () => [],
  $queryRawUnsafe: ask,
  $extends: () => stub(),
});
interface Stub {
  user: { findMany(): Promise<unknown>; create(): Promise<unknown> };
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
  $transaction(): Promise<unknown>;
  $queryRawUnsafe(): Promise<unknown>;
  $extends(extension: object): Stub;
}

function open() {
  return new ResilientPrismaClient(stub, {
    logging: { level: 'silent' },
    probe: { mode: 'off', downIntervalMs: 1, timeoutMs: 1000 },
    reconnect: { retryBudget: { minPerSecond: 1000 } },
  });
}
const resilient = open();
const prisma = resilient.getClient();

/** `share` of 200,000 operations, 200 resets, 1000 extensions, 50 outages, and 50 clients with a probe that come and go. */
async function round(share: number): Promise<void> {
  for (let i = 0; i < 2000 * share; ++i) {
    await Promise.all(Array.from({ length: 100 }, (_, n) => (n % 2 ? prisma.user.findMany() : prisma.user.create())));
  }
  for (let i = 0; i < 200 * share; ++i) {
    const running = prisma.user.findMany().then(String);
    await resilient.hardReset();
    await running;
  }
  for (let i = 0; i < 1000 * share; ++i) await prisma.$extends({ name: `${i}` }).user.findMany();
  for (let i = 0; i < 50 * share; ++i) {
    const gone = new Promise((resolve) => resilient.once('disconnect', resolve));
    const back = new Promise((resolve) => resilient.once('reconnect:success', resolve));
    down = true;
    const waiting = Promise.all(Array.from({ length: 20 }, () => prisma.user.findMany()));
    await gone;
    down = false;
    await Promise.all([back, waiting]);
  }
  for (let i = 0; i < 50 * share; ++i) {
    const other = new ResilientPrismaClient(stub, {
      logging: { level: 'silent' },
      probe: { mode: 'sentinel', url: `postgres://nobody@127.0.0.1:1/${i}` },
    });
    await other.getClient().user.findMany();
    await other.shutdown();
  }
}

function handles(): { threads: number; descriptors: number } {
  return { threads: readdirSync('/proc/self/task').length, descriptors: readdirSync('/proc/self/fd').length };
}

async function measured() {
  for (let i = 0; i < 5; ++i) {
    globalThis.gc!();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heapMiB: heapUsed / 2 ** 20, rssMiB: rss / 2 ** 20, ...handles() };
}

async function main(): Promise<void> {
  // Nothing of the package keeps a process alive.
  const alive = setInterval(() => undefined, 1000);
  await resilient.ready();
  await round(0.2);
  const before = await measured();
  await round(1);
  const after = await measured();
  const { parked, inFlight, totalHardResets, totalReconnects, queryCount } = resilient.getConnectionStats();
  await resilient.shutdown();
  console.log(JSON.stringify({ before, after, parked, inFlight, totalHardResets, totalReconnects, queryCount }));
  clearInterval(alive);
}
void main();
