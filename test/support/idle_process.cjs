/**
 * A process whose clients have nothing to do, and which says what that costs.
 *
 *   node idle_process.cjs '{"entry","url","clients"}'
 *
 * Without `entry`, the package's, it holds bare clients. Out: 'ready' once each has answered a query. A line on standard
 * input asks for { timers, switches, cpuMs } so far: timers that have fired, times that any thread has gone to sleep by
 * itself (so it was woken as often), and processor time.
 */
'use strict';

const { createHook } = require('node:async_hooks');
const { readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

const timers = new Set();
let fired = 0;
createHook({
  init: (id, type) => void (type === 'Timeout' && timers.add(id)),
  before: (id) => void (timers.has(id) && (fired += 1)),
  destroy: (id) => void timers.delete(id),
}).enable();

const root = join(__dirname, '..', '..');
const { PrismaPg } = require('@prisma/adapter-pg');
const { PrismaClient } = require(join(root, 'test', '.generated', 'client-7'));
const { entry, url, clients } = JSON.parse(process.argv[2]);

/** Connections are closed soon, so that only the clients are left. */
const adapter = () => new PrismaPg({ connectionString: url, max: 1, idleTimeoutMillis: 100 });

function open() {
  if (!entry) return new PrismaClient({ adapter: adapter() });
  const { ResilientPrismaClient } = require(entry);
  const resilient = new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: ctx.guard(adapter()) }), {
    logging: { level: 'error' },
  });
  return resilient.getClient();
}

function switches() {
  let sum = 0;
  for (const task of readdirSync('/proc/self/task')) {
    const status = readFileSync(`/proc/self/task/${task}/status`, 'utf8');
    sum += Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return sum;
}

async function main() {
  const all = Array.from({ length: clients }, open);
  for (const client of all) await client.$queryRawUnsafe('SELECT 1');
  process.stdin.on('data', () => {
    const { user, system } = process.cpuUsage();
    process.stdout.write(`${JSON.stringify({ timers: fired, switches: switches(), cpuMs: (user + system) / 1000 })}\n`);
  });
  // Held for as long as the process lives.
  process.stdin.on('end', () => process.exit(all.length > 0 ? 0 : 1));
  process.stdout.write('ready\n');
}
void main();
