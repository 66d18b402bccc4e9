/** One real PostgreSQL behind fronts that speak TLS with good and bad certificates, and one that speaks none. */
import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import * as tls from 'node:tls';

import { Authority, type Signed } from '../../binding/support/certificates';
import { PostgresCluster } from '../../support';

export const kPassword = 'hunter2canary';
export const kServers = ['good', 'self-signed', 'expired', 'other host', 'no TLS'] as const;
export type ServerName = (typeof kServers)[number];

export interface TlsTheatre {
  readonly authority: Authority;
  /** Of the database's URL. */
  port(server: ServerName): number;
  dispose(): Promise<void>;
}

const kTlsRequest = 80_877_103;

/**
 * Takes TLS as PostgreSQL does, and hands on what it hears to `serve`. Without `signed` it refuses TLS; a function is
 * asked for each connection.
 */
export function front(
  signed: Signed | (() => Signed) | undefined,
  serve: (client: net.Socket) => void,
): Promise<net.Server> {
  const read = (files: Signed): tls.SecureContextOptions => ({
    cert: readFileSync(files.certificate),
    key: readFileSync(files.key),
  });
  const fixed = typeof signed === 'object' ? read(signed) : undefined;
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (first) => {
      const asksForTls = first.length === 8 && first.readUInt32BE(4) === kTlsRequest;
      if (!asksForTls) {
        socket.unshift(first);
        serve(socket);
        return;
      }
      const context = typeof signed === 'function' ? read(signed()) : fixed;
      socket.write(context ? 'S' : 'N');
      if (!context) {
        serve(socket);
        return;
      }
      const secured = new tls.TLSSocket(socket, { isServer: true, ...context });
      secured.on('error', () => socket.destroy());
      serve(secured);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

export function handOnTo({ port }: { readonly port: number }): (client: net.Socket) => void {
  return (client) => {
    const behind = net.connect(port, '127.0.0.1');
    client.on('close', () => behind.destroy()).on('error', () => behind.destroy());
    behind.on('close', () => client.destroy()).on('error', () => client.destroy());
    client.pipe(behind).pipe(client);
  };
}

export const portOf = (server: net.Server): number => (server.address() as net.AddressInfo).port;

export async function startTheatre(): Promise<TlsTheatre> {
  const authority = new Authority('ours');
  const cluster = await PostgresCluster.start({ password: kPassword });
  const handOn = handOnTo(cluster);
  const localhost = { commonName: 'localhost', altNames: 'DNS:localhost' };
  const stranger = new Authority('nobody knows');
  const certificates: Record<ServerName, Signed | undefined> = {
    good: authority.sign(localhost),
    'self-signed': stranger.sign(localhost),
    expired: authority.sign({ ...localhost, expired: true }),
    'other host': authority.sign({ commonName: 'elsewhere.example', altNames: 'DNS:elsewhere.example' }),
    'no TLS': undefined,
  };
  const servers = new Map<ServerName, net.Server>();
  for (const name of kServers) servers.set(name, await front(certificates[name], handOn));
  return {
    authority,
    port: (name) => portOf(servers.get(name) as net.Server),
    async dispose() {
      for (const server of servers.values()) server.close();
      await cluster.dispose();
      authority.dispose();
      stranger.dispose();
    },
  };
}
