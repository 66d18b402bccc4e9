// What loading the package costs, beside a generated client and pg: medians of processes that take turns.
//
//   node test/bench/import.mjs [--rounds 15] [--max-ms 25]
//
// Exits with 1 where the package takes longer than --max-ms, on a machine that has nothing else to do.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, 'max-ms': { type: 'string' } },
});

const ours = join(root, 'dist', 'index');
const kSubjects = {
  "require('prisma-resilient-client')": `require(${JSON.stringify(`${ours}.js`)})`,
  "import 'prisma-resilient-client'": `await import(${JSON.stringify(pathToFileURL(`${ours}.js`).href)})`,
  'import of a generated client': `await import(${JSON.stringify(pathToFileURL(join(root, 'test', '.generated', 'client-7', 'index.js')).href)})`,
  'an empty ES module': "await import('data:text/javascript,')",
  'a generated client': `require(${JSON.stringify(join(root, 'test', '.generated', 'client-7'))})`,
  "require('@prisma/adapter-pg')": "require('@prisma/adapter-pg')",
  "require('pg')": "require('pg')",
};

function measure(code) {
  const program = `(async () => {
    const [began, used] = [performance.now(), process.cpuUsage()];
    ${code};
    const [ms, { user, system }] = [performance.now() - began, process.cpuUsage(used)];
    console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000, modules: Object.keys(require.cache).length }));
  })()`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', program], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr.slice(-1500));
  return JSON.parse(stdout);
}

const rounds = Number(values.rounds);
const results = new Map(Object.keys(kSubjects).map((name) => [name, []]));
for (let round = 0; round <= rounds; ++round) {
  for (const [name, code] of Object.entries(kSubjects)) {
    const result = measure(code);
    if (round > 0) results.get(name).push(result); // the first one reads the disk
  }
}
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
let slow = false;
for (const [name, runs] of results) {
  const ms = median(runs.map((run) => run.ms));
  // What a machine that has other work to do does not change much.
  const cpu = median(runs.map(({ cpuMs }) => cpuMs));
  console.log(
    `${name.padEnd(36)} ${ms.toFixed(1).padStart(7)} ms ${cpu.toFixed(1).padStart(7)} ms of CPU ${String(runs[0].modules).padStart(5)} modules`,
  );
  if (name.includes('resilient') && ms > Number(values['max-ms'] ?? Infinity)) slow = true;
}
process.exit(slow ? 1 : 0);
