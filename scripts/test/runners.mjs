// How each kind of suite is run and counted: GoogleTest, Jest, checks that count as one test.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';

import { root } from '../source-files.mjs';

export const reports = join(root, 'build', 'reports');
/** Characters of what a test complains of. */
const kMostSaid = 600;
const kOneFailed = { passed: 0, failed: 1, failures: [] };

/** A check that counts as one test. */
export function check(status, what = []) {
  return status === 0 ? { passed: 1, failed: 0, failures: [] } : { passed: 0, failed: 1, failures: [what].flat() };
}

/** `failures`: what failed, a line each, for the end of the whole run. */
export function sum(...results) {
  return results.reduce((a, b) => ({
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    failures: [...(a.failures ?? []), ...(b.failures ?? [])],
  }));
}

/** One after the other. `checks`: functions that resolve with an exit status. */
export async function checkAll(...checks) {
  const results = [];
  for (const one of checks) results.push(check(await one()));
  return sum(...results);
}

export function bin(name) {
  return join(root, 'node_modules', '.bin', name);
}

/** A script of ours that counts as one test. */
export function script(name, ...args) {
  return async (suite) => check(await suite.node(join('scripts', name), ...args));
}

/** By preset, the build that was begun last: suites that run beside each other may want the same one. */
const builds = new Map();

/** Whether it could be built. */
async function build(suite, preset, target, define = []) {
  const defines = define.flatMap((value) => ['--define', value]);
  const before = builds.get(preset);
  const built = (async () => {
    await before;
    return (await suite.node('scripts/build-native.mjs', '--preset', preset, '--target', target, ...defines)) === 0;
  })();
  builds.set(preset, built);
  return built;
}

export async function googleTest(suite, preset, target, { define, folder = 'core', env = {} } = {}) {
  if (!(await build(suite, preset, target, define))) return kOneFailed;
  const report = join(reports, `${preset}-${target}.json`);
  const filter = suite.only ? [`--gtest_filter=${suite.only}`] : [];
  const status = await suite.run(
    join(root, 'build', preset, 'test', folder, target),
    ['--gtest_brief=1', `--gtest_output=json:${report}`, ...filter],
    { env: { ...process.env, ...env } },
  );
  if (!existsSync(report)) return kOneFailed;
  const { tests, failures, errors, testsuites } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = failures + errors;
  const lines = testsuites
    .flatMap((group) => group.testsuite)
    .filter((test) => test.failures?.length > 0)
    .map((test) => lineOf(`${test.classname}.${test.name}`, test.failures[0].failure));
  // A sanitizer's report ends the process after all tests have passed.
  if (failed === 0 && status !== 0) return { passed: tests, failed: 1, failures: [`ended with status ${status}`] };
  return { passed: tests - failed, failed, failures: lines };
}

/** A test's name and what it complains of, short enough for the summary. */
export function lineOf(name, message) {
  // eslint-disable-next-line no-control-regex
  const plain = (message ?? '').replace(/\u001b\[[0-9;]*m/g, '');
  const said = plain.split('\n').filter((line) => line.trim() && !line.trim().startsWith('at '));
  return `${name}: ${said.join(' | ').slice(0, kMostSaid)}`;
}

/** What failed by a report of Jest, a line each. */
export function failuresOf({ testResults }) {
  return testResults.flatMap(({ name, assertionResults, message, status }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [lineOf(file, message)] : [];
    return failed.map(({ fullName, failureMessages }) => lineOf(`${file}: ${fullName}`, failureMessages[0]));
  });
}

export function ioTests(preset) {
  const target = 'resilience_io_tests';
  const define = ['RESILIENCE_BUILD_IO_TESTS=ON'];
  return {
    build: (suite) => build(suite, preset, target, define),
    run: (suite) => googleTest(suite, preset, target, { define, folder: 'io' }),
  };
}

/** `before`: a script and its arguments that must succeed first, since Jest remembers what it did not find. */
export async function jest(suite, project, { env = {}, ignore = [], args = [], before } = {}) {
  if (before && (await suite.node(...before)) !== 0) return check(1, before.join(' '));
  const report = join(reports, `jest-${suite.name}.json`);
  // A suite may run Jest twice.
  rmSync(report, { force: true });
  const jestBin = createRequire(import.meta.url).resolve('jest/bin/jest');
  const pattern = suite.only ? [suite.only] : [];
  const ignored = ignore.flatMap((path) => ['--testPathIgnorePatterns', path]);
  const covered = process.env.RESILIENCE_COVERAGE ? coverageOf(suite.name) : [];
  const status = await suite.run(
    process.execPath,
    [
      jestBin,
      ...pattern,
      '--selectProjects',
      project,
      '--json',
      `--outputFile=${report}`,
      ...ignored,
      ...covered,
      ...args,
    ],
    // The report goes to the file; on stdout it would drown the summary.
    { quiet: true, env: { ...process.env, ...env } },
  );
  if (!existsSync(report)) return kOneFailed;
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    passed: result.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    failures: failuresOf(result),
  };
}

