// What runs where, in a table: an application that is installed from the tarball writes, survives an outage of a real
// server, is reset by hand and ends by itself, on each platform that this machine can run or imitate.
//
//   node scripts/test-platforms.mjs [NAME…]      default: all; a platform without its prebuilt addon is not run
//   node scripts/test-platforms.mjs --strict     what is not built is a failure
//   node scripts/test-platforms.mjs here --tarball FILE      this very platform, and a tarball that was packed elsewhere
//
// Also: 'tls', the probe of linux-arm64 on servers with good and bad certificates; 'units', the unit suite on linux-arm64 and
// win32-x64 in one process each, without what starts processes (test/platforms/jest.config.cjs; RESILIENCE_UNITS, a pattern,
// for a part of it); 'source', the build on this machine.
import Table from 'cli-table3';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { hardeningProblems } from './check-hardening.mjs';
import { problemsOf } from './cross/check.mjs';
import { kTargets } from './cross/targets.mjs';
import { packInto } from './pack.mjs';
import { kDebianPackages, kRuntimes } from './platforms/runtimes.mjs';
import { playApp } from './platforms/scene.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
require('../test/support/typescript-hook.cjs');
const { PostgresCluster } = require('../test/support/postgres.ts');
const { startTlsServers, inWords } = require('../test/binding/support/tls_servers.ts');

/** Of npm. */
const kQuiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { strict: { type: 'boolean' }, tarball: { type: 'string' } },
});
const wanted = (name) => positionals.length === 0 || positionals.includes(name);
const rows = [];
const sum = { passed: 0, failed: 0, skipped: 0 };

function row(platform, runtime, what, result, seconds, detail = '') {
  sum[result] += 1;
  rows.push([platform, runtime, what, result === 'skipped' ? 'not run' : result, seconds, detail]);
  console.log(`${platform}: ${what} on ${runtime}: ${result}${detail ? `, ${detail}` : ''}`);
}

/** `check` answers a detail for the table, or throws. */
async function tried(platform, runtime, what, check) {
  const began = Date.now();
  const seconds = () => String(Math.round((Date.now() - began) / 1000));
  try {
    const detail = await check();
    row(platform, runtime, what, 'passed', seconds(), detail);
  } catch (error) {
    row(platform, runtime, what, 'failed', seconds(), String(error.message).split('\n')[0].slice(0, 300));
    console.error(error.message);
  }
}

const notBuilt = (platform, what) =>
  row(platform, '-', what, values.strict ? 'failed' : 'skipped', '0', `npm run prebuild -- ${platform}`);

structures();
const work = mkdtempSync(join(tmpdir(), 'resilience-platforms-'));
const cluster = await PostgresCluster.start({});
try {
  const app = await installApp();
  for (const name of Object.keys(kRuntimes).filter(wanted)) await application(name, targetOf(name), app);
  if (positionals.includes('here')) await application('linux-x64', ownTarget(), app);
  if (wanted('tls')) await tls();
  for (const name of wanted('units') ? ['linux-arm64', 'win32-x64'] : []) await units(name);
  if (wanted('source')) await fromSource(app);
} finally {
  await cluster.dispose();
  rmSync(work, { recursive: true, force: true });
}
const table = new Table({ head: ['platform', 'on', 'what', 'result', 's', ''], style: { head: [], border: [] } });
table.push(...rows);
console.log(table.toString());
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;

/** The files of each target: what they ask for and show, signatures, sizes. All that can be said of macOS here. */
function structures() {
  for (const target of Object.keys(kTargets).filter(wanted)) {
    const folder = join(root, 'prebuilds', target);
    const files = ['resilience.node', 'resilience_probe.node', 'resilience.wasm']
      .map((name) => join(folder, name))
      .filter((file) => existsSync(file));
    if (files.length === 0) {
      notBuilt(target, 'structure');
      continue;
    }
    const problems = files.flatMap((file) => [...problemsOf(target, file), ...hardeningProblems(file, target)]);
    row(target, '-', 'structure', problems.length > 0 ? 'failed' : 'passed', '0', problems.join('; '));
  }
}

/** As a user would: `npm install` of the tarball, `prisma generate`. */
async function installApp() {
  const app = join(work, 'app');
  mkdirSync(join(app, 'prisma'), { recursive: true });
  const { devDependencies } = require('../package.json');
  const names = ['prisma', '@prisma/client', '@prisma/adapter-pg'];
  const dependencies = Object.fromEntries(names.map((name) => [name, devDependencies[name]]));
  dependencies['prisma-resilient-client'] =
    `file:${resolve(values.tarball ?? (await packInto(work, { build: false })))}`;
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, dependencies }));
  writeFileSync(
    join(app, 'prisma', 'schema.prisma'),
    'generator client {\n  provider = "prisma-client-js"\n}\n\ndatasource db {\n  provider = "postgresql"\n}\n\n' +
      'model Note {\n  id   Int    @id @default(autoincrement())\n  text String\n}\n',
  );
  copyFileSync(join(root, 'test', 'platforms', 'app.cjs'), join(app, 'app.cjs'));
  execFileSync('npm', ['install', ...kQuiet], { cwd: app, stdio: 'inherit' });
  generate(app);
  await cluster.query('CREATE TABLE "Note" (id serial PRIMARY KEY, text text NOT NULL)');
  await cluster.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC');
  await cluster.query('GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC');
  return app;
}

