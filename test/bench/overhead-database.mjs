// Throughput of real queries, one at a time and 64 at once, on a PostgreSQL of its own: this package beside the bare
// client it wraps, in alternating rounds.
import { createRequire } from 'node:module';

import Table from 'cli-table3';

import { alternate, median, quantile, verdict } from './rounds.mjs';

const require = createRequire(import.meta.url);
require('../support/typescript-hook.cjs');
const { PostgresCluster, createSchema, generatedClient, makeAdapter } = require('../support/index.ts');
const { ResilientPrismaClient } = require('../../dist/index.js');

// Short ones: what else runs on the machine then meets all clients alike.
const kRounds = 300;
const kRoundMs = 20;
const kBare = 'bare client';
const kOurs = 'this package';
const silent = { debug() {}, info() {}, warn() {}, error() {}, log() {} };

async function queriesPerSecond(client, concurrency) {
  const began = performance.now();
  let done = 0;
  const lane = async () => {
    while (performance.now() - began < kRoundMs) {
      await client.user.findUnique({ where: { id: 1 } });
      ++done;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return (done * 1000) / (performance.now() - began);
}

export async function database() {
  const cluster = await PostgresCluster.start();
  const { PrismaClient } = generatedClient();
  const url = cluster.url();
  const make = (wrap) => new PrismaClient({ adapter: wrap(makeAdapter(url, { max: 10 })) });
  const logging = { logger: silent };
  const bare = make((adapter) => adapter);
  // The same thing twice: what their ratio shows is the machine's noise.
  const again = make((adapter) => adapter);
  const resilient = new ResilientPrismaClient((ctx) => make((adapter) => ctx.guard(adapter)), { logging });
  try {
    await createSchema(cluster);
    await resilient.ready();
    const subjects = [
      { name: kBare, client: bare },
      { name: kOurs, client: resilient.getClient() },
      { name: 'another bare client', client: again },
    ];
    for (const concurrency of [1, 64]) {
      const measure = ({ client }) => queriesPerSecond(client, concurrency);
      show(concurrency, await alternate(subjects, { rounds: kRounds, measure }));
    }
  } finally {
    await Promise.all([bare.$disconnect(), again.$disconnect(), resilient.shutdown()]);
    await cluster.dispose();
  }
}

function show(concurrency, rates) {
  const bare = rates.get(kBare);
  // Each round against the bare client's of the same round: the machine's slow moments fall out.
  const ratios = (name) => rates.get(name).map((rate, round) => rate / bare[round]);
  const table = new Table({
    head: [`findUnique, ${concurrency} at once`, 'per second', 'p10-p90', 'of bare', 'p10-p90'],
    style: { compact: true, head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  for (const [name, row] of rates) {
    const range = (numbers, digits) =>
      `${quantile(numbers, 0.1).toFixed(digits)}-${quantile(numbers, 0.9).toFixed(digits)}`;
    table.push([name, median(row).toFixed(0), range(row, 0), median(ratios(name)).toFixed(3), range(ratios(name), 3)]);
  }
  console.log(`\n${table.toString()}`);
  verdict(`throughput of the bare client's, ${concurrency} at once`, median(ratios(kOurs)), { atLeast: 0.98 });
}
