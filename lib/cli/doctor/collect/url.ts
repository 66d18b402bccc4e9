/** What can be said of a database URL without using it. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

import { isPrivateAddress } from '../../drill/target';
import { parseConnectionUrl } from '../../../connection-url';
import type { FoundUrl } from '../../project/database-url';
import type { Deadline } from '../deadline';
import type { Reach, UrlFacts } from '../facts';

export async function collectUrl(found: FoundUrl, isLiteral: boolean, deadline: Deadline): Promise<UrlFacts> {
  const url = parseConnectionUrl(found.url);
  if (!url) {
    const nothing = { hosts: [], socket: undefined, user: '', database: '', parameters: {} };
    return { source: found.source, provider: 'malformed', isLiteral, ...nothing };
  }
  const hosts = await Promise.all(
    url.hosts.map(async (each) => ({ ...each, reach: await reachOf(each.host, deadline) })),
  );
  const { provider, socket, user, database } = url;
  return {
    source: found.source,
    provider,
    isLiteral,
    hosts,
    socket,
    user,
    database,
    parameters: Object.fromEntries(url.parameters),
  };
}

async function reachOf(host: string, deadline: Deadline): Promise<Reach> {
  const addresses = (await deadline.within(lookup(host, { all: true }).catch(() => []))) ?? [];
  if (addresses.length === 0) return 'unknown';
  if (addresses.every(({ address }) => isLoopback(address))) return 'local';
  return addresses.every(({ address }) => isPrivateAddress(address)) ? 'private' : 'public';
}

function isLoopback(address: string): boolean {
  return isIP(address) === 6 ? address === '::1' : address.startsWith('127.');
}
