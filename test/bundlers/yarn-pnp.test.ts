/** Yarn's Plug'n'Play: packages lie in archives and in no node_modules. With the real Yarn, and the packed package. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { libcOfThisProcess } from '../../lib/addon/libc';
import { targets } from '../../lib/addon/prebuilt';
import { kRoot, requireTools } from './stage';

jest.setTimeout(300_000);

const kYarn = join(__dirname, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js');
let folder: string;

function yarn(...args: string[]): { stdout: string; stderr: string; status: number | null } {
  const env = { ...process.env, DATABASE_URL: 'postgresql://app@127.0.0.1:1/app', NODE_OPTIONS: '' };
  return spawnSync(process.execPath, [kYarn, ...args], { cwd: join(folder, 'app'), env, encoding: 'utf8' });
}

/**
 * @prisma/client with its generated code inside, as `yarn patch` makes it: without an `output` Prisma writes that into a
 * package that Plug'n'Play does not let it find.
 */
function packClient(version: string): string {
  const place = join(folder, 'client');
  cpSync(join(kRoot, 'test/.generated/client-7'), place, { recursive: true });
  const real = readFileSync(join(kRoot, 'node_modules/@prisma/client/package.json'), 'utf8');
  const { dependencies } = JSON.parse(real) as { dependencies: Record<string, string> };
  const manifest = { name: '@prisma/client', version, main: 'index.js', dependencies };
  writeFileSync(join(place, 'package.json'), JSON.stringify(manifest));
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  return execFileSync('npm', pack, { cwd: place, encoding: 'utf8' }).trim().split('\n').pop()!;
}

beforeAll(() => {
  requireTools();
  folder = mkdtempSync(join(tmpdir(), 'yarn-pnp-'));
  const [target] = targets(process.platform, process.arch, libcOfThisProcess());
  mkdirSync(join(folder, 'package/prebuilds', target!), { recursive: true });
  for (const name of ['package.json', 'dist']) {
    cpSync(join(kRoot, name), join(folder, 'package', name), { recursive: true });
  }
  for (const file of ['resilience.node', 'resilience_probe.node']) {
    cpSync(join(kRoot, 'build/release', file), join(folder, 'package/prebuilds', target!, file));
  }
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: join(folder, 'package'),
  });
  const manifest = JSON.parse(readFileSync(join(kRoot, 'package.json'), 'utf8')) as {
    version: string;
    devDependencies: Record<string, string>;
  };
  const { '@prisma/client': client, '@prisma/adapter-pg': adapter } = manifest.devDependencies;
  mkdirSync(join(folder, 'app'));
  const write = (name: string, text: string): void => writeFileSync(join(folder, 'app', name), text);
  const dependencies = {
    'prisma-resilient-client': `file:../prisma-resilient-client-${manifest.version}.tgz`,
    '@prisma/client': `file:../${packClient(client)}`,
    '@prisma/adapter-pg': adapter,
  };
  write('package.json', JSON.stringify({ name: 'application', private: true, dependencies }));
  write('yarn.lock', '');
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  write(
    '.yarnrc.yml',
    [
      'nodeLinker: pnp',
      `npmRegistryServer: "${registry}"`,
      'unsafeHttpWhitelist: ["*"]',
      'enableGlobalCache: false',
      'enableTelemetry: false',
      'enableImmutableInstalls: false',
      'enableScripts: false',
      '',
    ].join('\n'),
  );
  write(
    'options.cjs',
    `const { PrismaPg } = require('@prisma/adapter-pg');
const { ResilientPrismaClient } = require('prisma-resilient-client');
try {
  const db = new ResilientPrismaClient({ adapter: () => new PrismaPg({ connectionString: process.env.DATABASE_URL }) });
  console.log('made', typeof db.user.findMany);
  db.$resilience.shutdown();
} catch (error) {
  console.log(String(error.cause ?? error));
}
`,
  );
  const { status, stdout, stderr } = yarn('install');
  if (status !== 0) throw new Error(`yarn install: ${stdout}${stderr}`);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the doctor finds what is installed, and gives no advice for engines that are not used', () => {
  const { stdout, stderr } = yarn('prisma-resilient', 'doctor', '--json');
  if (!stdout.startsWith('{')) throw new Error(stdout + stderr);
  const { findings } = JSON.parse(stdout) as { findings: { id: string; severity: string; seen: string }[] };
  const seen = Object.fromEntries(findings.map(({ id, severity, seen: text }) => [id, `${severity}: ${text}`]));
  expect(seen).toMatchObject({
    addon: expect.stringMatching(/^ok: both native addons load/),
    'prisma-version': expect.stringMatching(/^ok: @prisma\/client 7/),
    'adapter-version': expect.stringMatching(/^ok: @prisma\/adapter-pg 7.*on pg 8/),
  });
  expect(seen).not.toHaveProperty('url-socket-timeout');
});

test("the options form without a client takes the application's @prisma/client", () => {
  const { stdout, stderr } = yarn('node', 'options.cjs');
  expect(`${stdout}${stderr}`).toMatch(/^made function$/m);
});
