// Fuzzes each reader of outside input on its kept corpus, as many readers at once as there are cores, and prints a table.
//
//   node scripts/test-fuzz.mjs [READER...] [--seconds N]      default: all, for 60 s each
//
// The seconds are those of a processor: beside other work it takes longer, and looks at as much.
// What is found is kept in build/fuzz/found, and is a regression test once it is moved to test/fuzz/corpus.
import Table from 'cli-table3';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { root } from './source-files.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: process.env.RESILIENCE_FUZZ_SECONDS ?? '60' } },
});
/** Of Linux, on every processor that Node knows. */
const kTicksPerSecond = 100;
const corpora = join(root, 'test', 'fuzz', 'corpus');
const build = join(root, 'build', 'fuzz');
const readers = readdirSync(corpora).filter((name) => positionals.length === 0 || positionals.includes(name));
const seconds = Number(values.seconds);
if (!Number.isInteger(seconds) || seconds < 1 || readers.length === 0) {
  console.error(`fuzz: expected --seconds of 1 or more, and some of: ${readdirSync(corpora).join(', ')}`);
  process.exit(2);
}

const built = spawnSync(
  process.execPath,
  ['scripts/build-native.mjs', '--preset', 'fuzz', ...readers.flatMap((name) => ['--target', `fuzz_${name}`])],
  { cwd: root, stdio: 'inherit' },
);
if (built.status !== 0) process.exit(1);

const waiting = [...readers];
const rows = [];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) rows.push(await fuzz(name));
  }),
);
const table = new Table({ head: ['reader', 'runs', 'a second', 'edges', 'result'], style: { head: [], border: [] } });
table.push(...rows.map(({ name, runs, rate, edges, found }) => [name, runs, rate, edges, found ?? 'nothing found']));
console.log(table.toString());
const failed = rows.filter(({ found }) => found).length;
const counts = { passed: rows.length - failed, failed };
mkdirSync(join(root, 'build', 'reports'), { recursive: true });
writeFileSync(join(root, 'build', 'reports', 'fuzz.json'), JSON.stringify(counts));
process.exit(failed > 0 ? 1 : 0);

/** New inputs go to a folder of their own beside the kept ones, and stay there from run to run. */
function fuzz(name) {
  const grown = join(build, 'grown', name);
  const found = join(build, 'found', '/');
  for (const folder of [grown, found]) mkdirSync(folder, { recursive: true });
  const program = join(build, 'test', 'fuzz', `fuzz_${name}`);
  const args = [grown, join(corpora, name), '-timeout=10', '-rss_limit_mb=2048'];
  args.push('-print_final_stats=1', `-artifact_prefix=${found}`);
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    // libFuzzer ends with status 0 by this signal.
    const began = performance.now();
    const watch = setInterval(() => {
      if (processorSeconds(child.pid, began) >= seconds) child.kill('SIGUSR1');
    }, 200);
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk) => (text = (text + chunk).slice(-20_000)));
    child.on('close', (status) => {
      clearInterval(watch);
      const number = (pattern) => Number(pattern.exec(text)?.[1] ?? 0);
      if (status !== 0) console.error(text);
      resolve({
        name,
        runs: number(/number_of_executed_units:\s*(\d+)/),
        rate: Math.round(number(/number_of_executed_units:\s*(\d+)/) / seconds),
        edges: number(/.*cov: (\d+)/s),
        found: status === 0 ? undefined : (/Test unit written to (\S+)/.exec(text)?.[1] ?? `ended with ${status}`),
      });
    });
  });
}

/** What a process has taken so far; where no system tells, what has passed since it `began`. */
function processorSeconds(pid, began) {
  try {
    // After the name, which may hold anything: the 12th and 13th are ticks of the user and of the system.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / kTicksPerSecond;
  } catch {
    return (performance.now() - began) / 1000;
  }
}
