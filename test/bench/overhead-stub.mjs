// One call on a stub client whose methods answer at once with a resolved promise, through each of today's peers, in one
// process. Prints what it has found as JSON, for overhead.mjs.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

import * as cockatiel3 from 'cockatiel';
import pRetry from 'p-retry';

const require = createRequire(import.meta.url);
const Opossum = require('opossum');
const peer = require('prisma-resilient-client-peer');
require('../support/typescript-hook.cjs');
const { ResilientPrismaClient } = require('../../dist/index.js');
const { compare, median, ratio } = require('./paired.ts');

const { values: options } = parseArgs({
  options: { rounds: { type: 'string' }, 'turn-ms': { type: 'string' }, cpu: { type: 'boolean', default: false } },
});
const turnMs = Number(options['turn-ms']);

const kWarmUp = 3;
const kBare = 'bare';
const kOurs = 'this package';
const kCockatiel3 = 'cockatiel 3, retry + breaker';
const kCockatiel4 = 'cockatiel 4, retry + breaker';
const kOld = 'prisma-resilient-client 0.2.1';
const kArgs = { where: { id: 1 } };
const silent = { debug() {}, info() {}, warn() {}, error() {}, log() {} };

/** It asks for Node.js 22. */
const cockatiel4 = Number.parseInt(process.versions.node, 10) < 22 ? undefined : await import('cockatiel-newest');

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

function policyOf({ ConsecutiveBreaker, ExponentialBackoff, circuitBreaker, handleAll, retry, wrap }) {
  return wrap(
    retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
    circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) }),
  );
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
  const policy3 = policyOf(cockatiel3);
  const policy4 = cockatiel4 && policyOf(cockatiel4);
  const breaker = new Opossum((args) => bare.user.findMany(args), { timeout: false });
  const subjects = [
    { name: kBare, call: () => bare.user.findMany(kArgs) },
    { name: kOurs, call: () => ours.user.findMany(kArgs) },
    { name: kCockatiel3, call: () => policy3.execute(() => bare.user.findMany(kArgs)) },
    ...(policy4 ? [{ name: kCockatiel4, call: () => policy4.execute(() => bare.user.findMany(kArgs)) }] : []),
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

const { subjects, resilient } = await makeSubjects();
const turns = [];
for (const subject of subjects) turns.push(await turnOf(subject));
const taken = await compare(turns, { rounds: Number(options.rounds), warmUp: kWarmUp });
const { inFlight, queryCount } = resilient.getConnectionStats();
const { samples } = resilient.getMetrics().latency;
if (samples !== queryCount || queryCount === 0 || inFlight !== 0) {
  throw new Error('not every call was recorded, or one is still in flight');
}
const times = new Map(
  turns.map(({ name, calls }) => [
    name,
    taken.get(name)[options.cpu ? 'cpu' : 'ms'].map((value) => (value * 1e6) / calls),
  ]),
);
const added = (name) => times.get(name).map((time, round) => time - times.get(kBare)[round]);
const share = (name, peer) => (times.has(peer) ? ratio(added(name), added(peer)).value : undefined);
const findings = [...times].map(([name, row]) => ({
  name,
  ns: median(row),
  added: median(added(name)),
  ofCockatiel3: share(name, kCockatiel3),
  ofCockatiel4: share(name, kCockatiel4),
  ofOld: share(name, kOld),
}));
console.log(JSON.stringify(findings));
// The peers have timers that keep the process alive.
process.exit();
