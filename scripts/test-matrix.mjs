// The versions, databases and Nodes that `npm test` does not go through, summed up in a table: the twins, the errors and
// the guard on other versions of Prisma and other databases, and the packed tarball on every supported Node, Bun and Deno.
//
//   node scripts/test-matrix.mjs [prisma|nodes]        default: both
import Table from 'cli-table3';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { installPackages } from './install-packages.mjs';
import { kNodeMajors, kOtherRuntimes, nodeOf } from './other-nodes.mjs';
import { packInto } from './pack.mjs';
import { lineOf } from './test/runners.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
require('../test/support/typescript-hook.cjs');
const { PostgresCluster } = require('../test/support/postgres.ts');
const { PrismaVersion } = require('../test/e2e/errors/prisma-version.ts');
const { playWaitingJob, waitingScenes } = require('../test/support/waiting-jobs.ts');

const reports = join(root, 'build', 'reports');
const kNames = {
  5: 'Prisma 5.22',
  6.16: 'Prisma 6.16',
  6: 'Prisma 6.19',
  '6-rust': 'Prisma 6.19 with the Rust engine',
  7.8: 'Prisma 7.8',
  7: 'Prisma 7.10',
};
/** Of these, only some is tried, on PostgreSQL. */
const kInPart = { 6.16: ['guard'], '6-rust': ['twins', 'errors', 'guard'], 7.8: ['guard'] };
const kDatabases = { postgresql: 'PostgreSQL', mysql: 'MariaDB', sqlite: 'SQLite' };
/** Whoever takes longer hangs. */
const kSmokeMs = 60_000;

/** What is not run, and why. The scenarios and rows that a version lacks are named beside them. */
const kElsewhere = {
  '7 postgresql twins': 'in `npm test`',
  '7 postgresql errors': 'in `npm test`',
  '7 postgresql guard': 'in `npm test`',
  '6 mysql twins': 'played on 7.10',
  '6 sqlite twins': 'played on 7.10',
  '5 postgresql guard': 'adapters can be wrapped from Prisma 6.16 on',
  '5 mysql': 'Prisma 5 has no driver adapter for MariaDB, and its engine is not on npm',
  '5 sqlite': 'Prisma 5 has no driver adapter for a SQLite that comes with it, and its engine is not on npm',
  mysql: { guard: 'shown on PostgreSQL, whose connections its tests cut; the twins on 7.10 are guarded' },
  sqlite: { guard: 'shown on PostgreSQL, whose connections its tests cut; the twins on 7.10 are guarded' },
};
const kKinds = ['twins', 'errors', 'guard'];

const wanted = process.argv.slice(2);
const asked = (part) => wanted.length === 0 || wanted.includes(part);
const sum = { passed: 0, failed: 0, failures: [] };
const lacks = [];
if (asked('prisma')) await prismaVersions();
if (asked('nodes')) await nodes();
if (lacks.length > 0) print(['where', 'not run', 'because'], lacks);
mkdirSync(reports, { recursive: true });
writeFileSync(join(reports, 'matrix.json'), JSON.stringify(sum));
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;

// ---- versions of Prisma and databases ----------------------------------------------------------------------------------

async function prismaVersions() {
  // Before the tests, which would wait for each other's installation.
  execFileSync(process.execPath, [join(root, 'scripts', 'setup-matrix.mjs')], { stdio: 'inherit' });
  await installPackages(join(root, 'test', 'support', 'pg-matrix'));
  const cells = countCells(runJest());
  const rows = [];
  for (const [release, tried] of Object.entries(kInPart)) {
    const counted = kKinds.map((kind) => (tried.includes(kind) ? cellOf(cells, release, 'postgresql', kind) : '–'));
    rows.push([kNames[release], 'PostgreSQL', ...counted]);
  }
  for (const major of ['5', '6', '7']) {
    for (const [provider, database] of Object.entries(kDatabases)) {
      const whole = kElsewhere[`${major} ${provider}`];
      if (whole) {
        lacks.push([`${kNames[major]}, ${database}`, 'all', whole]);
        continue;
      }
      const counted = kKinds.map((kind) => cellOf(cells, major, provider, kind));
      rows.push([kNames[major], database, ...counted]);
      lacks.push(...scenariosLacking(major, provider), ...errorsLacking(major, provider));
    }
  }
  print(['Prisma', 'database', ...kKinds], rows);
}

