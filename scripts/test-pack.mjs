// The packed tarball in a new Prisma 7 application: installed without compiler, headers or install scripts, loaded by
// `require` and by `import`, one query through each; the doctor; and, with Express, a dashboard that sees a real outage.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { checkHardening } from './check-hardening.mjs';
import { packInto } from './pack.mjs';

const require = createRequire(import.meta.url);
require('../test/support/typescript-hook.cjs');
const { PostgresCluster } = require('../test/support/postgres.ts');

const work = mkdtempSync(join(tmpdir(), 'resilience-pack-'));
const cluster = await PostgresCluster.start({});
try {
  const { devDependencies, scripts } = require('../package.json');
  for (const hook of ['preinstall', 'install', 'postinstall']) {
    if (scripts[hook]) throw new Error(`package.json has a script '${hook}': installing must run nothing`);
  }
  const tarball = await packInto(work);
  if (process.platform === 'linux' && !checkHardening()) throw new Error('what is packed is not hardened');

  const app = join(work, 'app');
  writeApp(app, devDependencies, tarball);
  const env = withoutCompilers(work);
  execFileSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'],
    { cwd: app, env, stdio: 'inherit' },
  );
  execFileSync(join(app, 'node_modules', '.bin', 'prisma'), ['generate'], {
    cwd: app,
    env: { ...env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', DATABASE_URL: cluster.url() },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await cluster.query('CREATE TABLE "Note" (id serial PRIMARY KEY, text text NOT NULL)');
  await cluster.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC');
  await cluster.query('GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC');
  for (const file of ['by-require.cjs', 'by-import.mjs']) {
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(app, file)], {
      cwd: app,
      env: { ...env, DATABASE_URL: cluster.url() },
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (status !== 0 || !/notes: \d+, connected: true/.test(stdout)) {
      // Prisma's stack traces begin with a whole minified file.
      throw new Error(`${file} ended with ${status}: ${stdout} ${stderr.slice(-1500)}`);
    }
    console.log(`${file}: ${stdout.trim()}`);
  }
  checkWithoutAddon(app, env);
  checkDoctor(app, { ...env, DATABASE_URL: cluster.url() });
  await checkDashboard(app, { ...env, DATABASE_URL: cluster.url() });
} finally {
  await cluster.dispose();
  rmSync(work, { recursive: true, force: true });
}

function writeApp(app, versions, tarball) {
  mkdirSync(join(app, 'prisma'), { recursive: true });
  const dependencies = Object.fromEntries(
    ['prisma', '@prisma/client', '@prisma/adapter-pg', 'express'].map((name) => [name, versions[name]]),
  );
  dependencies['prisma-resilient-client'] = `file:${tarball}`;
  const write = (name, content) => writeFileSync(join(app, name), content);
  write('package.json', JSON.stringify({ name: 'app', version: '1.0.0', private: true, dependencies }));
  write(
    'prisma/schema.prisma',
    'generator client {\n  provider = "prisma-client-js"\n}\n\ndatasource db {\n  provider = "postgresql"\n}\n\n' +
      'model Note {\n  id   Int    @id @default(autoincrement())\n  text String\n}\n',
  );
  const body = `
const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg({ connectionString: process.env.DATABASE_URL })) }),
);
const prisma = resilient.getClient();
const main = async () => {
  await prisma.note.create({ data: { text: 'hello' } });
  console.log(\`notes: \${await prisma.note.count()}, connected: \${resilient.isConnected()}\`);
  await resilient.shutdown();
};
main();
`;
  write(
    'by-require.cjs',
    `const { PrismaClient } = require('@prisma/client');
const { PrismaPg } = require('@prisma/adapter-pg');
const { ResilientPrismaClient } = require('prisma-resilient-client');
${body}`,
  );
  write(
    'by-import.mjs',
    `import prismaClient from '@prisma/client';
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient } from 'prisma-resilient-client';
const { PrismaClient } = prismaClient;
${body}`,
  );
  write(
    'dashboard.mjs',
    `import prismaClient from '@prisma/client';
import { PrismaPg } from '@prisma/adapter-pg';
import express from 'express';
import { ResilientPrismaClient } from 'prisma-resilient-client';
import { dashboardHandler } from 'prisma-resilient-client/dashboard';

const resilient = new ResilientPrismaClient(
  (ctx) =>
    new prismaClient.PrismaClient({ adapter: ctx.guard(new PrismaPg({ connectionString: process.env.DATABASE_URL })) }),
);
const prisma = resilient.getClient();
await prisma.note.count();

const app = express();
app.use('/resilience', dashboardHandler(resilient));
app.get('/notes', async (_request, response) => response.json(await prisma.note.count()));
const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
`,
  );
}

/** The package has words of its own before that. */
function portSaidBy(stdout) {
  return new Promise((resolve, reject) => {
    let said = '';
    stdout.on('data', (chunk) => {
      said += chunk;
      const port = /^port (\d+)$/m.exec(said)?.[1];
      if (port) resolve(port);
    });
    stdout.once('end', () => reject(new Error(`the application has said no port: ${said}`)));
  });
}

/** An Express application as the documents write it: its page is served, and its stream tells of a real outage. */
async function checkDashboard(app, env) {
  const server = spawn(process.execPath, [join(app, 'dashboard.mjs')], { cwd: app, env, stdio: ['ignore', 'pipe', 2] });
  try {
    const port = await portSaidBy(server.stdout);
    const at = (path) => `http://127.0.0.1:${port}${path}`;
    const page = await fetch(at('/resilience'));
    const html = await page.text();
    if (page.status !== 200 || !html.includes('<html') || !page.headers.get('content-security-policy')) {
      throw new Error(`the dashboard answered ${page.status}: ${html.slice(0, 200)}`);
    }
    const stream = await fetch(at('/resilience?stream=1'));
    let told = '';
    const reading = (async () => {
      for await (const chunk of stream.body) told += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    await cluster.stop('immediate');
    const during = fetch(at('/notes'));
    await sleep(1000);
    await cluster.start();
    const answer = await during;
    if (answer.status !== 200) throw new Error(`a request during the outage was answered ${answer.status}`);
    for (const until = Date.now() + 20_000; !/"down"/.test(told) && Date.now() < until;) await sleep(50);
    if (!/"down"/.test(told)) throw new Error(`the dashboard has told of no outage: ${told.slice(-500)}`);
    console.log('dashboard: served, told of an outage, and the request that met it was answered');
    server.kill('SIGKILL');
    await reading;
  } finally {
    server.kill('SIGKILL');
  }
}

/** The one command that helps where no addon loads must itself need none. */
function checkWithoutAddon(app, env) {
  const bin = join(app, 'node_modules', 'prisma-resilient-client', 'dist', 'cli', 'bin.js');
  const without = { ...env, PRISMA_RESILIENT_ADDON_DIR: join(app, 'no-addon-here') };
  const { stdout, stderr, status } = spawnSync(process.execPath, [bin, 'build', '--help'], {
    cwd: app,
    env: without,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0 || !stdout.startsWith('Usage: prisma-resilient build')) {
    throw new Error(`without an addon, prisma-resilient build --help ended with ${status}: ${stdout}${stderr}`);
  }
  console.log('prisma-resilient build: begins without an addon');
}

/** As a user runs it, on the application's own packages. */
function checkDoctor(app, env) {
  const command = ['exec', '--no', '--', 'prisma-resilient', 'doctor', '--json'];
  const { stdout, stderr, status } = spawnSync('npm', command, { cwd: app, env, encoding: 'utf8', timeout: 60_000 });
  const complaint = `prisma-resilient doctor ended with ${status}: ${stdout} ${stderr}`;
  if (!stdout.startsWith('{')) throw new Error(complaint);
  const { version, exitCode, findings } = JSON.parse(stdout);
  const severities = Object.fromEntries(findings.map(({ id, severity }) => [id, severity]));
  const well = ['addon', 'prisma-version', 'adapter-version', 'guard', 'reachable', 'verify'];
  // npm tells another exit code than the command's only where the command did not run.
  if (version !== 1 || status !== exitCode || well.some((id) => severities[id] !== 'ok')) throw new Error(complaint);
  console.log(`prisma-resilient doctor: ${findings.length} findings, ${well.join(', ')} are ok`);
}

/** A PATH with Node, npm and a shell on it, and nothing that could compile. */
function withoutCompilers(dir) {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const needed = ['sh', 'env', 'uname', 'getconf', 'ldd', 'sed', 'dirname', 'basename'];
  for (const folder of ['/usr/bin', '/bin']) {
    const there = new Set(readdirSync(folder));
    for (const name of needed.filter((tool) => there.has(tool))) {
      try {
        symlinkSync(join(folder, name), join(bin, name));
      } catch {
        // the other folder had it
      }
    }
  }
  symlinkSync(process.execPath, join(bin, 'node'));
  symlinkSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim(), join(bin, 'npm'));
  return { ...process.env, PATH: bin };
}
