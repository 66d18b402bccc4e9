// Runs the test suites and sums them up in one closing line.
//
//   npm test                           every suite that a change should pass before it is pushed
//   npm test -- core unit              these only; see kSuites for all of them
//   npm test -- --also asan,pack       the default ones and these
//   npm test -- unit --only proxy      within a suite: Jest's path pattern, GoogleTest's filter
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { clangTidy } from './clang-tidy.mjs';
import { setup } from './setup.mjs';
import { testTypes } from './test-types.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const reports = join(root, 'build', 'reports');

const kSuites = {
  core: { default: true, what: "the core's GoogleTest suite", run: () => googleTest('core', 'resilience_core_tests') },
  sim: { default: true, what: 'fleets of processes and one server, in virtual time', run: sim },
  unit: { default: true, what: 'Jest on stubs and on the addon', run: () => jest('unit') },
  e2e: { default: true, what: 'Jest on real servers', run: () => jest('e2e') },
  lint: { default: true, what: 'ESLint, Prettier, clang-format, purity of the core, generated documents', run: lint },
  types: { default: true, what: 'TypeScript: ours, and applications in each module system', run: types },
  asan: {
    what: "the core's GoogleTest suite under asan-ubsan",
    run: () =>
      googleTest('asan-ubsan', 'resilience_core_tests', {
        define: ['RESILIENCE_BUILD_ADDON=ON'],
        // A share of the property test: it is ten times as slow there.
        env: { RESILIENCE_PROPERTY_EVENTS: '500000' },
      }),
  },
  'addon-asan': { what: "the addon's Jest suite on an asan-ubsan build", run: addonUnderAsan },
  io: { what: "the I/O layer's GoogleTest suite, on a real server", run: () => ioTests('dev') },
  'io-asan': { what: 'the same under asan-ubsan', run: () => ioTests('asan-ubsan') },
  'io-tsan': { what: 'the same under tsan', run: () => ioTests('tsan') },
  nodes: { what: 'the probe on every supported Node', run: () => script('test-probe-nodes.mjs') },
  tidy: { what: 'clang-tidy on the core, the binding and the I/O layer', run: () => clangTidy() },
  matrix: { what: 'versions of Prisma, databases and Nodes, in a table', run: matrix },
  chaos: { what: 'the ledger under a minute of faults, in all modes on Prisma 5, 6 and 7', run: () => jest('chaos') },
  pack: { what: 'the packed tarball in a new application', run: () => script('test-pack.mjs') },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    also: { type: 'string', default: '' },
    only: { type: 'string' },
    'no-setup': { type: 'boolean', default: false },
  },
});

const also = values.also.split(',').filter(Boolean);
const chosen =
  positionals.length > 0 ? positionals : [...Object.keys(kSuites).filter((name) => kSuites[name].default), ...also];
const unknown = chosen.filter((name) => !(name in kSuites));
if (unknown.length > 0) {
  console.error(`test: no suite called ${unknown.join(', ')}; there are:`);
  for (const [name, { what }] of Object.entries(kSuites)) console.error(`  ${name.padEnd(12)} ${what}`);
  process.exit(2);
}

if (!values['no-setup']) setup({ jobs: ['test', ...chosen] });
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const rows = [];
for (const name of chosen) {
  console.log(`\n== ${name}: ${kSuites[name].what}`);
  const began = Date.now();
  const { passed, failed } = await kSuites[name].run();
  rows.push({ name, passed, failed, seconds: Math.round((Date.now() - began) / 1000) });
}

console.log('');
for (const { name, passed, failed, seconds } of rows) {
  console.log(
    `${name.padEnd(12)} ${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed ${String(seconds).padStart(5)} s`,
  );
}
const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
console.log(`\n${total('passed')} passed, ${total('failed')} failed`);
process.exit(total('failed') > 0 || total('passed') === 0 ? 1 : 0);

// ---- runners -----------------------------------------------------------------------------------------------------

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) console.error(`test: ${command}: ${result.error.message}`);
  return result.status ?? 1;
}

function npx(...args) {
  return run(join(root, 'node_modules', '.bin', args[0]), args.slice(1));
}

