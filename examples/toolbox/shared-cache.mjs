// A cache in Redis that several processes share. If Redis goes away, memory stands in for it, and no read fails.
import KeyvRedis from '@keyv/redis';
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient, poolConfig } from 'prisma-resilient-client';
import { PrismaClient, connectionString } from './database.mjs';

const open = (store) =>
  new ResilientPrismaClient(
    (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg(poolConfig(connectionString))) }),
    { cache: { store, ttlMs: 60_000 } },
  );

// Two clients here; in production two processes.
const stores = [new KeyvRedis(process.env.REDIS_URL), new KeyvRedis(process.env.REDIS_URL)];
const [one, two] = stores.map(open);
const now = (resilient) => () => resilient.getClient().$queryRaw`SELECT now() AS at, 9007199254740993 AS big`;

const [first] = await one.read(now(one), { cacheKey: 'clock:now' });
const [second] = await two.read(now(two), { cacheKey: 'clock:now' });
console.log('shared:', first.at.getTime() === second.at.getTime(), second.at instanceof Date, second.big);

await one.cache.invalidateByPrefix('clock:');
const [third] = await two.read(now(two), { cacheKey: 'clock:now' });
console.log('invalidated for both:', third.at.getTime() !== first.at.getTime());
console.log(one.cache.stats().misses, two.cache.stats().misses);

await Promise.all([one.shutdown(), two.shutdown()]);
await Promise.all(stores.map((store) => store.disconnect()));

// Prints:
// shared: true true 9007199254740993n
// invalidated for both: true
// 1 1
