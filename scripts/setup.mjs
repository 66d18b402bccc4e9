// Brings a fresh machine to where everything runs: system packages, npm packages, the addon, dist/, generated clients.
// Uses nothing but Node itself, as nothing else may be there yet. Says what it does; quick where there is nothing to do.
//
//   node scripts/setup.mjs [--for demo|test[,matrix][,tidy]]
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { promtool, setUpPromtool } from './promtool.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What each job needs of the system: a file that shows that it is there, and Debian's package that brings it. */
const kBuild = [
  { command: 'cmake', package: 'cmake' },
  { command: 'ninja', package: 'ninja-build' },
  { command: 'g++', package: 'g++' },
  { file: '/usr/include/spdlog/spdlog.h', package: 'libspdlog-dev' },
  { file: '/usr/include/fmt/core.h', package: 'libfmt-dev' },
  // What the probe's static libpq is built with.
  { file: '/usr/include/openssl/ssl.h', package: 'libssl-dev' },
  { command: 'make', package: 'make' },
  { command: 'perl', package: 'perl' },
  { command: 'bzip2', package: 'bzip2' },
];
const kTest = [
  { file: '/usr/include/gtest/gtest.h', package: 'libgtest-dev' },
  { file: '/usr/include/gmock/gmock.h', package: 'libgmock-dev' },
  { command: 'clang-format', package: 'clang-format' },
  { command: 'pgbouncer', package: 'pgbouncer' },
  { command: 'redis-server', package: 'redis-server' },
  { file: '/usr/lib/postgresql', package: 'postgresql' },
  { command: 'openssl', package: 'openssl' },
  // The dashboard's tests look at it in a real browser.
  { command: 'chromium-headless-shell', package: 'chromium-headless-shell' },
];

const kMatrix = [
  { file: '/usr/sbin/mariadbd', package: 'mariadb-server-core' },
  // What compiles better-sqlite3.
  { command: 'python3', package: 'python3' },
];
const kTidy = [{ command: 'clang-tidy', package: 'clang-tidy' }];
/** Programs of other systems, and what looks into theirs: npm run test:platforms. */
const kPlatforms = [
  { command: 'qemu-aarch64', package: 'qemu-user' },
  { file: '/usr/aarch64-linux-gnu/lib/libc.so.6', package: 'libc6-arm64-cross' },
  { file: '/usr/aarch64-linux-gnu/lib/libstdc++.so.6', package: 'libstdc++6-arm64-cross' },
  { file: '/lib/ld-musl-x86_64.so.1', package: 'musl' },
  { file: '/usr/lib/wine/wine64', package: 'wine64' },
  { command: 'llvm-readobj', package: 'llvm' },
];
const kFuzz = [
  { command: 'clang++', package: 'clang' },
  { file: '/usr/lib/llvm-14/lib/clang/14.0.6/include/fuzzer/FuzzedDataProvider.h', package: 'libclang-rt-14-dev' },
];
const kCoverage = [{ command: 'gcovr', package: 'gcovr' }];
const kNeeds = {
  test: kTest,
  matrix: kMatrix,
  chaos: kMatrix,
  tidy: kTidy,
  platforms: kPlatforms,
  fuzz: kFuzz,
  coverage: kCoverage,
  'core-coverage': kCoverage,
};

/** `jobs`: those of kNeeds; others need nothing more than a build does. */
export function setup({ jobs = ['test'], log = (line) => console.log(`setup: ${line}`) } = {}) {
  checkNode();
  installSystemPackages([...kBuild, ...jobs.flatMap((job) => kNeeds[job] ?? [])], log);
  if (jobs.includes('test') && !promtool()) {
    log("unpacking promtool from Debian's package prometheus");
    setUpPromtool();
  }
  installNpmPackages(log);
  step('building the addon', log, 'scripts/build-native.mjs', '--preset', 'release');
  step('generating Prisma clients', log, 'scripts/generate-clients.mjs');
  step('compiling lib/', log, 'scripts/build-lib.mjs');
}

function checkNode() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major >= 20) return;
  fail(
    `Node ${process.versions.node} is too old to develop with: 20 or newer is needed (the package itself runs on 16.20).`,
  );
}

function installSystemPackages(wanted, log) {
  const missing = wanted.filter((need) => !isThere(need)).map((need) => need.package);
  if (missing.length === 0) return;
  const list = missing.join(' ');
  if (!existsSync('/etc/debian_version')) {
    fail(`This machine lacks what Debian calls: ${list}. Install your system's equivalents, then run this again.`);
  }
  const asRoot = process.getuid() === 0 ? [] : ['sudo'];
  if (asRoot.length > 0 && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    fail(`Missing: ${list}. Run as root or with sudo:  apt-get install ${list}`);
  }
  log(`installing system packages: ${list}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Debian starts a server with its package; ours are started by the tests, on ports of their own.
  const apt = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get'];
  run([...apt, 'update', '-qq'], { env });
  run([...apt, 'install', '-y', '-qq', '--no-install-recommends', ...missing], { env });
}

function isThere({ command, file }) {
  return file ? existsSync(file) : spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}

/** `npm ci` where node_modules is not what the lock file says. */
function installNpmPackages(log) {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.installed-from');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  log('installing npm packages');
  // Scripts of dependencies download engines and binaries that nothing here uses.
  run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

function step(what, log, script, ...args) {
  log(what);
  run([process.execPath, join(root, script), ...args]);
}

function run([command, ...args], options = {}) {
  try {
    execFileSync(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28, ...options });
  } catch (error) {
    process.stderr.write(error.stdout ?? '');
    process.stderr.write(error.stderr ?? '');
    fail(`${command} ${args.join(' ')} failed${error.status === undefined ? `: ${error.message}` : ''}`);
  }
}

function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--for');
  setup({ jobs: at > 0 ? process.argv[at + 1].split(',') : ['test'] });
}
