// What this package costs where nothing goes wrong.
//
//   npm run bench:overhead [-- --rounds 100 --round-ms 10] [-- --query-rounds 150] [-- --cpu] [-- --no-database] [-- --no-stub]
//
// First one call on a stub client whose methods answer at once with a resolved promise, beside today's peers; then real
// queries on a PostgreSQL of its own (overhead-database.mjs). Alternating rounds in one process; medians, and the noise.
// Exits with 1 where a bar is missed. `--cpu` counts the process's CPU time on the stub instead of the time that passes,
// which tells more on a machine that is busy with other things.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

import Table from 'cli-table3';
import { ConsecutiveBreaker, ExponentialBackoff, circuitBreaker, handleAll, retry, wrap } from 'cockatiel';
import pRetry from 'p-retry';

import { alternate, median, quantile, verdict } from './rounds.mjs';

const require = createRequire(import.meta.url);
const Opossum = require('opossum');
const peer = require('prisma-resilient-client-peer');
const { ResilientPrismaClient } = require('../../dist/index.js');

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    'round-ms': { type: 'string', default: '10' },
    'query-rounds': { type: 'string', default: '150' },
    cpu: { type: 'boolean', default: false },
    'no-stub': { type: 'boolean', default: false },
    'no-database': { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const roundMs = Number(options['round-ms']);

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
    { name: 'bare', call: () => bare.user.findMany(kArgs) },
    { name: kOurs, call: () => ours.user.findMany(kArgs) },
    { name: kCockatiel, call: () => policy.execute(() => bare.user.findMany(kArgs)) },
    { name: 'opossum', call: () => breaker.fire(kArgs) },
    { name: 'p-retry', call: () => pRetry(() => bare.user.findMany(kArgs), { retries: 3 }) },
    { name: kOld, call: () => oldClient.user.findMany(kArgs) },
  ];
  return { subjects, resilient };
}

function nanoseconds() {
  if (!options.cpu) return performance.now() * 1e6;
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}

async function nanosecondsPerCall({ call }, calls) {
  const began = nanoseconds();
  for (let i = 0; i < calls; ++i) await call();
  return (nanoseconds() - began) / calls;
}

/** So many calls that each subject's rounds take about as long: all meet the same share of the machine's noise. */
async function setCalls(subject) {
  await nanosecondsPerCall(subject, 5000);
  let fastest = Infinity;
  for (let i = 0; i < 5; ++i) fastest = Math.min(fastest, await nanosecondsPerCall(subject, 1000));
  subject.calls = Math.max(100, Math.min(100_000, Math.round((roundMs * 1e6) / fastest)));
}

async function stub() {
  const { subjects, resilient } = await makeSubjects();
  for (const subject of subjects) await setCalls(subject);
  const times = await alternate(subjects, {
    rounds,
    measure: (subject) => nanosecondsPerCall(subject, subject.calls),
  });
  const bare = times.get('bare');
  const added = (name) => median(times.get(name).map((time, round) => time - bare[round]));

  const table = new Table({
    head: ['one call on a stub client', options.cpu ? 'CPU ns' : 'ns', 'p10-p90', 'added ns', '/ cockatiel', '/ 0.2.1'],
    style: { compact: true, head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const [name, row] of times) {
    const noise = `${quantile(row, 0.1).toFixed(0)}-${quantile(row, 0.9).toFixed(0)}`;
    const extra = name === 'bare' ? [] : [added(name), added(name) / added(kCockatiel), added(name) / added(kOld)];
    const [ns, toCockatiel, toOld] = extra;
    table.push([name, median(row).toFixed(0), noise, ns?.toFixed(0), toCockatiel?.toFixed(2), toOld?.toFixed(3)]);
  }
  console.log(table.toString());
  const { inFlight, queryCount } = resilient.getConnectionStats();
  const { samples } = resilient.getMetrics().latency;
  console.log(
    `${rounds} rounds of ${roundMs} ms each; this package recorded ${samples} latencies of ${queryCount} calls`,
  );
  if (samples < rounds || inFlight !== 0) throw new Error('not every call was recorded, or one is still in flight');
  verdict("added time, as a share of cockatiel's", added(kOurs) / added(kCockatiel), { atMost: 0.8 });
  verdict("added time, as a share of prisma-resilient-client 0.2.1's", added(kOurs) / added(kOld), { atMost: 1 / 15 });
  await resilient.shutdown();
}

if (!options['no-stub']) await stub();
if (!options['no-database']) {
  const { database } = await import('./overhead-database.mjs');
  await database({ rounds: Number(options['query-rounds']) });
}
// The peers have timers that keep the process alive.
process.exit(process.exitCode);
