// Throughput of real queries, one at a time and 64 at once, on a PostgreSQL of its own: this package, without and with
// its guard, beside the bare client it wraps. Each has a pool of its own, of the same size.
import { createRequire } from 'node:module';

import Table from 'cli-table3';

const require = createRequire(import.meta.url);
require('../support/typescript-hook.cjs');
const { PostgresCluster, createSchema, generatedClient, makeAdapter } = require('../support/index.ts');
const { ResilientPrismaClient } = require('../../dist/index.js');
const { compare, mean, median, ratio, shown, verdict } = require('./paired.ts');

const kWarmUp = 30;
/** Of one turn: about 20 ms. */
const kCalls = 64;
const kBare = 'bare client';
const kOurs = 'this package';
const kGuarded = 'this package, with the guard';
const kAgain = 'another bare client';
const silent = { debug() {}, info() {}, warn() {}, error() {}, log() {} };

function subject(name, client, concurrency) {
  const calls = concurrency === 1 ? kCalls : kCalls * 8;
  const turn = async () => {
    let left = calls;
    const lane = async () => {
      while (left-- > 0) await client.user.findUnique({ where: { id: 1 } });
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
  };
  return { name, calls, turn };
}

export async function database({ rounds }) {
  const cluster = await PostgresCluster.start();
  const { PrismaClient } = generatedClient();
  const url = cluster.url();
  const make = (wrap) => new PrismaClient({ adapter: wrap(makeAdapter(url, { max: 10 })) });
  const logging = { logger: silent };
  const asItIs = (adapter) => adapter;
  const bare = make(asItIs);
  const again = make(asItIs);
  const ours = new ResilientPrismaClient(() => make(asItIs), { logging });
  const guarded = new ResilientPrismaClient((ctx) => make((adapter) => ctx.guard(adapter)), { logging });
  try {
    await createSchema(cluster);
    await bare.user.create({ data: { id: 1, email: 'one@example.com', name: 'One' } });
    await Promise.all([ours.ready(), guarded.ready()]);
    const clients = [
      [kBare, bare],
      [kOurs, ours.getClient()],
      [kGuarded, guarded.getClient()],
      [kAgain, again],
    ];
    for (const concurrency of [1, 64]) {
      const subjects = clients.map(([name, client]) => subject(name, client, concurrency));
      const turns = await compare(subjects, { rounds, warmUp: kWarmUp });
      show(concurrency, subjects[0].calls, turns);
    }
  } finally {
    await Promise.all([bare.$disconnect(), again.$disconnect(), ours.shutdown(), guarded.shutdown()]);
    await cluster.dispose();
  }
}

function show(concurrency, calls, turns) {
  // Two clients that are equal make a steadier measure than one.
  const bareMs = mean(turns.get(kBare).ms, turns.get(kAgain).ms);
  const bareCpu = mean(turns.get(kBare).cpu, turns.get(kAgain).cpu);
  const throughput = (name) => ratio(name === kAgain ? turns.get(kBare).ms : bareMs, turns.get(name).ms);
  const table = new Table({
    head: [`findUnique, ${concurrency} at once`, 'per second', 'throughput, of bare', 'CPU us', 'CPU, of bare'],
    style: { compact: true, head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  for (const [name, { ms, cpu }] of turns) {
    const cells = [((calls * 1000) / median(ms)).toFixed(0), '', ((median(cpu) * 1000) / calls).toFixed(1), ''];
    if (name !== kBare) {
      cells[1] = shown(throughput(name));
      cells[3] = shown(ratio(cpu, name === kAgain ? turns.get(kBare).cpu : bareCpu));
    }
    table.push([name, ...cells]);
  }
  console.log(`\n${table.toString()}`);
  verdict(`throughput of the bare client's, ${concurrency} at once`, throughput(kOurs), { atLeast: 0.98 });
}
