// Every suite: what it is, and how it is run. schedule.mjs tells what `batch`, `alone` and `build` mean; of suites that run
// side by side, the longest is best begun first.
//
// One that installs, packs or measures is no batch.
import { quick } from './quick.mjs';
import {
  addonUnder,
  bin,
  check,
  checkAll,
  counted,
  googleTest,
  ioTests,
  jest,
  onWasm,
  script,
  sum,
} from './runners.mjs';

export const kSuites = {
  core: {
    default: true,
    batch: true,
    what: "the core's GoogleTest suite",
    run: (suite) => googleTest(suite, 'core', 'resilience_core_tests'),
  },
  lint: {
    default: true,
    batch: true,
    what: 'ESLint, the floors of lib/, Prettier, clang-format, purity of the core, generated documents',
    run: (suite) =>
      checkAll(
        () => suite.run(bin('eslint'), ['.']),
        () => suite.run(bin('depcruise'), ['lib', '--config', '.dependency-cruiser.cjs']),
        () => suite.run(bin('prettier'), ['--check', '--log-level', 'warn', '.']),
        () => suite.node('scripts/clang-format.mjs', '--check'),
        () => suite.node('scripts/check-core-purity.mjs'),
        () => suite.node('scripts/check-promises.mjs'),
        () => suite.node('scripts/generate-native-types.mjs', '--check'),
        () => suite.node('scripts/generate-docs.mjs', '--check'),
        () => suite.node('scripts/generate-api.mjs', '--check'),
      ),
  },
  types: {
    default: true,
    batch: true,
    what: 'TypeScript: ours, and applications in each module system',
    run: async (suite) =>
      sum(check(await suite.node('scripts/check-types.mjs')), await counted(suite, 'types', 'scripts/test-types.mjs')),
  },
  sim: {
    default: true,
    batch: true,
    what: 'fleets of processes and one server, in virtual time',
    run: (suite) => googleTest(suite, 'core', 'resilience_sim', { define: ['RESILIENCE_BUILD_SIM=ON'], folder: 'sim' }),
  },
  e2e: {
    default: true,
    what: 'Jest on real servers',
    // Most of the time a file waits: for limits, for servers that start and end.
    run: (suite) => jest(suite, 'e2e', { args: ['--maxWorkers=3'] }),
  },
  unit: { default: true, what: 'Jest on stubs and on the addon', run: (suite) => jest(suite, 'unit') },
  wasm: { what: 'units and twins on the WebAssembly build', ...onWasm() },
  fleet: {
    default: true,
    alone: true,
    what: 'thirty real processes before one server',
    run: (suite) => jest(suite, 'fleet'),
  },
  quick: { what: 'the inner loop: the core, and units, lint and types of what changed', run: quick },
  asan: {
    batch: true,
    what: "the core's GoogleTest suite under asan-ubsan",
    run: (suite) =>
      googleTest(suite, 'asan-ubsan', 'resilience_core_tests', {
        define: ['RESILIENCE_BUILD_ADDON=ON'],
        // A share of the property test: it is ten times as slow there.
        env: { RESILIENCE_PROPERTY_EVENTS: '500000' },
      }),
  },
  'addon-asan': { what: "the addon's Jest suite on an asan-ubsan build", ...addonUnder('asan-ubsan') },
  io: { what: "the I/O layer's GoogleTest suite, on a real server", ...ioTests('dev') },
  'io-asan': { what: 'the same under asan-ubsan', ...ioTests('asan-ubsan') },
  'io-tsan': { what: 'the same under tsan', ...ioTests('tsan') },
  nodes: { what: 'the probe on every supported Node', run: script('test-probe-nodes.mjs') },
  odr: {
    batch: true,
    what: 'one meaning for each name: everything compiled as one, with -Wodr',
    run: (suite) => checkAll(() => suite.node('scripts/build-native.mjs', '--preset', 'lto-odr')),
  },
  tidy: {
    batch: true,
    what: 'clang-tidy on the core, the binding and the I/O layer',
    run: (suite) => counted(suite, 'tidy', 'scripts/clang-tidy.mjs'),
  },
  matrix: {
    what: 'versions of Prisma, databases and Nodes, in a table',
    run: (suite) => counted(suite, 'matrix', 'scripts/test-matrix.mjs'),
  },
  chaos: {
    what: 'the ledger under a minute of faults, in all modes on Prisma 5, 6 and 7',
    run: (suite) => jest(suite, 'chaos', { before: ['scripts/setup-matrix.mjs'] }),
  },
  soak: {
    what: 'two minutes of load, faults, workers, resets and new passwords: nothing grows, nothing is lost',
    run: async (suite) => check(await suite.node('test/soak.mjs', '--minutes', '2')),
  },
  coverage: {
    alone: true,
    what: 'which lines and branches of src/core and lib/ the tests run, held to bars',
    run: (suite) => counted(suite, 'coverage-core-lib', 'scripts/coverage.mjs', 'core', 'lib'),
  },
  'core-coverage': {
    batch: true,
    what: 'the same of src/core alone',
    run: (suite) => counted(suite, 'coverage-core', 'scripts/coverage.mjs', 'core'),
  },
  fuzz: {
    batch: true,
    what: 'a minute of fuzzing for each reader of outside input (RESILIENCE_FUZZ_SECONDS), in a table',
    run: (suite) => counted(suite, 'fuzz', 'scripts/test-fuzz.mjs'),
  },
  publish: {
    what: 'the tarball as publint, Are The Types Wrong and a budget see it',
    run: script('check-package.mjs'),
  },
  bundlers: {
    what: 'bundles that stand alone, of each bundler, through an outage',
    run: (suite) => jest(suite, 'bundlers', { before: ['scripts/install-packages.mjs', 'test/bundlers'] }),
  },
  pack: { what: 'the packed tarball in a new application', run: script('test-pack.mjs') },
};