/** One check that counts as one test. */
function check(status) {
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function sum(...results) {
  return results.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }));
}

function ioTests(preset) {
  return googleTest(preset, 'resilience_io_tests', { define: ['RESILIENCE_BUILD_IO_TESTS=ON'], folder: 'io' });
}

function sim() {
  return googleTest('core', 'resilience_sim', { define: ['RESILIENCE_BUILD_SIM=ON'], folder: 'sim' });
}

function googleTest(preset, target, { define = [], folder = 'core', env = {} } = {}) {
  const defines = define.flatMap((value) => ['--define', value]);
  const built = run(process.execPath, ['scripts/build-native.mjs', '--preset', preset, '--target', target, ...defines]);
  if (built !== 0) return { passed: 0, failed: 1 };
  const report = join(reports, `${preset}-${target}.json`);
  const filter = values.only ? [`--gtest_filter=${values.only}`] : [];
  const status = run(
    join(root, 'build', preset, 'test', folder, target),
    ['--gtest_brief=1', `--gtest_output=json:${report}`, ...filter],
    { env: { ...process.env, ...env } },
  );
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { tests, failures, errors } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = failures + errors;
  // A sanitizer's report ends the process after all tests have passed.
  return { passed: tests - failed, failed: failed === 0 && status !== 0 ? 1 : failed };
}

function jest(project, { env = {}, ignore = [] } = {}) {
  const report = join(reports, `jest-${project}.json`);
  const jestBin = createRequire(import.meta.url).resolve('jest/bin/jest');
  const pattern = values.only ? [values.only] : [];
  const ignored = ignore.flatMap((path) => ['--testPathIgnorePatterns', path]);
  const status = run(
    process.execPath,
    [jestBin, ...pattern, '--selectProjects', project, '--json', `--outputFile=${report}`, ...ignored],
    // The report goes to the file; on stdout it would drown the summary.
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } },
  );
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return { passed: result.numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed };
}

function addonUnderAsan() {
  const built = run(process.execPath, [
    'scripts/build-native.mjs',
    '--preset',
    'asan-ubsan',
    '--target',
    'resilience_addon',
  ]);
  if (built !== 0) return { passed: 0, failed: 1 };
  const libasan = spawnSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout.trim();
  return jest('unit', {
    env: {
      LD_PRELOAD: libasan,
      // Node itself leaks at exit by design, and replaces the alternate signal stack.
      ASAN_OPTIONS: 'detect_leaks=0:use_sigaltstack=0',
      PRISMA_RESILIENT_ADDON_DIR: join(root, 'build', 'asan-ubsan'),
    },
    // Measure memory; the sanitizer has an allocator of its own, which also gives it back to the system later.
    // The probe's tests start real servers and other processes, which must not inherit the preloaded sanitizer; its code
    // is under the sanitizers in the io suites.
    ignore: ['/node_modules/', 'lib/host/memory.test', 'lib/leak.test', 'test/binding/probe'],
  });
}

function lint() {
  return sum(
    check(npx('eslint', '.')),
    check(npx('prettier', '--check', '--log-level', 'warn', '.')),
    check(run(process.execPath, ['scripts/clang-format.mjs', '--check'])),
    check(run(process.execPath, ['scripts/check-core-purity.mjs'])),
    check(run(process.execPath, ['scripts/generate-docs.mjs', '--check'])),
    check(run(process.execPath, ['scripts/generate-api.mjs', '--check'])),
  );
}

function types() {
  return sum(
    check(npx('tsc', '-p', 'tsconfig.json', '--noEmit')),
    check(npx('tsc', '-p', 'test/tsconfig.json', '--noEmit')),
    testTypes(),
  );
}

function matrix() {
  const report = join(reports, 'matrix.json');
  const status = run(process.execPath, [join('scripts', 'test-matrix.mjs')]);
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { passed, failed } = JSON.parse(readFileSync(report, 'utf8'));
  return { passed, failed: failed === 0 && status !== 0 ? 1 : failed };
}

function script(name) {
  return check(run(process.execPath, [join('scripts', name)]));
}