function generate(app) {
  execFileSync(join(app, 'node_modules', '.bin', 'prisma'), ['generate'], {
    cwd: app,
    // Any program: it is looked for, and not run.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, DATABASE_URL: cluster.url() },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function targetOf(runtime) {
  if (runtime === 'musl-root') return 'linux-x64-musl';
  return runtime in kTargets ? runtime : 'linux-x64';
}

function ownTarget() {
  const { targets } = require('../lib/addon/prebuilt.ts');
  const { libcOfThisProcess } = require('../lib/addon/libc.ts');
  return targets(process.platform, process.arch, libcOfThisProcess())[0];
}

/** `name`: of the runtime that loads the addon of `target`. */
async function application(name, target, app) {
  const file = target === 'wasm32-wasi' ? 'resilience.wasm' : 'resilience.node';
  if (!existsSync(join(root, 'prebuilds', target, file))) return notBuilt(target, 'an outage');
  const needs = kDebianPackages[name];
  if (needs && !isThere(needs))
    return row(target, '-', 'an outage', 'skipped', '0', `apt-get install ${needs.package}`);
  if (name === 'musl-root' && process.getuid() !== 0) return row(target, '-', 'an outage', 'skipped', '0', 'for root');
  const runtime = await kRuntimes[name](work);
  if (runtime.root) cpSync(app, join(runtime.root, app), { recursive: true });
  await tried(target, runtime.name, 'an outage, a reset, the end', async () => {
    await cluster.query('TRUNCATE "Note"');
    const { loaded, survived, afterReturnMs } = await playApp({ app, cluster, runtime });
    const expected = target === 'wasm32-wasi' ? 'prebuilds/wasm32-wasi/' : `prebuilds/${target}/`;
    if (!loaded.addon.from.includes(expected)) throw new Error(`${loaded.addon.from} was loaded, not ${expected}`);
    if (survived.rows !== 1) throw new Error(`the row that met the outage is there ${survived.rows} times`);
    return `${loaded.addon.kind}, ${afterReturnMs} ms after the server's return`;
  });
}

/** The native probe over TLS: verify-full, SCRAM, client certificates, and each of them wrong. */
async function tls() {
  const addon = join(root, 'prebuilds', 'linux-arm64', 'resilience_probe.node');
  if (!existsSync(addon)) return notBuilt('linux-arm64', 'TLS');
  if (!isThere(kDebianPackages['linux-arm64'])) return row('linux-arm64', '-', 'TLS', 'skipped', '0', 'no qemu');
  const runtime = await kRuntimes['linux-arm64']();
  const servers = await startTlsServers();
  try {
    await tried('linux-arm64', runtime.name, "the probe's TLS", () => {
      const [command, ...before] = runtime.command;
      const child = join(root, 'test', 'binding', 'support', 'look_child.cjs');
      const { stdout, stderr, status } = spawnSync(command, [...before, child, addon], {
        input: JSON.stringify(servers.rows.map(({ url }) => url)),
        encoding: 'utf8',
        timeout: 600_000,
        maxBuffer: 1 << 24,
      });
      if (status !== 0) throw new Error(`ended with ${status}: ${stderr.slice(-800)}`);
      const { results } = JSON.parse(stdout);
      const wrong = servers.rows.flatMap(({ name, expected }, i) =>
        inWords(results[i]) === expected ? [] : [`${name}: expected ${expected}, saw ${inWords(results[i])}`],
      );
      if (wrong.length > 0) throw new Error(wrong.join('; '));
      return `${results.length} servers and passwords`;
    });
  } finally {
    await servers.dispose();
  }
}

/** On the target's core, by Jest without its native parts: those of this machine would be loaded. */
async function units(name) {
  const folder = join(root, 'prebuilds', name);
  if (!existsSync(join(folder, 'resilience.node'))) return notBuilt(name, 'units');
  if (!isThere(kDebianPackages[name])) {
    return row(name, '-', 'units', 'skipped', '0', `apt-get install ${kDebianPackages[name].package}`);
  }
  const runtime = await kRuntimes[name]();
  await tried(name, runtime.name, 'units', () => {
    const report = join(work, `units-${name}.json`);
    const said = join(work, `units-${name}.txt`);
    const output = openSync(said, 'w');
    const [command, ...before] = runtime.command;
    const jest = ['node_modules/jest/bin/jest.js', '-c', 'test/platforms/jest.config.cjs', '--runInBand'];
    const only = process.env.RESILIENCE_UNITS ? ['--testPathPatterns', process.env.RESILIENCE_UNITS] : [];
    // Node's own resolver prefers ES modules where it could require them, which Jest cannot.
    const resolver = ['--no-experimental-require-module', '-r', './test/platforms/resolver-in-js.cjs'];
    spawnSync(command, [...before, ...resolver, ...jest, ...only, '--json', `--outputFile=${report}`], {
      cwd: root,
      env: { ...process.env, ...runtime.env, PRISMA_RESILIENT_ADDON_DIR: folder },
      stdio: ['ignore', output, output],
      timeout: 3_600_000,
    });
    closeSync(output);
    if (!existsSync(report)) throw new Error(`no report: ${readFileSync(said, 'utf8').slice(-2000)}`);
    const { testResults, numPassedTests } = JSON.parse(readFileSync(report, 'utf8'));
    const failed = testResults.flatMap(({ name: file, message, assertionResults }) => {
      const tests = assertionResults.filter(({ status }) => status === 'failed');
      if (tests.length === 0 && assertionResults.length === 0) return [`${file}: ${message.slice(0, 600)}`];
      return tests.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]?.slice(0, 300)}`);
    });
    if (failed.length > 0) throw new Error(`${failed.length} failed, ${numPassedTests} passed\n${failed.join('\n')}`);
    return `${numPassedTests} passed`;
  });
}

/**
 * `npx prisma-resilient build` in the application, and an outage on what it built: with a compiler and CMake alone, when the
 * packages have been installed anew; and with all that this machine has.
 */
async function fromSource(app) {
  await builtAndPlayed(app, 'a compiler and CMake', { PATH: onlyCompilers() }, (addon, probe) => {
    if (probe.kind && !probe.from.startsWith('prebuilds/')) throw new Error(`${probe.from} was built without a libpq`);
    return 'core, found in the cache after npm ci';
  });
  await builtAndPlayed(app, 'Debian', {}, (addon, probe, place) => {
    if (!probe.from?.startsWith(place)) throw new Error(`the probe is ${probe.from ?? probe.refused.join('; ')}`);
    return 'core and probe, found in the cache after npm ci';
  });
}

async function builtAndPlayed(app, name, env, check) {
  const place = join(work, `cache-${name.replace(/\W/g, '-')}`);
  await tried('from source', name, 'an outage, a reset, the end', async () => {
    const own = join(app, 'node_modules', 'prisma-resilient-client');
    const bin = join(app, 'node_modules', '.bin', 'prisma-resilient');
    const { stdout, stderr, status, error } = spawnSync(bin, ['build'], {
      cwd: app,
      env: { ...process.env, ...env, XDG_CACHE_HOME: place },
      encoding: 'utf8',
      timeout: 3_600_000,
    });
    if (error) throw new Error(`prisma-resilient build was not run: ${error.message}`);
    if (status !== 0) throw new Error(`prisma-resilient build ended with ${status}: ${stdout}${stderr}`);
    if (existsSync(join(own, 'build'))) throw new Error('it wrote into node_modules');
    execFileSync('npm', ['ci', ...kQuiet], { cwd: app, stdio: 'inherit' });
    generate(app);
    const runtime = { ...kRuntimes['linux-x64'](), env: { XDG_CACHE_HOME: place } };
    const { loaded } = await playApp({ app, cluster, runtime });
    if (!loaded.addon.from.startsWith(place)) throw new Error(`${loaded.addon.from} was loaded`);
    const probe = JSON.parse(
      execFileSync(process.execPath, ['-p', `JSON.stringify(require('${own}/dist/addon/loader.js').loadProbe())`], {
        env: { ...process.env, XDG_CACHE_HOME: place },
        encoding: 'utf8',
      }),
    );
    return check(loaded.addon, probe, place);
  });
}

/** A PATH on which there is what a compiler and CMake need, Node and npm, and nothing else. */
function onlyCompilers() {
  const folder = join(work, 'compilers');
  mkdirSync(folder);
  const tools = [
    'cmake',
    'make',
    'cc',
    'c++',
    'gcc',
    'g++',
    'as',
    'ld',
    'ar',
    'ranlib',
    'nm',
    'strip',
    'objdump',
    'objcopy',
  ];
  for (const name of [...tools, 'readelf', 'sh', 'env', 'uname', 'node', 'npm']) {
    const found = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    symlinkSync(found, join(folder, name));
  }
  return folder;
}

function isThere({ command, file }) {
  return file ? existsSync(file) : spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}
