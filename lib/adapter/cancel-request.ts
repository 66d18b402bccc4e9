/** Asks PostgreSQL to stop what a connection runs, over a connection of its own, as the protocol wants it. */
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';

import { builtins } from '../builtins';

/** What pg's Client knows of its connection. */
export interface BackendKey {
  readonly processID?: number | null;
  readonly secretKey?: number | null;
  readonly host?: string;
  readonly port?: number;
  readonly ssl?: unknown;
}

const kSslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const kTimeoutMs = 5000;

/**
 * Sends the request and forgets about it: there is no answer, and no way to know whether it came in time. false: the
 * backend is not known. REQUIRES: the connection is given to nobody else any more, or its next user is cancelled.
 */
export function requestCancel({ processID, secretKey, host, port, ssl }: BackendKey): boolean {
  if (!processID || typeof secretKey !== 'number' || !host || !port) return false;
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80877102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = builtins().net.connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
  forget(socket);
  if (ssl)
    socket.once('data', (answer) => (answer[0] === 0x53 ? encrypted(socket, host, ssl, request) : socket.destroy()));
  socket.once('connect', () => (ssl ? socket.write(kSslRequest) : socket.end(request)));
  return true;
}

/** The key opens another's session to cancellation: where the connection was encrypted, so is this. */
function encrypted(socket: Socket, host: string, ssl: unknown, request: Buffer): void {
  const options = typeof ssl === 'object' ? (ssl as ConnectionOptions) : {};
  const { net, tls } = builtins();
  const secure = tls.connect({ servername: net.isIP(host) ? '' : host, ...options, socket });
  forget(secure);
  secure.once('secureConnect', () => secure.end(request));
}

function forget(socket: Socket): void {
  socket.unref();
  socket.on('error', () => socket.destroy());
  socket.setTimeout(kTimeoutMs, () => socket.destroy());
}