function runJest() {
  const report = join(reports, 'jest-matrix.json');
  mkdirSync(reports, { recursive: true });
  rmSync(report, { force: true });
  const jest = require.resolve('jest/bin/jest');
  spawnSync(process.execPath, [jest, '--selectProjects', 'matrix', '--json', `--outputFile=${report}`], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (existsSync(report)) return JSON.parse(readFileSync(report, 'utf8'));
  failed('Jest wrote no report');
  return { testResults: [] };
}

/** From 'major provider kind' to what passed and failed. */
function countCells({ testResults }) {
  const cells = {};
  for (const { name, assertionResults, message } of testResults) {
    const kind = relative(join(root, 'test'), name).split(sep)[0].replace('matrix-', '');
    if (assertionResults.length === 0) failed(`${relative(root, name)} as a whole`, message);
    for (const { ancestorTitles, failureMessages, title, status } of assertionResults) {
      const whole = [...ancestorTitles, title].join(' › ');
      const [name, newest] = /Prisma (\d)(?:\.\d+(?: with the Rust engine)?)?/.exec(whole) ?? [
        undefined,
        kind === 'guard' ? '6' : '7',
      ];
      const major = Object.keys(kInPart).find((release) => kNames[release] === name) ?? newest;
      const [provider] = Object.entries(kDatabases).find(([, database]) => whole.includes(database)) ?? ['postgresql'];
      const cell = (cells[`${major} ${provider} ${kind}`] ??= { passed: 0, failed: 0 });
      if (status === 'passed') sum.passed += 1;
      else failed(`${relative(root, name)}: ${whole} (${status})`, failureMessages[0]);
      cell[status === 'passed' ? 'passed' : 'failed'] += 1;
    }
  }
  return cells;
}

function cellOf(cells, major, provider, kind) {
  const cell = cells[`${major} ${provider} ${kind}`];
  if (cell) return `${cell.passed} passed` + (cell.failed > 0 ? `, ${cell.failed} FAILED` : '');
  const reason = kElsewhere[`${major} ${provider} ${kind}`] ?? kElsewhere[provider]?.[kind];
  if (reason) {
    lacks.push([`${kNames[major]}, ${kDatabases[provider]}`, kind, reason]);
    return '–';
  }
  failed(`${kNames[major]}, ${kDatabases[provider]}, ${kind}`, 'none was run');
  return 'MISSING';
}

function scenariosLacking(major, provider) {
  if (kElsewhere[`${major} ${provider} twins`]) return [];
  const { scenarios } = require('../test/e2e/twin/scenarios/index.ts');
  const { lackOf } = require('../test/e2e/twin/twins.ts');
  const byReason = new Map();
  for (const scenario of Object.values(scenarios).flat()) {
    const reason = lackOf(scenario, { major, provider });
    if (reason) byReason.set(reason, [...(byReason.get(reason) ?? []), scenario.name]);
  }
  return [...byReason].map(([reason, names]) => [
    `${kNames[major]}, ${kDatabases[provider]}`,
    `twins: ${names.join('; ')}`,
    reason,
  ]);
}

function errorsLacking(major, provider) {
  const rows = {
    postgresql: () => require('../test/e2e/errors/postgres-rows.ts').kPostgresRows,
    mysql: () => require('../test/matrix-errors/mariadb-rows.ts').kMariaRows,
    sqlite: () => require('../test/matrix-errors/sqlite-rows.ts').kSqliteRows,
  }[provider]();
  return rows
    .map(({ name, notIn }) => [name, notIn?.[major] ?? (major === '5' ? notIn?.rust : undefined)])
    .filter(([, reason]) => reason !== undefined)
    .map(([name, reason]) => [`${kNames[major]}, ${kDatabases[provider]}`, `errors: ${name}`, reason]);
}

// ---- Nodes, Bun, Deno --------------------------------------------------------------------------------------------------

/** Every runtime: the command, and for Node its version. */
function runtimes() {
  const nodes = kNodeMajors.map((major) => {
    const node = nodeOf(major);
    const version = execFileSync(node, ['-p', 'process.version'], { encoding: 'utf8' }).trim();
    return { name: `Node ${version}`, command: [node], version };
  });
  const others = Object.entries(kOtherRuntimes).map(([name, command]) => ({ name, command: command() }));
  return [...nodes, ...others];
}

/** Runs test/support/smoke.cjs in an application that has installed the tarball. */
async function nodes() {
  const work = mkdtempSync(join(tmpdir(), 'resilience-nodes-'));
  const cluster = await PostgresCluster.start();
  try {
    const schema = join(root, 'test', 'e2e', 'twin', 'schema', 'tables.postgresql.sql');
    await cluster.query(`SET ROLE app; ${readFileSync(schema, 'utf8')} RESET ROLE;`);
    const script = installInto(work, await packInto(work));
    const wishes = [5, 6, 7].map((major) => smokeWish(major, cluster.url()));
    const rows = [];
    for (const runtime of runtimes()) {
      const row = [runtime.name];
      for (const { major, needs, ...wish } of wishes) row.push(await smoke(runtime, script, major, needs, wish));
      rows.push(row);
    }
    print(['queries, a reset, the end', ...wishes.map(({ major }) => kNames[major])], rows);
    await waitingJobs(cluster, join(work, 'node_modules', 'prisma-resilient-client'), wishes);
  } finally {
    await cluster.dispose();
    rmSync(work, { recursive: true, force: true });
  }
}

function installInto(app, tarball) {
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', version: '1.0.0', private: true }));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  execFileSync('npm', ['install', ...quiet, tarball], { cwd: app, stdio: 'inherit' });
  const script = join(app, 'smoke.cjs');
  copyFileSync(join(root, 'test', 'support', 'smoke.cjs'), script);
  return script;
}

function smokeWish(major, url) {
  const version = new PrismaVersion(major);
  version.setUp('postgresql');
  const packages = join(root, 'test', 'support', 'prisma-matrix', `v${major}`);
  const resolve = (name) => require.resolve(name, { paths: [packages] });
  const generated = join(packages, 'generated', 'postgresql-twins', 'client');
  return {
    major,
    needs: JSON.parse(readFileSync(resolve('@prisma/client/package.json'), 'utf8')).engines.node,
    client: join(generated, major === 5 ? 'wasm.js' : 'index.js'),
    adapter: resolve('@prisma/adapter-pg'),
    pool: major === 5 ? resolve('pg') : undefined,
    url,
  };
}

async function smoke({ name, command, version }, script, major, needs, wish) {
  if (!fits(version, needs)) {
    lacks.push([name, kNames[major], `that version of Prisma needs Node ${needs}`]);
    return '–';
  }
  const [runtime, ...before] = command;
  const problem = await new Promise((resolve) => {
    const options = { timeout: kSmokeMs, killSignal: 'SIGKILL' };
    const child = execFile(runtime, [...before, script, JSON.stringify(wish)], options, (error, stdout, stderr) => {
      if (!error && [undefined, JSON.parse(stdout).node].includes(version)) return resolve(undefined);
      // Prisma's stack traces begin with a whole minified file.
      resolve(`ended with ${child.exitCode ?? child.signalCode}: ${stdout}${stderr.slice(-1500)}`);
    });
  });
  return verdict(`${name}, ${kNames[major]}`, problem);
}

/** A cell of a table; `problem`: undefined for none. */
function verdict(what, problem) {
  if (problem) failed(what, problem);
  else sum.passed += 1;
  return problem ? 'FAILED' : 'passed';
}

/** Counts one that failed, and names it for the end of the whole run. */
function failed(what, message = '') {
  sum.failed += 1;
  sum.failures.push(lineOf(what, message));
  console.log(`FAILED ${what}: ${message}`);
}

/** Whether `version` is in a range of the forms ">=16.13" and "^20.19 || ^22.12 || >=24.0"; what is no Node is in each. */
function fits(version, range) {
  if (!version) return true;
  const numbers = (text) => text.split('.').map(Number);
  const [major, minor] = numbers(version.slice(1));
  return range.split('||').some((part) => {
    const [, kind, least] = /^(>=|\^)\s*v?([\d.]+)$/.exec(part.trim()) ?? [];
    if (!kind) throw new Error(`cannot read the range of Nodes '${range}'`);
    const [leastMajor, leastMinor = 0] = numbers(least);
    return major === leastMajor ? minor >= leastMinor : kind === '>=' && major > leastMajor;
  });
}

/** Processes that have nothing to do but to wait for us: on every runtime, with the newest Prisma that it takes. */
async function waitingJobs(cluster, installed, wishes) {
  const rows = [];
  for (const { name, command, version } of runtimes()) {
    const { adapter, client, major } = wishes.filter(({ needs }) => fits(version, needs)).pop();
    const pool = require.resolve('pg', { paths: [dirname(adapter)] });
    const job = { command, major, package: installed, client, adapter, pool, guarded: major > 5 };
    const row = [name, kNames[major]];
    for (const scene of Object.keys(waitingScenes)) {
      const problem = await playWaitingJob(cluster, scene, job);
      row.push(verdict(`${name}, ${kNames[major]}, waiting job '${scene}'`, problem));
    }
    rows.push(row);
  }
  print(['a job that waits', 'Prisma', ...Object.keys(waitingScenes)], rows);
}

function print(head, rows) {
  const width = Math.max(80, Math.min(process.stdout.columns ?? 150, 150));
  const wide = head[0] === 'where' ? { colWidths: [26, 50, width - 80], wordWrap: true } : {};
  const table = new Table({ head, style: { head: [], border: [] }, ...wide });
  table.push(...rows);
  console.log(`\n${table.toString()}\n`);
}
