/**
 * A PostgreSQL server that asks for the password in clear text, and tells it to everybody, in every way: also to the
 * probe, which tells it none.
 */
import * as net from 'node:net';

const kSslRequest = 80_877_103;
const kGssRequest = 80_877_104;

export interface EchoServer {
  readonly port: number;
  /** The passwords that it was sent. */
  readonly heard: Set<string>;
  close(): Promise<void>;
}

export async function startEchoServer(): Promise<EchoServer> {
  const heard = new Set<string>();
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let received = Buffer.alloc(0);
    let started = false;
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (!started && received.length >= 8 && received.length >= received.readInt32BE(0)) {
        const request = received.readInt32BE(4);
        const startup = received.subarray(0, received.readInt32BE(0)).toString('latin1');
        received = received.subarray(received.readInt32BE(0));
        if (request === kSslRequest || request === kGssRequest) {
          socket.write('N');
        } else if (startup.includes('prisma-resilient-probe') && heard.size > 0) {
          // Wherever its text is cut, the cut is within a password.
          const text = 'x'.repeat(290) + [...heard].map(echoOf).join();
          socket.end(report('E', 'FATAL', '28P01', text));
        } else {
          started = true;
          socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
        }
      }
      if (!started || received.length < 5 || received.length < 1 + received.readInt32BE(1)) return;
      if (String.fromCharCode(received[0]) !== 'p') return void socket.destroy();
      const password = received.subarray(5, received.readInt32BE(1)).toString('utf8');
      heard.add(password);
      const text = echoOf(password);
      socket.write(report('N', 'NOTICE', '01000', text));
      socket.end(report('E', 'FATAL', '28P01', text));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    heard,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function echoOf(password: string): string {
  return (
    `it was ${password} or ${encodeURIComponent(password)}, ${JSON.stringify({ x: password })}, ` +
    `'${password.replace(/'/g, "''")}', x${password}x`
  );
}

function report(type: 'E' | 'N', severity: string, code: string, text: string): Buffer {
  const fields = Object.entries({ S: severity, V: severity, C: code, M: text, D: text, H: text });
  const body = Buffer.from(`${fields.map(([name, value]) => `${name}${value}\0`).join('')}\0`);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
