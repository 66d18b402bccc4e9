// Generates the Prisma client that the tests use, where the schema or Prisma has changed since the last time.
//
//   node scripts/generate-clients.mjs [--force]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const schema = join(root, 'test', 'schema', 'schema.prisma');
const output = join(root, 'test', '.generated', 'client-7');
const stamp = join(output, '.made-from');

function fingerprint() {
  const hash = createHash('sha256').update(readFileSync(schema));
  for (const name of ['prisma', '@prisma/client']) hash.update(require(`${name}/package.json`).version);
  return hash.digest('hex');
}

export function generateClients({ force = false } = {}) {
  const wanted = fingerprint();
  if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false;
  const cli = join(dirname(require.resolve('prisma/package.json')), 'build', 'index.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'generate', '--schema', schema, '--no-hints'], {
    cwd: root,
    encoding: 'utf8',
    // Generating needs no schema engine, yet the CLI downloads one unless it is given a file to believe in.
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  if (status !== 0) throw new Error(`prisma generate failed\n${stdout}\n${stderr}`);
  writeFileSync(stamp, wanted);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const made = generateClients({ force: process.argv.includes('--force') });
  console.log(made ? `generated ${output}` : 'Prisma client is up to date');
}
