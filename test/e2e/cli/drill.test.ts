/** Drills on a real PostgreSQL: this package beside a bare client, and how a drill ends. */
import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';

import type { DrillReport } from '../../../lib/cli/drill/report';
import { Authority } from '../../binding/support/certificates';
import { paced } from '../../support/pace';
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { Command, type Finished, kTypeScript, runCommand } from './command';

const kPassword = 'canary-hunter2';
const kLoad = [process.execPath, ...kTypeScript, join(__dirname, 'load.ts')];

let cluster: PostgresCluster;
let env: { DATABASE_URL: string };
beforeAll(async () => {
  cluster = await PostgresCluster.start({ password: kPassword });
  await createSchema(cluster);
  env = { DATABASE_URL: cluster.url() };
});
afterAll(() => cluster.dispose());

function drill(options: readonly string[], command: readonly string[]): Promise<Finished> {
  return runCommand(['drill', ...options, '--', ...command], { cwd: __dirname, env });
}

function reportOf({ out }: Finished): DrillReport {
  return JSON.parse(out) as DrillReport;
}

/** Whether or not somebody has taken note of its end. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}

const verdicts = (report: DrillReport): string[] => report.faults.map(({ name, verdict }) => `${name} ${verdict}`);

test('a resilient client recovers from all, with no error and nothing written twice', async () => {
  const list = 'reset,stop:500,freeze:300,swallow:4000,swallow:1500,cut:300,lost-answers:300,throttle:300';
  const finished = await drill(['--faults', list, '--settle', '500', '--json'], [...kLoad, 'ours']);
  const report = reportOf(finished);
  expect(verdicts(report)).toEqual(list.split(',').map((each) => `${each.split(':')[0]} recovered`));
  expect(report).toMatchObject({ version: 1, passed: true, exitCode: 0, load: { endedItself: false, errorLines: 0 } });
  expect(report.healthy.connections).toBeGreaterThan(0);
  expect(report.faults.find(({ name }) => name === 'lost-answers')?.struck).toBeGreaterThan(0);
  expect(finished.code).toBe(0);
  expect(finished.err).toContain('load begins');
  const doubled = await cluster.query('SELECT token FROM ledger GROUP BY token HAVING count(*) > 1');
  expect(doubled).toEqual([]);
});

test('a bare client does not, and the table says why', async () => {
  const options = ['--faults', 'reset,swallow:300', '--settle', '300', '--recover', '500', '--quiet'];
  const finished = await drill(options, [...kLoad, 'bare']);
  expect(finished.code).toBe(1);
  expect(finished.out).toMatch(/^reset .* recovered$/m);
  expect(finished.out).toMatch(/^swallow .* NOT RECOVERED: no answer after the fault$/m);
  expect(finished.out).toMatch(/^recovered from 1 of 2 faults/m);
  expect(finished.err).not.toContain('load begins');
  expect(`${finished.out}${finished.err}`).not.toContain(kPassword);
});

test('within TLS answers are counted all the same, and commits cannot be seen', async () => {
  const authority = new Authority('ours');
  const { certificate, key } = authority.sign({ commonName: 'localhost' });
  const server = await PostgresCluster.start({ password: kPassword });
  try {
    server.writeFile('own.crt', readFileSync(certificate, 'utf8'));
    server.writeFile('own.key', readFileSync(key, 'utf8'));
    server.configure({ ssl: 'on', ssl_cert_file: 'own.crt', ssl_key_file: 'own.key' });
    await server.restart();
    const load = `
      const { Client } = require('pg');
      const client = new Client({ connectionString: process.env.DATABASE_URL });
      client.connect().then(async () => {
        await client.query('CREATE TEMP TABLE t (n int)');
        for (;;) await client.query('INSERT INTO t VALUES (1)');
      });`;
    const url = server.url({ params: { sslmode: 'no-verify' } });
    const options = ['--url', url, '--faults', 'latency:100,lost-answers:100', '--settle', '300'];
    const finished = await drill(options, [process.execPath, '-e', load]);
    expect(finished).toMatchObject({ code: 0, out: expect.stringContaining('gave occasion for: lost-answers') });
    expect(finished.out).toMatch(/recovered from 2 of 2 faults/);
  } finally {
    await server.dispose();
    authority.dispose();
  }
});

test('of another protocol the turns are counted', async () => {
  const database = net.createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => database.listen(0, '127.0.0.1', () => resolve()));
  const { port } = database.address() as net.AddressInfo;
  const load = `
    const { hostname, port } = new URL(process.env.DATABASE_URL);
    const connect = () => {
      const socket = require('node:net').connect(port, hostname, () => socket.write('ping'));
      socket.on('data', (bytes) => setTimeout(() => socket.write(bytes), 5));
      socket.on('error', () => undefined).on('close', () => setTimeout(connect, 20));
    };
    connect();`;
  const url = `mysql://app:${kPassword}@127.0.0.1:${port}/app`;
  // Within the cut the load, which has to connect again first, must send something.
  const faults = `reset,cut:${paced(500)},freeze:100`;
  const options = ['--url', url, '--faults', faults, '--settle', '200', '--json', '--quiet'];
  const report = reportOf(await drill(options, [process.execPath, '-e', load]));
  expect(verdicts(report)).toEqual(['reset recovered', 'cut recovered', 'freeze recovered']);
  expect(report.faults.map(({ struck }) => struck)).toEqual([1, 1, null]);
  expect(report).toMatchObject({ database: { host: '127.0.0.1', port }, passed: true });
  await new Promise((resolve) => database.close(resolve));
});

describe('how it ends', () => {
  const script = (code: string): string[] => [
    process.execPath,
    '-e',
    `const { Client } = require('pg');
     const client = new Client({ connectionString: process.env.DATABASE_URL });
     client.on('error', () => undefined);
     client.connect().then(async () => {
       for (let i = 0; ; i += 1) {
         await client.query('SELECT 1');
         if (i % 100 === 0) console.log('url ' + process.env.DATABASE_URL);
         await new Promise((resolve) => setTimeout(resolve, 5));
         ${code}
       }
     });`,
  ];

  test('with what the application prints, less the password', async () => {
    const { err } = await drill(['--faults', 'latency:100', '--settle', '100'], script(''));
    expect(err).toMatch(/url postgresql:\/\/app:\*\*\*@127\.0\.0\.1:\d+\/app/);
  });

  test('lines that match the pattern are errors, and too many of them fail the drill', async () => {
    const options = ['--faults', 'latency:100', '--settle', '200', '--json', '--quiet'];
    const finished = await drill([...options, '--error-pattern', '^url', '--max-errors', '0'], script(''));
    const report = reportOf(finished);
    expect(verdicts(report)).toEqual(['latency recovered']);
    expect(report.load.errorLines).toBeGreaterThan(0);
    expect(report.passed).toBe(false);
    expect(finished.code).toBe(1);
  });

  test('where the load ends by itself', async () => {
    const options = ['--faults', 'latency:600000,reset', '--settle', '100', '--json', '--quiet'];
    const finished = await drill(options, script('if (i === 0) setTimeout(() => process.exit(7), 500);'));
    const report = reportOf(finished);
    expect(report.load).toMatchObject({ endedItself: true, exitCode: 7 });
    expect(report.faults[1]?.verdict).toBe('not-run');
    expect(finished.code).toBe(1);
  });

  test('where nothing comes through the proxy', async () => {
    const idle = [process.execPath, '-e', 'setInterval(() => undefined, 1000)'];
    const { code, out, err } = await drill(['--start', '300'], idle);
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toContain('nothing of the load command came through the proxy');
  });

  test('where the load cannot be started, or ends before it begins', async () => {
    expect(await drill([], ['/nonexistent/load'])).toMatchObject({ code: 3, err: expect.stringContaining('ENOENT') });
    expect(await drill([], [process.execPath, '-e', '0'])).toMatchObject({ code: 3 });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('by %s, with all processes of the load', async (signal) => {
    // The load ignores what it is told, and so does its child.
    const stubborn = script(`if (i === 0) {
      process.on('SIGINT', () => console.log('got SIGINT')).on('SIGTERM', () => console.log('got SIGTERM'));
      const child = require('node:child_process').spawn('sh', ['-c', 'trap "" TERM INT; sleep 600'], { stdio: 'inherit' });
      console.log('pids ' + process.pid + ' ' + child.pid);
    }`);
    const options = ['--faults', 'latency:600000', '--settle', '100', '--grace', '200', '--json'];
    const command = new Command(['drill', ...options, '--', ...stubborn], { cwd: __dirname, env });
    await command.says('pids ');
    await command.says('drill: latency');
    const pids = /pids (\d+) (\d+)/.exec(command.err)?.slice(1).map(Number) ?? [];
    command.child.kill(signal);
    const finished = await command.finished;
    expect(finished.code).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(finished.err).toContain(`got ${signal}`);
    expect(reportOf(finished)).toMatchObject({ passed: false, load: { signal: 'SIGKILL' } });
    expect(pids).toHaveLength(2);
    for (const pid of pids) while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});
