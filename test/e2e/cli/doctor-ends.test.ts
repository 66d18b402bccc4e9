/** `--timeout` is for everything, whatever a server does: the doctor's process ends, and says what it does not know. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DoctorReport } from '../../../lib/cli/doctor/report';
import { runCommand } from './command';

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
