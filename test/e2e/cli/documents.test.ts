/** docs/doctor.md and docs/drill.md: every command runs as written, and all that the commands know is described. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { kDoctorHelp } from '../../../lib/cli/doctor/command';
import { kRules } from '../../../lib/cli/doctor/rules';
import { kDrillHelp } from '../../../lib/cli/drill/command';
import { kFaults } from '../../../lib/cli/drill/faults';
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { type Application, newApplication } from '../docs/application';
import { blocks, kRoot } from '../docs/blocks';

const kDocuments = ['docs/doctor.md', 'docs/drill.md'];
const kBlocks = kDocuments.flatMap((document) => blocks(document));
const kCommands = kBlocks.filter(({ language }) => language === 'sh');
const textOf = (document: string): string => readFileSync(join(kRoot, document), 'utf8');

let cluster: PostgresCluster;
let application: Application;
beforeAll(async () => {
  cluster = await PostgresCluster.start({ settings: { fsync: 'on', idle_in_transaction_session_timeout: '60s' } });
  await createSchema(cluster);
  application = newApplication();
  const command = join(kRoot, 'dist/cli/bin.js');
  if (!existsSync(command)) throw new Error('dist/ is not built: node scripts/build-lib.mjs');
  // As npm does when it installs a package.
  chmodSync(command, 0o755);
  mkdirSync(join(application.folder, 'node_modules/.bin'));
  symlinkSync(command, join(application.folder, 'node_modules/.bin/prisma-resilient'));
  for (const { code } of kBlocks) {
    const [, name] = /^\/\/ (\S+\.mjs)\n/.exec(code) ?? [];
    if (name !== undefined) writeFileSync(join(application.folder, name), code);
  }
});
afterAll(async () => {
  application.dispose();
  await cluster.dispose();
});

function run(script: string): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, DATABASE_URL: cluster.url() };
  const child = spawn('sh', ['-euc', script], { cwd: application.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

test.each(kCommands)('$place', async ({ code: script }) => {
  const { code, output } = await run(script);
  expect({ code, output }).toEqual({ code: 0, output: expect.any(String) });
});

/** Names of fields, arrays by their first element; values that are objects without fields stand for any. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? [shape(value[0])] : [];
  if (typeof value !== 'object' || value === null) return 'a value';
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shape(each)]));
}

test('the report of a drill is as documented', async () => {
  const [documented] = blocks('docs/drill.md').filter(({ language }) => language === 'json');
  const written = JSON.parse(readFileSync(join(application.folder, 'drill.json'), 'utf8')) as { command: unknown };
  expect(shape(written)).toEqual(shape(JSON.parse(documented?.code ?? '')));
  expect(written).toMatchObject({ command: ['node', 'load.mjs'], passed: true });
});

test('the report of the doctor is as documented', () => {
  const [documented] = blocks('docs/doctor.md').filter(({ language }) => language === 'json');
  const [expected, written] = [
    JSON.parse(documented?.code ?? ''),
    JSON.parse(readFileSync(join(application.folder, 'doctor.json'), 'utf8')),
  ] as [Record<string, unknown>, { findings: Record<string, unknown>[] }];
  expect(Object.keys(written)).toEqual(Object.keys(expected));
  const fields = Object.keys((expected.findings as object[])[0] ?? {});
  for (const finding of written.findings) expect(fields).toEqual(expect.arrayContaining(Object.keys(finding)));
});

test('every check, fault and option is described', () => {
  const named = (document: string): Set<string> =>
    new Set([...textOf(document).matchAll(/`(--)?([\w-]+)[^`]*`/g)].map(([, dashes = '', name]) => `${dashes}${name}`));
  const optionsOf = (help: string): string[] => [...help.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, name = '']) => name);
  const [doctor, drill] = kDocuments.map(named) as [Set<string>, Set<string>];
  const missing = [
    ...[...kRules.map(({ id }) => id), ...optionsOf(kDoctorHelp)].filter((name) => !doctor.has(name)),
    ...[...kFaults.map(({ name }) => name), ...optionsOf(kDrillHelp)].filter((name) => !drill.has(name)),
  ];
  expect(missing).toEqual([]);
});
