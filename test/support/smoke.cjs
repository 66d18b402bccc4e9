// What an application does, on any Node and with a client from anywhere: load the package both ways, query, reset, query,
// and end, because nothing is left to do. Prints one line of JSON.
//
//   node smoke.cjs '{ "client": …, "adapter": …, "pool": …, "url": … }'      tables: those of the twins
'use strict';

const assert = require('node:assert');
const resilience = require('prisma-resilient-client');

const wish = JSON.parse(process.argv[2]);
const { PrismaPg } = require(wish.adapter);
const pools = [];

function newAdapter() {
  // Prisma 5's adapter takes a pool, which it leaves open.
  if (!wish.pool) return new PrismaPg({ connectionString: wish.url });
  pools.push(new (require(wish.pool).Pool)({ connectionString: wish.url }));
  return new PrismaPg(pools[pools.length - 1]);
}

async function main() {
  // Generated clients are CommonJS or ES modules.
  const generated = await import(wish.client);
  const { PrismaClient } = generated.PrismaClient ? generated : generated.default;
  const byImport = await import('prisma-resilient-client');
  assert.strictEqual(byImport.ResilientPrismaClient, resilience.ResilientPrismaClient);
  assert.strictEqual(byImport.default.ConfigError, resilience.ConfigError);

  const reasons = [];
  const resilient = new resilience.ResilientPrismaClient(
    (context) => {
      reasons.push(context.reason);
      return new PrismaClient({ adapter: wish.pool ? newAdapter() : context.guard(newAdapter()) });
    },
    { logging: { level: 'warn' }, probe: { url: wish.url } },
  );
  const prisma = resilient.getClient();
  const { tag } = prisma;
  await tag.deleteMany();
  await tag.create({ data: { name: 'one' } });
  const unrun = tag.create({ data: { name: 'two' } });
  await resilient.hardReset();
  await unrun;
  await prisma.$transaction([tag.create({ data: { name: 'three' } }), prisma.$queryRaw`SELECT 1`]);
  const error = await tag.create({ data: { name: 'one' } }).catch((caught) => caught);
  assert.strictEqual(error.code, 'P2002');
  assert.strictEqual(error.resilience.errorClass, 'query');
  assert.strictEqual(await tag.count(), 3);
  assert.deepStrictEqual(reasons, ['initial', 'manual']);
  assert.throws(() => new resilience.ResilientPrismaClient(() => {}, { nonsense: 1 }), resilience.ConfigError);
  await resilient.shutdown();
  await assert.rejects(async () => tag.count(), resilience.ShutdownError);
  await Promise.all(pools.map((pool) => pool.end()));
  console.log(JSON.stringify({ node: process.version, prisma: prisma._clientVersion }));
}

main();
