// Runs the test suites and sums them up in one closing line. `npm test -- --help` tells how it is asked.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { setup } from './setup.mjs';
import { kSuites } from './test/suites.mjs';
import { reports } from './test/runners.mjs';
import { runInTurn } from './test/schedule.mjs';
import { Suite } from './test/suite.mjs';

const kUsage = `Usage: npm test                      every suite that a change should pass before it is pushed (*)
       npm test -- SUITE...          these only
       npm test -- quick             the inner loop: the core, and units, lint and types of what changed

  --also SUITE,...    those marked * and these
  --only PATTERN      within a suite: Jest's path pattern, GoogleTest's filter
  --busy N            beside N busy loops, as on a machine that has other work
  --no-setup          without looking whether all is installed and built
  -h, --help

Suites:
${Object.entries(kSuites)
  .map(([name, { what, default: chosen }]) => `  ${`${name}${chosen ? ' *' : ''}`.padEnd(14)} ${what}\n`)
  .join('')}`;

const kMostFailures = 40;
const { chosen, only, busy, noSetup } = wishes();

const began = Date.now();
if (!noSetup) setup({ jobs: ['test', ...chosen] });
const setUp = seconds(began);
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const loops = Array.from({ length: busy }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
let rows;
try {
  rows = await runInTurn(chosen, kSuites, runSuite, buildSuite);
} finally {
  for (const loop of loops) loop.kill('SIGKILL');
}

console.log('');
for (const { name, passed, failed, took, cores } of rows) {
  const counts = `${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed`;
  console.log(`${name.padEnd(12)} ${counts} ${String(took).padStart(5)} s ${cores.toFixed(1).padStart(5)} cores`);
}
// Once more, for who sees the end of a log alone.
const failures = rows.flatMap((row) => row.failures.map((line) => `FAILED ${row.name}: ${line}`));
if (failures.length > 0) console.log(`\n${failures.slice(0, kMostFailures).join('\n')}\n`);
if (failures.length > kMostFailures) console.log(`and ${failures.length - kMostFailures} more\n`);
const load = loadavg()[0].toFixed(1);
console.log(
  `set-up ${setUp} s, in all ${seconds(began)} s; load ${load} on ${availableParallelism()} cores, ${busy} busy loops`,
);
const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
console.log(`\n${total('passed')} passed, ${total('failed')} failed`);
process.exit(total('failed') > 0 || total('passed') === 0 ? 1 : 0);

/** What the command line asks for; ends the process where it asks for help, or for what there is not. */
function wishes() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        also: { type: 'string', default: '' },
        only: { type: 'string' },
        busy: { type: 'string', default: '0' },
        'no-setup': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    if (!error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
    refuse(error.message.split('. ')[0]);
  }
  const { values, positionals } = parsed;
  if (values.help) {
    process.stdout.write(kUsage);
    process.exit(0);
  }
  const standard = positionals.length > 0 ? positionals : Object.keys(kSuites).filter((name) => kSuites[name].default);
  const chosen = [...new Set([...standard, ...values.also.split(',').filter(Boolean)])];
  const unknown = chosen.filter((name) => !Object.hasOwn(kSuites, name));
  if (unknown.length > 0) refuse(`no suite called ${unknown.join(', ')}`);
  if (!/^\d+$/.test(values.busy) || Number(values.busy) > 64) {
    refuse(`--busy ${values.busy}: expected the number of busy loops, 0 to 64`);
  }
  return { chosen, only: values.only, busy: Number(values.busy), noSetup: values['no-setup'] };
}

function refuse(why) {
  console.error(`test: ${why}\n\n${kUsage}`);
  process.exit(2);
}

async function runSuite(name, lane) {
  const suite = new Suite(name, { lane, only });
  const started = Date.now();
  suite.say(`\n== ${name}: ${kSuites[name].what}`);
  const { passed, failed, failures = [] } = await kSuites[name].run(suite);
  suite.end();
  const took = seconds(started);
  return { name, passed, failed, failures, took, cores: suite.processorSeconds / Math.max(took, 1) };
}

/** What fails here fails once more when the suite runs, and is told then. */
async function buildSuite(name) {
  await kSuites[name].build(new Suite(name, { lane: 'batch' }));
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000);
}
