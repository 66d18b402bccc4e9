'use strict';

// The application that is installed from the tarball and run on each platform: it writes, meets an outage, is reset by
// hand, and ends by itself. It tells its steps on a socket, one JSON object a line, and `down` comes on the same: Wine
// has no pipes that a Node for Windows takes for its standard streams.
const { PrismaClient } = require('@prisma/client');
const { PrismaPg } = require('@prisma/adapter-pg');
const { ResilientPrismaClient } = require('prisma-resilient-client');
const { connect } = require('net');
const { createInterface } = require('readline');

const stage = connect(Number(process.env.STAGE_PORT), '127.0.0.1');
const say = (step, detail = {}) => stage.write(`${JSON.stringify({ step, ...detail })}\n`);
const lines = createInterface({ input: stage });
const orders = [];
let wake = () => undefined;
lines.on('line', (line) => {
  orders.push(line.trim());
  wake();
});
const order = async (wanted) => {
  while (!orders.includes(wanted)) await new Promise((resolve) => (wake = resolve));
};

const logged = [];
const write = (line) => void logged.push(String(line));
const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg({ connectionString: process.env.DATABASE_URL })) }),
  {
    reconnect: { deadline: 120_000, maxAttempts: 50 },
    probe: { timeoutMs: 10_000, ...(process.env.PROBE_URL && { url: process.env.PROBE_URL }) },
    logging: { level: 'debug', logger: { debug: write, info: write, warn: write, error: write } },
  },
);
const prisma = resilient.getClient();
let seen = 0;
resilient.on('reconnect:success', () => (seen += 1));

const main = async () => {
  const { addon } = resilient.getConnectionStats();
  say('loaded', { addon, platform: process.platform, arch: process.arch });
  await prisma.note.create({ data: { text: 'before' } });
  say('wrote');
  await order('down');
  const noticed = new Promise((resolve) => resilient.once('disconnect', resolve));
  const read = prisma.note.count();
  read.catch(() => undefined);
  await noticed;
  // Made now, it waits; a moment before, it would have met the connection's end and been in doubt.
  const during = prisma.note.create({ data: { text: 'during' } });
  during.catch(() => undefined);
  say('waiting');
  await Promise.all([read, during]);
  say('survived', { outages: seen, rows: await prisma.note.count({ where: { text: 'during' } }) });
  await resilient.hardReset();
  await prisma.note.create({ data: { text: 'after' } });
  say('reset', { generation: resilient.getConnectionStats().generation });
  await resilient.shutdown();
  say('done', { logged: logged.filter((line) => /addon|probe/.test(line)).slice(0, 6) });
  stage.end();
};
main().catch((error) => {
  say('failed', { message: String(error && error.message).slice(-600), logged: logged.slice(-12) });
  process.exitCode = 1;
  stage.end();
});
