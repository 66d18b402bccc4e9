// What this package costs where nothing goes wrong.
//
//   npm run bench:overhead [-- --rounds 100 --turn-ms 10] [-- --query-rounds 150] [-- --cpu] [-- --no-database] [-- --no-stub]
//
// First one call on a stub client whose methods answer at once with a resolved promise, beside today's peers; then real
// queries on a PostgreSQL of its own (overhead-database.mjs). Paired rounds in one process (paired.ts); medians, and bounds.
// Exits with 1 where a bar is missed. `--cpu` counts the process's CPU time on the stub instead of the time that passes,
// which tells more on a machine that is busy with other things.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

import Table from 'cli-table3';
import { ConsecutiveBreaker, ExponentialBackoff, circuitBreaker, handleAll, retry, wrap } from 'cockatiel';
import pRetry from 'p-retry';

const require = createRequire(import.meta.url);
const Opossum = require('opossum');
const peer = require('prisma-resilient-client-peer');
require('../support/typescript-hook.cjs');
const { ResilientPrismaClient } = require('../../dist/index.js');
const { compare, median, ratio, verdict } = require('./paired.ts');

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    'turn-ms': { type: 'string', default: '10' },
    'query-rounds': { type: 'string', default: '150' },
    cpu: { type: 'boolean', default: false },
    'no-stub': { type: 'boolean', default: false },
    'no-database': { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const turnMs = Number(options['turn-ms']);

const kWarmUp = 3;
const kBare = 'bare';
const kOurs = 'this package';
const kCockatiel = 'cockatiel, retry + breaker';
const kOld = 'prisma-resilient-client 0.2.1';
const kArgs = { where: { id: 1 } };
const silent = { debug() {}, info() {}, warn() {}, error() {}, log() {} };

/** A PrismaClient without a database. */
class StubClient {
  user = { findMany: async () => [] };
  async $connect() {}
  async $disconnect() {}
  async $transaction() {}
  async $queryRaw() {}
  async $queryRawUnsafe() {}
  $on() {}
  $extends() {}
}

async function makeSubjects() {
  const bare = new StubClient();
  const resilient = new ResilientPrismaClient(() => new StubClient(), { logging: { logger: silent } });
  await resilient.ready();
  const ours = resilient.getClient();
  const old = new peer.ResilientPrismaClient(new StubClient(), {
    logging: { level: 'error', logger: silent },
    refresh: { enabled: false },
    healthCheck: { enabled: false },
  });
  await old.connect?.();
  const oldClient = old.getClient();
  const policy = wrap(
    retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
    circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) }),
  );
  const breaker = new Opossum((args) => bare.user.findMany(args), { timeout: false });
  const subjects = [
    { name: kBare, call: () => bare.user.findMany(kArgs) },
    { name: kOurs, call: () => ours.user.findMany(kArgs) },
    { name: kCockatiel, call: () => policy.execute(() => bare.user.findMany(kArgs)) },
    { name: 'opossum', call: () => breaker.fire(kArgs) },
    { name: 'p-retry', call: () => pRetry(() => bare.user.findMany(kArgs), { retries: 3 }) },
    { name: kOld, call: () => oldClient.user.findMany(kArgs) },
  ];
  return { subjects, resilient };
}

/** So many calls that each subject's turns take about as long: all meet the same share of the machine's noise. */
async function turnOf({ name, call }) {
  const run = async (calls) => {
    for (let i = 0; i < calls; ++i) await call();
  };
  await run(5000);
  let fastest = Infinity;
  for (let i = 0; i < 5; ++i) {
    const began = performance.now();
    await run(1000);
    fastest = Math.min(fastest, (performance.now() - began) / 1000);
  }
  const calls = Math.max(100, Math.min(100_000, Math.round(turnMs / fastest)));
  return { name, calls, turn: () => run(calls) };
}

async function stub() {
  const { subjects, resilient } = await makeSubjects();
  const turns = [];
  for (const subject of subjects) turns.push(await turnOf(subject));
  const taken = await compare(turns, { rounds, warmUp: kWarmUp });
  const clock = options.cpu ? 'cpu' : 'ms';
  const times = new Map(
    turns.map(({ name, calls }) => [name, taken.get(name)[clock].map((value) => (value * 1e6) / calls)]),
  );
  const added = (name) => times.get(name).map((time, round) => time - times.get(kBare)[round]);
  const share = (name, of) => ratio(added(name), added(of));

  const table = new Table({
    head: ['one call on a stub client', options.cpu ? 'CPU ns' : 'ns', 'added ns', '/ cockatiel', '/ 0.2.1'],
    style: { compact: true, head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  for (const [name, row] of times) {
    const extra =
      name === kBare
        ? []
        : [
            median(added(name)).toFixed(0),
            share(name, kCockatiel).value.toFixed(2),
            share(name, kOld).value.toFixed(3),
          ];
    table.push([name, median(row).toFixed(0), ...extra]);
  }
  console.log(table.toString());
  const { inFlight, queryCount } = resilient.getConnectionStats();
  const { samples } = resilient.getMetrics().latency;
  console.log(
    `${rounds} rounds of 2 x ${turnMs} ms each; this package recorded ${samples} latencies of ${queryCount} calls; ` +
      `medians, 95 % bounds`,
  );
  if (samples < rounds || inFlight !== 0) throw new Error('not every call was recorded, or one is still in flight');
  verdict("added time, as a share of cockatiel's", share(kOurs, kCockatiel), { atMost: 0.8 });
  verdict("added time, as a share of prisma-resilient-client 0.2.1's", share(kOurs, kOld), { atMost: 1 / 15 });
  await resilient.shutdown();
}

if (!options['no-stub']) await stub();
if (!options['no-database']) {
  const { database } = await import('./overhead-database.mjs');
  await database({ rounds: Number(options['query-rounds']) });
}
// The peers have timers that keep the process alive.
process.exit(process.exitCode);