/** What scripts/coverage.mjs sums up. */
function coverageOf(name) {
  const folder = join(root, 'coverage', name);
  const from = ['lib/**/*.ts', '!lib/**/generated/**'].flatMap((pattern) => ['--collectCoverageFrom', pattern]);
  return ['--coverage', '--coverageProvider=v8', '--coverageReporters=json', `--coverageDirectory=${folder}`, ...from];
}

/** A script that writes what it counted to build/reports/`name`.json. */
export async function counted(suite, name, ...args) {
  const report = join(reports, `${name}.json`);
  const status = await suite.node(...args);
  if (!existsSync(report)) return kOneFailed;
  const { passed, failed, failures = [] } = JSON.parse(readFileSync(report, 'utf8'));
  return { passed, failed: failed === 0 && status !== 0 ? 1 : failed, failures };
}

/** `preset`: one with the address sanitizer. */
export function addonUnder(preset) {
  const target = 'resilience_addon';
  return {
    build: (suite) => build(suite, preset, target),
    run: async (suite) => ((await build(suite, preset, target)) ? unitUnderAsan(suite, preset) : kOneFailed),
  };
}

function unitUnderAsan(suite, preset) {
  const libasan = spawnSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout.trim();
  return jest(suite, 'unit', {
    env: {
      LD_PRELOAD: libasan,
      // Node itself leaks at exit by design, and replaces the alternate signal stack.
      ASAN_OPTIONS: 'detect_leaks=0:use_sigaltstack=0',
      PRISMA_RESILIENT_ADDON_DIR: join(root, 'build', preset),
    },
    // Measure memory; the sanitizer has an allocator of its own, which also gives it back to the system later.
    // The probe's tests start real servers and other processes, which must not inherit the preloaded sanitizer; its code
    // is under the sanitizers in the io suites.
    ignore: ['/node_modules/', 'lib/host/memory.test', 'lib/leak.test', 'test/binding/probe'],
  });
}

export function onWasm() {
  // Builds it where it is not built; cold, that takes some minutes.
  const built = (suite) => suite.node('scripts/prebuild.mjs', 'wasm32-wasi');
  return {
    build: built,
    run: async (suite) => ((await built(suite)) === 0 ? unitsAndTwinsOnWasm(suite) : kOneFailed),
  };
}

async function unitsAndTwinsOnWasm(suite) {
  const env = { PRISMA_RESILIENT_ADDON: 'wasm' };
  const units = await jest(suite, 'unit', {
    env,
    // What native addons alone do: load in several ways, probe, read a container's limit, hold memory. And emnapi lets
    // what a revoked proxy throws pass through the module, whose stack is then never given back: no caller has one.
    ignore: ['/node_modules/', 'test/binding', 'lib/addon/loader', 'lib/host/memory.test', 'lib/leak', 'native-fuzz'],
  });
  const twins = await jest(suite, 'e2e', { env, args: ['--testPathPatterns', 'test/e2e/twin/'] });
  return sum(units, twins);
}
