/** The database that a drill stands in front of, and whether it may. */
import { lookup } from 'node:dns/promises';
import * as net from 'node:net';

import { type ConnectionUrl, type UrlHost, parseConnectionUrl } from '../../connection-url';
import { UsageError } from '../usage';

export interface DrillTarget {
  readonly url: ConnectionUrl;
  /** As the URL names it. */
  readonly named: UrlHost;
  /** The address that answered. */
  readonly address: UrlHost;
}

const kConnectTimeoutMs = 5000;

const kPrivate = new net.BlockList();
kPrivate.addSubnet('127.0.0.0', 8);
kPrivate.addSubnet('10.0.0.0', 8);
kPrivate.addSubnet('172.16.0.0', 12);
kPrivate.addSubnet('192.168.0.0', 16);
kPrivate.addSubnet('169.254.0.0', 16);
kPrivate.addAddress('::1', 'ipv6');
kPrivate.addSubnet('fc00::', 7, 'ipv6');
kPrivate.addSubnet('fe80::', 10, 'ipv6');

/** Of this machine, of a private network (RFC 1918, RFC 4193) or link-local. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = net.isIP(plain);
  return family !== 0 && kPrivate.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

/** The URL's one host. Throws UsageError where it has none, or several. */
export function hostToStandBefore(text: string): { url: ConnectionUrl; host: UrlHost } {
  const url = parseConnectionUrl(text);
  if (!url) throw new UsageError('the database URL is malformed');
  if (url.socket !== undefined) throw new UsageError('the URL names a Unix socket: a drill needs a host and a port');
  const [host, ...others] = url.hosts;
  if (!host) throw new UsageError('the URL names no host of a PostgreSQL or MySQL database');
  if (others.length > 0) throw new UsageError('the URL names several hosts: give one of them by --url');
  return { url, host };
}

/**
 * Resolves once one of the host's addresses has accepted a connection. Rejects with UsageError where none does, and,
 * before anything is sent, where one of them is public and may not be.
 */
export async function findTarget(text: string, mayBePublic: boolean): Promise<DrillTarget> {
  const { url, host } = hostToStandBefore(text);
  const addresses = await lookup(host.host, { all: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${host.host} cannot be looked up (${error.code ?? 'unknown error'})`);
  });
  if (!mayBePublic && !addresses.every(({ address }) => isPrivateAddress(address))) {
    throw new UsageError(
      `${host.host} is neither on this machine nor in a private network. A drill disturbs only the connections that go ` +
        'through its own proxy, yet the load is real, and its writes go to that database. If that is meant, say --yes',
    );
  }
  let failure = 'no address';
  for (const { address } of addresses) {
    const answer = await tryToConnect(address, host.port);
    if (answer === undefined) return { url, named: host, address: { host: address, port: host.port } };
    failure = answer;
  }
  throw new UsageError(
    `${host.host}:${host.port} cannot be reached (${failure}): a drill begins with a healthy database`,
  );
}

/** The system's error where it fails. */
function tryToConnect(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: kConnectTimeoutMs });
    const settle = (failure?: string): void => {
      socket.destroy();
      resolve(failure);
    };
    socket.once('connect', () => settle());
    socket.once('timeout', () => settle('ETIMEDOUT'));
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? 'unknown error'));
  });
}
