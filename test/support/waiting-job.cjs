// A job as people write them: `main` awaits its work, and nothing else keeps the process. Whatever it waits for here is
// ours, so the process must stay alive until that is over, and no longer. On any Node, Bun or Deno.
//
//   node waiting-job.cjs '{ "scene": …, "url": …, "package": …, "client": …, "adapter": …, "pool": … }'
//
// Prints `waiting` once it waits (see test/support/waiting-jobs.ts for what happens then), and at its end `ended: …`.
'use strict';

const wish = JSON.parse(process.argv[2]);
const { ResilientPrismaClient } = require(wish.package);
const { PrismaPg } = require(wish.adapter);
const { Pool } = require(wish.pool);

/** A pool that keeps no process alive while it is idle. */
const kPool = { connectionString: wish.url, allowExitOnIdle: true, max: 2 };
// Prisma 5's adapter takes a pool only.
const newAdapter = () => new PrismaPg(wish.major === 5 ? new Pool(kPool) : kPool);
const say = (line) => process.stdout.write(`${line}\n`);
let PrismaClient;
let resilient;

function open(config, factory) {
  const guarded = wish.guarded && wish.major > 5;
  resilient = new ResilientPrismaClient(
    factory || ((context) => new PrismaClient({ adapter: guarded ? context.guard(newAdapter()) : newAdapter() })),
    Object.assign({ logging: { level: 'silent' }, memory: { autoGC: false } }, config),
  );
  return resilient.getClient();
}

/** Runs `operation`; says `waiting` once it waits. */
async function sayWhenParked(operation) {
  const settled = operation.then((value) => value);
  settled.catch(() => undefined);
  while (resilient.getConnectionStats().parked === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  say('waiting');
  return settled;
}

const scenes = {
  /** The database is down; the parent starts it when it hears `waiting`. */
  parked: () => sayWhenParked(open({ reconnect: { deadline: 60000 } }).tag.count({ where: { name: 'nobody' } })),
  /** The database is down and stays down. */
  deadline: () => sayWhenParked(open({ reconnect: { deadline: 1500 } }).tag.count({ where: { name: 'nobody' } })),
  /** The database is well; the query's own failure is declared worth another run. */
  async backoff() {
    const reconnect = { initialDelay: 500, maxDelay: 500, jitter: 'none', maxAttempts: 3 };
    const prisma = open({ reconnect, classifyError: () => 'rolled-back' });
    await resilient.ready();
    return sayWhenParked(prisma.$queryRaw`SELECT 1/0`);
  },
  /** The server has no connection left for this role; the parent gives some back when it hears `waiting`. */
  saturated() {
    const reconnect = { deadline: 60000, maxAttempts: 100, initialDelay: 300, maxDelay: 300 };
    return sayWhenParked(open({ reconnect, warmup: { enabled: false } }).tag.count({ where: { name: 'nobody' } }));
  },
  /** The factory delivers late, by a timer that keeps no process alive. */
  factory() {
    const late = () =>
      new Promise((resolve) => {
        setTimeout(() => resolve(new PrismaClient({ adapter: newAdapter() })), 800).unref();
      });
    return sayWhenParked(open({}, late).tag.count({ where: { name: 'nobody' } }));
  },
  /** ready() on a database that is down. */
  async ready() {
    open({});
    const ready = resilient.ready(1500);
    say('waiting');
    return ready;
  },
  /** shutdown() drains an operation that never ends and whose connection keeps no process alive. */
  async shutdown() {
    const pool = new Pool(kPool).on('acquire', (client) => client.unref());
    const prisma = open({}, () => new PrismaClient({ adapter: new PrismaPg(pool) }));
    await resilient.ready();
    const hanging = prisma.$queryRaw`SELECT 1 FROM (SELECT pg_sleep(600)) AS nap`;
    hanging.then(undefined, () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    say('waiting');
    await resilient.shutdown({ drainMs: 700 });
    return 'shut down';
  },
  /** Nothing waits. */
  async idle() {
    const count = await open({}).tag.count({ where: { name: 'nobody' } });
    say('waiting');
    return count;
  },
};

async function main() {
  const generated = await import(wish.client);
  PrismaClient = (generated.PrismaClient ? generated : generated.default).PrismaClient;
  const ended = await scenes[wish.scene]().then(
    (value) => JSON.stringify(value),
    (error) => JSON.stringify(error.constructor.name),
  );
  say(`ended: ${ended}`);
}

main();
