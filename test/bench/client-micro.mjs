/**
 * What the client half alone adds to one call: proxies, the promise, the copy of the arguments. On a stub client, with
 * a runner that only starts; the host's part (gate, counters, latency) is not in it.
 *
 *   npm run build:lib && node test/bench/client-micro.mjs [dist]
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const dist = resolve(process.argv[2] ?? 'dist');
const { createClientProxy } = createRequire(import.meta.url)(`${dist}/client/proxy.js`);

const kRounds = 15;
const kCalls = 200_000;

function stubClient() {
  const done = Promise.resolve([]);
  const nothing = () => Promise.resolve();
  return { $connect: nothing, $disconnect: nothing, user: { findMany: () => done, findUnique: () => done } };
}

function wrapped() {
  const generation = { epoch: 1, client: stubClient(), cache: new WeakMap(), slots: [] };
  const runner = {
    current: () => generation,
    run: (operation) => operation.start(generation),
    prepare: (operation) => ({
      then: (onFulfilled, onRejected) => operation.start(generation).then(onFulfilled, onRejected),
    }),
    connect: () => generation.client.$connect(),
    disconnect: () => generation.client.$disconnect(),
  };
  return createClientProxy(runner, { operationKind: () => 0, sqlKind: () => 0, transactionKind: () => 0 });
}

const id = { where: { id: 1 } };
const calls = {
  'no arguments': (client) => client.user.findMany(),
  'where id': (client) => client.user.findUnique({ where: { id: 1 } }),
  'where id, kept': (client) => client.user.findUnique(id),
  'where, include, orderBy': (client) =>
    client.user.findMany({ where: { name: 'a' }, include: { posts: true }, orderBy: { id: 'asc' } }),
};

async function nanosecondsPerCall(client, call) {
  const begin = process.hrtime.bigint();
  for (let i = 0; i < kCalls; i++) await call(client);
  return Number(process.hrtime.bigint() - begin) / kCalls;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

for (const [name, call] of Object.entries(calls)) {
  const bare = stubClient();
  const ours = wrapped();
  const added = [];
  const noise = [];
  for (let round = 0; round < kRounds; round++) {
    const first = await nanosecondsPerCall(bare, call);
    const second = await nanosecondsPerCall(ours, call);
    const third = await nanosecondsPerCall(bare, call);
    if (round < 3) continue; // while it is being compiled
    added.push(second - (first + third) / 2);
    noise.push(Math.abs(first - third));
  }
  console.log(`${name.padEnd(26)} +${median(added).toFixed(0).padStart(4)} ns   noise ±${median(noise).toFixed(0)} ns`);
}
