// Generates the twins' client the three ways an application may have its own: in @prisma/client, in a folder of its own,
// and as ES modules in TypeScript, which are compiled here as an application would.
//
//   node scripts/generate-layouts.mjs
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const models = join(root, 'test', 'e2e', 'twin', 'schema', 'models.prisma');
const place = join(root, 'test', '.generated', 'layouts');
const stamp = join(place, '.made-from');

const kLayouts = {
  'in-package': ['provider = "prisma-client-js"'],
  'own-folder': ['provider = "prisma-client-js"', 'output = "./database/client"'],
  typescript: [
    'provider = "prisma-client"',
    'output = "./client"',
    'moduleFormat = "esm"',
    'importFileExtension = "js"',
  ],
};

export function generateLayouts() {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false;
  rmSync(place, { recursive: true, force: true });
  for (const [name, generator] of Object.entries(kLayouts)) generate(join(place, name), generator);
  compile(join(place, 'typescript'));
  writeFileSync(stamp, wanted);
  return true;
}

function fingerprint() {
  const hash = createHash('sha256')
    .update(readFileSync(models))
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of ['prisma', '@prisma/client']) hash.update(require(`${name}/package.json`).version);
  return hash.digest('hex');
}

function generate(directory, generator) {
  const installed = (name) => dirname(require.resolve(`${name}/package.json`));
  mkdirSync(directory, { recursive: true });
  if (!generator.some((line) => line.startsWith('output'))) {
    // The client goes beside the application's own copy of @prisma/client, which is beside its prisma.
    const modules = join(directory, 'node_modules');
    const filter = (file) => !/cockroachdb|mysql|sqlite|sqlserver|\.map$/.test(file);
    cpSync(installed('@prisma/client'), join(modules, '@prisma', 'client'), { recursive: true, filter });
    symlinkSync(installed('prisma'), join(modules, 'prisma'), 'dir');
  }
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ private: true }));
  const schema = join(directory, 'schema.prisma');
  const lines = generator.map((line) => `  ${line}\n`).join('');
  writeFileSync(
    schema,
    `generator client {\n${lines}}\n\ndatasource db {\n  provider = "postgresql"\n}\n\n${readFileSync(models, 'utf8')}`,
  );
  const cli = join(installed('prisma'), 'build', 'index.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'generate', '--schema', schema, '--no-hints'], {
    cwd: directory,
    encoding: 'utf8',
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  if (status !== 0) throw new Error(`prisma generate failed in ${directory}\n${stdout}\n${stderr}`);
}

/** From client/ to compiled/, ES modules both. */
function compile(directory) {
  const [source, target] = [join(directory, 'client'), join(directory, 'compiled')];
  const ts = require('typescript');
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  for (const name of readdirSync(source, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const { outputText } = ts.transpileModule(readFileSync(join(source, name), 'utf8'), { compilerOptions });
    const file = join(target, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, outputText);
  }
  writeFileSync(join(target, 'package.json'), '{ "type": "module" }\n');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(generateLayouts() ? `generated ${place}` : 'the layouts are up to date');
}
