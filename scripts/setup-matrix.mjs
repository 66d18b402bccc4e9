// Installs the versions of Prisma that the tests of errors and the twins run against, and generates their clients.
//
//   node scripts/setup-matrix.mjs [v5] [v6[:provider]] …      default: all of v5, v6.16, v6, v6-rust, v7.8 and v7
//
// Nothing is installed twice: what is up to date is left alone. Engine binaries are not needed: every client here
// uses the WASM engine or the query compiler with a driver adapter.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { exclusively } from './exclusive.mjs';
import { installPackages } from './install-packages.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const matrix = join(root, 'test', 'support', 'prisma-matrix');

/**
 * Where each version's packages are, what its generator needs, which databases it is tested with, and in which suites
 * (default: all).
 */
const kVersions = {
  v5: {
    packages: join(matrix, 'v5'),
    generator: ['previewFeatures = ["driverAdapters", "omitApi", "tracing"]'],
    url: true,
    providers: ['postgresql'],
  },
  'v6.16': {
    packages: join(matrix, 'v6.16'),
    generator: ['engineType = "client"'],
    url: true,
    providers: ['postgresql', 'mysql', 'sqlite'],
    suites: ['errors'],
  },
  v6: {
    packages: join(matrix, 'v6'),
    generator: ['engineType = "client"'],
    url: true,
    providers: ['postgresql', 'mysql', 'sqlite'],
  },
  // The same packages with the Rust engine, which is Prisma 6's default.
  'v6-rust': {
    packages: join(matrix, 'v6'),
    variant: '-rust',
    generator: ['previewFeatures = ["driverAdapters"]'],
    url: true,
    providers: ['postgresql', 'mysql'],
  },
  'v7.8': {
    packages: join(matrix, 'v7.8'),
    generator: [],
    url: false,
    providers: ['postgresql', 'mysql', 'sqlite'],
    suites: ['errors'],
  },
  // Its packages for PostgreSQL are those of the project.
  v7: { packages: root, generator: [], url: false, providers: ['postgresql', 'mysql', 'sqlite'], has: ['postgresql'] },
};

/** What the models of each suite's clients are made of, and the folder of its client beside the others. */
const kSuites = {
  errors: { models: join(matrix, 'models.prisma'), folder: (provider) => provider },
  twins: {
    models: join(root, 'test', 'e2e', 'twin', 'schema', 'models.prisma'),
    folder: (provider) => `${provider}-twins`,
  },
};

const kSqlite = 'better-sqlite3';

function run(command, args, options) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status === 0) return;
  throw new Error(`${command} ${args.join(' ')} failed\n${error ?? ''}${stdout}\n${stderr}`);
}

function isNewer(made, ...sources) {
  return existsSync(made) && sources.every((source) => statSync(source).mtimeMs <= statSync(made).mtimeMs);
}

/** Its binary fits all versions of Prisma alike, so it is compiled once. */
function buildSqlite(versions) {
  const binaries = versions
    .map((version) => join(matrix, version, 'node_modules', kSqlite))
    .filter((directory) => existsSync(directory))
    .map((directory) => ({ directory, binary: join(directory, 'build', 'Release', 'better_sqlite3.node') }));
  const missing = binaries.filter(({ binary }) => !existsSync(binary));
  if (missing.length === 0) return;
  let built = binaries.find(({ binary }) => existsSync(binary));
  if (!built) {
    built = missing.shift();
    console.log(`${kSqlite}: compiling (about a minute)`);
    run('npm', ['rebuild', kSqlite], {
      cwd: resolve(built.directory, '..', '..'),
      env: { ...process.env, npm_config_build_from_source: 'true' },
    });
  }
  for (const { binary } of missing) {
    mkdirSync(dirname(binary), { recursive: true });
    copyFileSync(built.binary, binary);
  }
}

