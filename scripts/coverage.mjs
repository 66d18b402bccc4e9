// Which lines and branches of src/core and lib/ the tests run, as a table, held to bars. What is missing is named.
//
//   node scripts/coverage.mjs [core] [lib]       default: both
//
// For the core it builds and runs its tests; for lib/ it reads what the Jest suites that were run with RESILIENCE_COVERAGE=1
// have left in coverage/.
import Table from 'cli-table3';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';

import { root } from './source-files.mjs';

const require = createRequire(import.meta.url);
const kBars = { core: { lines: 98, branches: 95 }, lib: { lines: 92 } };
/** So many files are named, those that miss most first. */
const kNamed = 12;

const kParts = { core, lib: library };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(kParts);
const parts = wanted.map((name) => kParts[name]()).filter((part) => part !== undefined);
if (wanted.includes('lib') && !parts.some(({ name }) => name === 'lib')) {
  console.log('coverage: lib/ was not measured; run the suites unit and e2e with RESILIENCE_COVERAGE=1 before');
}

const summary = new Table({ head: ['part', 'lines', 'bar', 'branches', 'bar'], style: { head: [], border: [] } });
const shown = (value) => (value === undefined ? '–' : `${value.toFixed(1)} %`);
for (const { name, lines, branches, bars } of parts) {
  summary.push([name, shown(lines), shown(bars.lines), shown(branches), shown(bars.branches)]);
}
const missing = new Table({
  head: ['file', 'lines', 'branches', 'lines that never ran'],
  style: { head: [], border: [] },
});
missing.push(
  ...parts
    .flatMap(({ files }) => files)
    .filter(({ missed }) => missed.length > 0)
    .sort((a, b) => b.missed.length - a.missed.length)
    .slice(0, kNamed)
    .map(({ path, lines, branches, missed }) => [path, shown(lines), shown(branches), ranges(missed)]),
);
console.log(`${missing.toString()}\n${summary.toString()}`);

const checks = parts.flatMap(({ lines, branches, bars }) => [
  lines >= bars.lines,
  ...(bars.branches === undefined ? [] : [branches >= bars.branches]),
]);
const failed = checks.filter((holds) => !holds).length;
mkdirSync(join(root, 'build', 'reports'), { recursive: true });
writeFileSync(
  join(root, 'build', 'reports', `coverage-${wanted.join('-')}.json`),
  JSON.stringify({ passed: checks.length - failed, failed }),
);
process.exit(failed > 0 || checks.length === 0 ? 1 : 0);

function core() {
  const build = join(root, 'build', 'coverage');
  const target = 'resilience_core_tests';
  execute(process.execPath, ['scripts/build-native.mjs', '--preset', 'coverage', '--target', target]);
  for (const file of readdirSync(build, { recursive: true })) {
    if (String(file).endsWith('.gcda')) rmSync(join(build, String(file)));
  }
  const env = { ...process.env, RESILIENCE_PROPERTY_EVENTS: '200000' };
  execute(join(build, 'test', 'core', target), ['--gtest_brief=1'], { env, stdio: 'ignore' });
  const report = join(build, 'gcovr.json');
  execute('gcovr', [
    ...['--root', root, '--filter', 'src/core/', '--object-directory', build, '--json-summary', '--output', report],
    // Branches that only an exception takes, in a core that throws none.
    ...['--exclude-throw-branches', '--exclude-unreachable-branches', build],
  ]);
  const { files, ...total } = JSON.parse(readFileSync(report, 'utf8'));
  const detail = join(build, 'gcovr-lines.json');
  execute('gcovr', [
    ...['--root', root, '--filter', 'src/core/', '--object-directory', build, '--json', '--output', detail, build],
  ]);
  const unrun = new Map(
    JSON.parse(readFileSync(detail, 'utf8')).files.map(({ file, lines }) => [
      file,
      lines.filter(({ count, 'gcovr/noncode': noncode }) => count === 0 && !noncode).map((line) => line.line_number),
    ]),
  );
  return {
    name: 'src/core',
    bars: kBars.core,
    lines: total.line_percent,
    branches: total.branch_percent,
    files: files.map(({ filename, line_percent: lines, branch_percent: branches }) => ({
      path: filename,
      lines,
      branches: branches ?? undefined,
      missed: unrun.get(filename) ?? [],
    })),
  };
}

/** Types alone leave nothing to run; a file of them counts as one of which no line ever ran. */
function hasCode(path) {
  const { ModuleKind, transpile } = require('typescript');
  const left = transpile(readFileSync(path, 'utf8'), { module: ModuleKind.ESNext, removeComments: true });
  return left.replace('export {};', '').trim() !== '';
}

/** Of all Jest suites together. */
function library() {
  const folder = join(root, 'coverage');
  const reports = existsSync(folder)
    ? readdirSync(folder)
        .map((suite) => join(folder, suite, 'coverage-final.json'))
        .filter((file) => existsSync(file))
    : [];
  if (reports.length === 0) return undefined;
  const { createCoverageMap } = require('istanbul-lib-coverage');
  const map = createCoverageMap({});
  for (const report of reports) map.merge(JSON.parse(readFileSync(report, 'utf8')));
  map.filter((path) => relative(root, path).startsWith(`lib/`) && hasCode(path));
  const { lines, branches } = map.getCoverageSummary();
  return {
    name: 'lib',
    bars: kBars.lib,
    lines: lines.pct,
    branches: branches.pct,
    files: map.files().map((path) => {
      const file = map.fileCoverageFor(path);
      const summary = file.toSummary();
      const missed = file.getUncoveredLines().map(Number);
      return { path: relative(root, path), lines: summary.lines.pct, branches: summary.branches.pct, missed };
    }),
  };
}

/** 3, 4, 5, 9 is '3-5, 9'. */
function ranges(numbers) {
  const found = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  const text = found.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function execute(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], ...options });
  if (status === 0) return;
  console.error(`coverage: ${command} ${error ? error.message : `ended with ${status}`}`);
  process.exit(1);
}
