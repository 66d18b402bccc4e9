// What this package costs where nothing goes wrong.
//
//   npm run bench:overhead [-- --processes 7 --rounds 60 --turn-ms 10] [-- --query-rounds 150] [-- --cpu] [-- --no-database] [-- --no-stub]
//
// First one call on a stub client, beside today's peers, in several processes one after another (overhead-stub.mjs): what
// the compiler makes of each differs more than rounds within one do. Then real queries on a PostgreSQL of its own
// (overhead-database.mjs). Paired rounds (paired.ts); medians, and bounds. Exits with 1 where a bar is missed. `--cpu`
// counts the process's CPU time on the stub instead of the time that passes, which tells more on a machine that is busy
// with other things.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import Table from 'cli-table3';

const require = createRequire(import.meta.url);
require('../support/typescript-hook.cjs');
const { median, verdict } = require('./paired.ts');

const { values: options } = parseArgs({
  options: {
    processes: { type: 'string', default: '7' },
    rounds: { type: 'string', default: '60' },
    'turn-ms': { type: 'string', default: '10' },
    'query-rounds': { type: 'string', default: '150' },
    cpu: { type: 'boolean', default: false },
    'no-stub': { type: 'boolean', default: false },
    'no-database': { type: 'boolean', default: false },
  },
});

const kHasCockatiel4 = Number.parseInt(process.versions.node, 10) >= 22;
/** Whose added time ours is compared with; `atMost`: our bar. */
const kPeers = [
  { name: 'cockatiel 3', share: 'ofCockatiel3', digits: 2, atMost: kHasCockatiel4 ? undefined : 0.6 },
  ...(kHasCockatiel4 ? [{ name: 'cockatiel 4', share: 'ofCockatiel4', digits: 2, atMost: 0.8 }] : []),
  { name: 'prisma-resilient-client 0.2.1', share: 'ofOld', digits: 3, atMost: 1 / 15 },
];

function measureStub() {
  const file = fileURLToPath(new URL('overhead-stub.mjs', import.meta.url));
  const args = [file, '--rounds', options.rounds, '--turn-ms', options['turn-ms'], ...(options.cpu ? ['--cpu'] : [])];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

/** The middle of the processes, and their extremes. */
const over = (values) => ({ value: median(values), low: Math.min(...values), high: Math.max(...values) });

function stub() {
  const processes = Array.from({ length: Number(options.processes) }, measureStub);
  const [bare, ours, ...peers] = processes[0].map(({ name }, i) => {
    const of = (figure) => over(processes.map((findings) => findings[i][figure]));
    return { name, ns: of('ns'), added: of('added'), shares: kPeers.map(({ share }) => of(share)) };
  });
  const table = new Table({
    head: [
      'one call on a stub client',
      options.cpu ? 'CPU ns' : 'ns',
      'added ns',
      ...kPeers.map(({ name }) => `/ ${name}`),
    ],
    style: { compact: true, head: [], border: [] },
    colAligns: ['left', 'right', 'right', ...kPeers.map(() => 'right')],
  });
  const range = ({ low, value, high }, digits) =>
    `${value.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
  table.push([bare.name, range(bare.ns, 0), '', ...kPeers.map(() => '')]);
  for (const { name, ns, added, shares } of [ours, ...peers]) {
    table.push([name, range(ns, 0), range(added, 0), ...shares.map((share, i) => range(share, kPeers[i].digits))]);
  }
  console.log(table.toString());
  const { processes: count, rounds, 'turn-ms': turn } = options;
  console.log(`medians of ${count} processes, and their extremes; in each ${rounds} rounds of 2 x ${turn} ms`);
  for (const [i, { name, atMost }] of kPeers.entries()) {
    if (atMost !== undefined) verdict(`added time, as a share of that of ${name}`, ours.shares[i], { atMost });
  }
}

if (!options['no-stub']) stub();
if (!options['no-database']) {
  const { database } = await import('./overhead-database.mjs');
  await database({ rounds: Number(options['query-rounds']) });
}