function schemaFor({ generator, url }, provider, { models: file }) {
  const models = readFileSync(file, 'utf8');
  const native = provider === 'sqlite' ? models.replace(/ +@db\.\w+(\(\d+\))?/g, '') : models;
  const lines = [
    'generator client {',
    '  provider = "prisma-client-js"',
    '  output   = "./client"',
    ...generator.map((line) => `  ${line}`),
    '}',
    '',
    'datasource db {',
    `  provider = "${provider}"`,
    ...(url ? [`  url      = "${provider === 'sqlite' ? 'file:./unused' : `${provider}://unused`}"`] : []),
    '}',
    '',
  ];
  return `${lines.join('\n')}\n${native}`;
}

/** Where what a version adds to its packages is installed, and its clients are. */
function homeOf(version) {
  const { packages } = kVersions[version];
  return packages === root ? join(matrix, version) : packages;
}

function isRust(version) {
  return version === 'v5' || version === 'v6-rust';
}

/** A client of the Rust engine as WASM loads its engine with an import that only bundlers for the edge answer. */
function loadEngineFromDisk(directory) {
  const file = join(directory, 'wasm.js');
  const text = readFileSync(file, 'utf8');
  const patched = text.replace(
    /\(await import\('#wasm-engine-loader'\)\)\.default/,
    "{ default: new WebAssembly.Module(require('fs').readFileSync(require('path').join(__dirname, 'query_engine_bg.wasm'))) }",
  );
  if (patched === text) throw new Error(`${file} does not load its engine where it was expected to`);
  writeFileSync(file, patched);
}

/** It never clears the timer of a transaction's limit, and thus would keep each process that long. */
function letProcessesEnd(directory) {
  const file = join(directory, 'query_engine_bg.js');
  const text = readFileSync(file, 'utf8');
  const patched = text.replace(/return (setTimeout\((?:\w+\(\w+\)|\w+),\w+>>>0\))}/, 'return $1.unref()}');
  if (patched === text) throw new Error(`${file} does not set its timers where it was expected to`);
  writeFileSync(file, patched);
}

function generate(version, provider, suite) {
  const settings = kVersions[version];
  const { variant = '' } = settings;
  const directory = join(homeOf(version), 'generated', `${suite.folder(provider)}${variant}`);
  const schema = join(directory, 'schema.prisma');
  const client = join(directory, 'client');
  const wanted = schemaFor(settings, provider, suite);
  const prisma = createRequire(join(settings.packages, 'package.json')).resolve('prisma/package.json');
  const cli = join(dirname(prisma), 'build', 'index.js');
  const current = existsSync(schema) && readFileSync(schema, 'utf8') === wanted;
  if (current && isNewer(join(client, 'package.json'), prisma, fileURLToPath(import.meta.url))) return;
  console.log(`${version}: generating the client for ${provider}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(schema, wanted);
  // Never run: generating asks only whether they are there.
  const unused = join(directory, 'no-engine');
  writeFileSync(unused, '');
  run(process.execPath, [cli, 'generate', '--schema', schema], {
    cwd: settings.packages,
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: unused,
      PRISMA_QUERY_ENGINE_LIBRARY: unused,
      PRISMA_QUERY_ENGINE_BINARY: unused,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  if (isRust(version)) {
    loadEngineFromDisk(client);
    letProcessesEnd(client);
  }
}

const wanted = (process.argv.length > 2 ? process.argv.slice(2) : Object.keys(kVersions)).map((text) => {
  const [version, provider] = text.split(':');
  const providers = kVersions[version]?.providers.filter((each) => provider === undefined || each === provider) ?? [];
  if (providers.length > 0) return { version, providers };
  throw new Error(`no such version or provider: ${text}. There are ${Object.keys(kVersions).join(', ')}`);
});
// Each worker of a test runner asks for what it needs, many at once.
await exclusively('matrix', async () => {
  const missing = wanted.filter(
    ({ version, providers }) => !providers.every((provider) => kVersions[version].has?.includes(provider)),
  );
  for (const { version } of missing) await installPackages(homeOf(version));
  buildSqlite(missing.filter(({ providers }) => providers.includes('sqlite')).map(({ version }) => version));
  for (const { version, providers } of wanted) {
    const { suites = Object.keys(kSuites) } = kVersions[version];
    for (const provider of providers) for (const suite of suites) generate(version, provider, kSuites[suite]);
  }
});
