// What the toolbox costs: refusing, answering from the cache, letting a call through; beside opossum and cockatiel, in
// alternating rounds in one process. Medians, the noise, and the goals.
//
//   npm run bench:toolbox [-- --rounds 40 --calls 20000]
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

import { ConsecutiveBreaker, bulkhead, circuitBreaker, handleAll } from 'cockatiel';

const require = createRequire(import.meta.url);
const Opossum = require('opossum');
const { Bulkhead, CircuitBreaker, ResilientPrismaClient } = require('../../dist/index.js');

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '40' }, calls: { type: 'string', default: '20000' } },
});
const rounds = Number(values.rounds);
const calls = Number(values.calls);

const kAnswer = Promise.resolve(1);
const kError = new Error('made beforehand');
const answer = () => kAnswer;
const fail = () => Promise.reject(kError);
const hang = () => new Promise(() => {});
const silent = { debug() {}, info() {}, warn() {}, error() {} };

class StubClient {
  async $connect() {}
  async $disconnect() {}
  async $transaction() {}
  async $queryRaw() {}
  async $queryRawUnsafe() {}
}

async function opened() {
  const ours = new CircuitBreaker({ failureThreshold: 1, resetTimeout: 3_600_000 });
  ours.trip();
  const cockatiel = circuitBreaker(handleAll, { halfOpenAfter: 3_600_000, breaker: new ConsecutiveBreaker(1) });
  await cockatiel.execute(fail).catch(() => {});
  const opossum = new Opossum(answer, { timeout: false, resetTimeout: 3_600_000 });
  opossum.open();
  return {
    ours: () => ours.execute(answer),
    cockatiel: () => cockatiel.execute(answer),
    opossum: () => opossum.fire(),
  };
}

function full() {
  const ours = new Bulkhead({ maxConcurrent: 1, maxWaiting: 0 });
  void ours.execute(hang);
  const cockatiel = bulkhead(1, 0);
  void cockatiel.execute(hang);
  let wait = true;
  // Its percentiles would grow with every refusal and be all that is measured.
  const options = { timeout: false, capacity: 1, volumeThreshold: 1e9, rollingPercentilesEnabled: false };
  const opossum = new Opossum(() => (wait ? hang() : kAnswer), options);
  void opossum.fire();
  wait = false;
  return {
    ours: () => ours.execute(answer),
    cockatiel: () => cockatiel.execute(answer),
    opossum: () => opossum.fire(),
  };
}

async function cached(resilient) {
  const options = { cacheKey: 'k', cacheTtl: 3_600_000 };
  const opossum = new Opossum(answer, { timeout: false, cache: true });
  await opossum.fire();
  return { ours: () => resilient.read(answer, options), opossum: () => opossum.fire() };
}

function closed() {
  const ours = new CircuitBreaker();
  const cockatiel = circuitBreaker(handleAll, { halfOpenAfter: 1000, breaker: new ConsecutiveBreaker(5) });
  const opossum = new Opossum(answer, { timeout: false });
  return {
    ours: () => ours.execute(answer),
    cockatiel: () => cockatiel.execute(answer),
    opossum: () => opossum.fire(),
  };
}

async function measure(call, refuses) {
  const began = process.hrtime.bigint();
  if (refuses) for (let i = 0; i < calls; ++i) await call().then(unexpected, ignore);
  else for (let i = 0; i < calls; ++i) await call();
  return Number(process.hrtime.bigint() - began) / calls;
}

const ignore = () => {};
const unexpected = () => {
  throw new Error('a call went through that should have been refused');
};

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

async function compare(title, subjects, { goal, refuses = false }) {
  const names = Object.keys(subjects);
  const times = new Map(names.map((name) => [name, []]));
  for (const name of names) await measure(subjects[name], refuses);
  for (let round = 0; round < rounds; ++round) {
    // Another order each round, so that no subject always runs after the same other.
    for (let i = 0; i < names.length; ++i) {
      const name = names[(i + round) % names.length];
      times.get(name).push(await measure(subjects[name], refuses));
    }
  }
  console.log(`\n${title}`);
  const sorted = (name) => [...times.get(name)].sort((a, b) => a - b);
  const ours = quantile(sorted('ours'), 0.5);
  for (const name of names) {
    const row = sorted(name);
    const median = quantile(row, 0.5);
    const noise = `${quantile(row, 0.1).toFixed(0)}-${quantile(row, 0.9).toFixed(0)}`;
    const ratio = name === 'ours' ? '' : `${(median / ours).toFixed(1)} x ours`;
    const verdict = name === 'ours' && goal ? `goal ${goal} ns: ${median < goal ? 'reached' : 'MISSED'}` : '';
    const label = name === 'ours' ? 'this package' : name;
    console.log(`  ${label.padEnd(16)}${median.toFixed(0).padStart(8)} ns ${noise.padStart(14)}   ${ratio}${verdict}`);
  }
}

console.log(`Median ns a call, and p10-p90, over ${rounds} alternating rounds of ${calls} calls`);
const resilient = new ResilientPrismaClient(() => new StubClient(), { logging: { logger: silent } });
await resilient.ready();
await compare('Refused by an open circuit', await opened(), { goal: 2000, refuses: true });
await compare('Refused by a full bulkhead', full(), { goal: 2000, refuses: true });
await compare('read() answered from the cache', await cached(resilient), { goal: 1000 });
await compare('Through a closed circuit', closed(), {});
await compare(
  'read(), write() through everything, uncached',
  {
    ours: () => resilient.read(answer),
    write: () => resilient.write(answer),
  },
  {},
);
await resilient.shutdown();
process.exit(0);
