/** `--timeout` is for everything, whatever a server does: the doctor's process ends, and says what it does not know. */
import { execFileSync } from 'node:child_process';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { DoctorReport } from '../../../lib/cli/doctor/report';
import { Command, runCommand } from './command';

jest.setTimeout(60_000);

/** Far more than the process needs to start on a busy machine, far less than a server's patience in these tests. */
const kLongestMs = 30_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-ends-'));
  writeFileSync(join(folder, 'package.json'), '{}');
  symlinkSync(join(__dirname, '../../../node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const message = (type: string, body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};
const kFatal = message('E', Buffer.from('SFATAL\0VFATAL\0C57P03\0Mstarting up\0\0'));
const kLoggedIn = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]);

/** What each does with what it is sent; none of them ever closes its side. */
const kServers: Record<string, (socket: Socket, chunk: Buffer) => void> = {
  'says nothing': () => undefined,
  'refuses, and leaves the connection open': (socket) => socket.write(kFatal),
  'lets in, and answers no question': (socket, chunk) => {
    if (chunk.length >= 8 && chunk.readInt32BE(4) === 80_877_103) socket.write('N');
    else if (chunk[0] === 0) socket.write(kLoggedIn);
  },
};

test.each(Object.keys(kServers))('a server that %s', async (name) => {
  const sockets: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined).on('data', (chunk) => kServers[name](socket, chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const began = performance.now();
  const { out, err } = await runCommand(
    ['doctor', '--json', '--timeout', '500', '--url', `postgres://u:p@127.0.0.1:${port}/db`],
    { cwd: folder },
  );
  const tookMs = performance.now() - began;
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  expect(err).toBe('');
  const report = JSON.parse(out) as DoctorReport;
  expect(report.skipped.map(({ id }) => id)).toContain('connections');
  expect(sockets.length).toBeGreaterThan(1);
  expect(tookMs).toBeLessThan(kLongestMs);
});

/** Each makes a file that is none, and would keep whoever reads it as if it were. */
const kNoFiles: Record<string, (path: string) => void> = {
  'a pipe that nobody writes to': (path) => void execFileSync('mkfifo', [path]),
  'a device without end': (path) => symlinkSync('/dev/zero', path),
  'as large as a disk': (path) => {
    writeFileSync(path, '');
    truncateSync(path, 2 ** 40);
  },
  'a folder': (path) => mkdirSync(path),
  'a link to nowhere': (path) => symlinkSync('nowhere', path),
  'a link to itself': (path) => symlinkSync(path, path),
};
/** Not package.json: what compiles this package's sources for the test reads it too. */
const kRead = ['.env', 'prisma.config.ts', 'prisma/schema/a.prisma', 'src/db.ts', 'node_modules/prisma/package.json'];

describe('a project', () => {
  let project: string;
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'doctor-ends-'));
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));

  const place = (name: string): string => {
    const path = join(project, name);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  };

  async function reportOf(timeoutMs = 500): Promise<DoctorReport> {
    const command = new Command(['doctor', '--json', '--timeout', String(timeoutMs)], { cwd: project });
    const late = setTimeout(() => command.child.kill('SIGKILL'), kLongestMs);
    const { code, out, err } = await command.finished;
    clearTimeout(late);
    expect({ err, hasEnded: code !== null }).toEqual({ err: '', hasEnded: true });
    return JSON.parse(out) as DoctorReport;
  }

  test.each(Object.keys(kNoFiles))('whose files are each %s', async (kind) => {
    for (const name of kRead) kNoFiles[kind](place(name));
    expect((await reportOf()).facts.url).toBeUndefined();
  });

  test('whose connection string names a pipe for a certificate', async () => {
    symlinkSync(join(__dirname, '../../../node_modules'), join(project, 'node_modules'));
    execFileSync('mkfifo', [place('ca.crt')]);
    writeFileSync(place('.env'), 'DATABASE_URL=postgres://u:p@127.0.0.1:1/db?sslrootcert=ca.crt');
    // Time enough to load node-postgres on a busy machine: what read the pipe would need all of it.
    const { facts } = await reportOf(kLongestMs / 2);
    expect(facts.server).toEqual({ reason: 'node-postgres failed: sslrootcert names no file that can be read' });
  });

  test('whose names stand for names without end', async () => {
    const lines = Array.from({ length: 64 }, (_, index) => `A${index + 1}=${`\${A${index}}`.repeat(64)}`);
    writeFileSync(place('.env'), ['A0=1234567890', ...lines, 'DATABASE_URL=mysql://h/${A64}'].join('\n'));
    expect((await reportOf()).facts.url).toMatchObject({ provider: 'mysql' });
  });
});
