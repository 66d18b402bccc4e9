/**
 * One process of a fleet: a client with a small pool under a steady load, told by its parent what to do.
 *
 *   node fleet_process.cjs '{"mode","url","pool","perSecond"}'
 *
 * In: { start } and { stop } a steady load; { burst: n } so many operations at once; { underWay: 'burst' or
 * 'all' }; { report }; { forget } what was reported; { exit }. Out: 'ready' or { failed }; how many are under way; at a
 * report what was told, and each operation, in ms of the epoch.
 */
'use strict';

const { join } = require('node:path');

const root = join(__dirname, '..', '..');
const { PrismaPg } = require('@prisma/adapter-pg');
const { PrismaClient } = require(join(root, 'test', '.generated', 'client-7'));
const { mode, url, pool, perSecond } = JSON.parse(process.argv[2]);

const told = { hardResets: 0, events: [] };
const operations = [];
let number = 0;

function adapter() {
  return new PrismaPg({ connectionString: url, max: pool, connectionTimeoutMillis: 10_000, keepAlive: true });
}

function open() {
  if (mode === 'bare') return wrapped(new PrismaClient({ adapter: adapter() }), (work) => work());
  if (mode === 'cockatiel') {
    const { ExponentialBackoff, circuitBreaker, handleAll, retry, wrap, ConsecutiveBreaker } = require('cockatiel');
    const policy = wrap(
      retry(handleAll, { maxAttempts: 5, backoff: new ExponentialBackoff({ initialDelay: 250, maxDelay: 4000 }) }),
      circuitBreaker(handleAll, { halfOpenAfter: 1000, breaker: new ConsecutiveBreaker(10) }),
    );
    return wrapped(new PrismaClient({ adapter: adapter() }), (work) => policy.execute(work));
  }
  const { ResilientPrismaClient } = require(join(root, 'dist'));
  const resilient = new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: ctx.guard(adapter()) }), {
    logging: { level: 'silent' },
  });
  for (const name of ['disconnect', 'reconnect:success', 'hard-reset']) {
    resilient.on(name, (detail) => told.events.push([name, Date.now(), detail && detail.reason]));
  }
  resilient.on('hard-reset', () => (told.hardResets += 1));
  return wrapped(
    resilient.getClient(),
    (work) => work(),
    () => resilient.ready(),
  );
}

function wrapped(client, run, ready = () => client.$queryRawUnsafe('SELECT 1')) {
  return { client, run, ready };
}

const { client, run, ready } = open();

/** Half reads, half writes. */
function operate(burst = false) {
  const index = ++number;
  const operation = { began: Date.now(), ended: 0, ok: false, write: index % 2 === 0, burst, outcome: '' };
  operations.push(operation);
  const token = `${process.pid}-${index}`;
  const work = operation.write
    ? () => client.ledgerEntry.create({ data: { token, kind: 'create' } })
    : () => client.ledgerEntry.findMany({ take: 1 });
  run(work).then(
    () => Object.assign(operation, { ended: Date.now(), ok: true }),
    (error) => Object.assign(operation, { ended: Date.now(), outcome: error.resilience?.outcome ?? 'unstated' }),
  );
}

function isUnderWay({ ended, burst }, of) {
  return ended === 0 && (of === 'all' || burst);
}

let timer;
process.on('message', (message) => {
  if (message.start) timer = setInterval(() => operate(), 1000 / perSecond);
  if (message.stop) clearInterval(timer);
  for (let i = 0; i < (message.burst ?? 0); ++i) operate(true);
  if (message.underWay) process.send(operations.filter((one) => isUnderWay(one, message.underWay)).length);
  if (message.report) process.send({ told, operations });
  if (message.forget) operations.length = 0;
  if (message.exit) process.exit(0);
});
process.on('disconnect', () => process.exit(0));
/** Prisma loads its engine with the first query of each kind. */
async function warmUp() {
  await ready();
  for (let i = 0; i < 2 * pool; ++i) operate();
  while (operations.some(({ ended }) => ended === 0)) await new Promise((resolve) => setTimeout(resolve, 20));
  operations.length = 0;
}

warmUp().then(
  () => process.send('ready'),
  (error) => process.send({ failed: String(error) }),
);
