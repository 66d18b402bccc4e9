/**
 * What the application's own driver goes by when it connects, so that the probe is never less careful (docs/tls.md).
 * Facts only: what they mean is src/io/tls_plan.h's to say.
 */
import { readFileSync } from 'node:fs';

import { builtins } from '../builtins';
import type { DriverSettings } from '../native-probe';
import { type KnownDatabase, connectionOf } from './probe-target';

const kAdapterPg = '@prisma/adapter-pg';

/** `forProbe`: whoever configured the client gave the connection string to the probe itself. */
export function driverSettings({ adapter, complete }: KnownDatabase, forProbe = false): DriverSettings {
  if (adapter === undefined && complete) return { driver: 'prismaEngine' };
  const { adapterName } = (adapter ?? {}) as { readonly adapterName?: unknown };
  if (adapterName !== kAdapterPg) return { driver: forProbe ? 'libpq' : 'unknown' };
  return {
    driver: 'nodePostgres',
    ssl: sslOption(connectionOf(adapter)?.ssl),
    environmentMode: process.env.PGSSLMODE,
    trustsAll: process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0',
    authorities: nodeAuthorities,
  };
}

/** node-postgres' `ssl`, flat: see DriverSettings. undefined: it was not given. */
export function sslOption(ssl: unknown): Record<string, string> | undefined {
  if (ssl === undefined) return undefined;
  // Any other word than this one is as good as true, 'false' and 'disable' as well.
  if (ssl === 'no-verify') return { on: ssl };
  if (typeof ssl !== 'object' || ssl === null) return { on: String(Boolean(ssl)) };
  const options: Record<string, string> = { on: 'object' };
  const unread: string[] = [];
  // Node asks whether it is `false` and nothing else, and an own undefined goes before its default.
  const { rejectUnauthorized } = ssl as Record<string, unknown>;
  if (Object.hasOwn(ssl, 'rejectUnauthorized')) options.rejectUnauthorized = String(rejectUnauthorized !== false);
  // node-postgres hides the key from Object.keys.
  for (const name of new Set([...Object.keys(ssl), 'key'])) {
    const value: unknown = (ssl as Record<string, unknown>)[name];
    if (value === undefined || value === null || name in options) continue;
    const text = kPem.has(name) ? pem(value) : plain(value);
    if (text === undefined) unread.push(name);
    else options[name] = text;
  }
  if (unread.length > 0) options.unread = unread.join(',');
  return options;
}

const kPem: ReadonlySet<string> = new Set(['ca', 'cert', 'key']);

function plain(value: unknown): string | undefined {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

/** undefined: not PEM, or with passphrases of its own. */
function pem(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const parts = value.map(pem);
    return parts.every((part) => part !== undefined) ? `${parts.join('\n')}\n` : undefined;
  }
  const text = typeof value === 'string' ? value : value instanceof Uint8Array ? Buffer.from(value).toString() : '';
  return text.includes('-----BEGIN ') ? text : undefined;
}

let authorities: string | undefined;

/** Whom this process trusts where it was told nobody, in PEM. Empty: whom this machine trusts. */
function nodeAuthorities(): string {
  authorities ??= readAuthorities();
  return authorities;
}

function readAuthorities(): string {
  const { getCACertificates } = builtins().tls as { getCACertificates?: (type: 'default') => readonly string[] };
  if (getCACertificates) return getCACertificates('default').join('\n');
  const options = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`;
  if (options.includes('--use-openssl-ca')) return contentOf(process.env.SSL_CERT_FILE);
  return `${builtins().tls.rootCertificates.join('\n')}\n${contentOf(process.env.NODE_EXTRA_CA_CERTS)}`;
}

function contentOf(file: string | undefined): string {
  if (!file) return '';
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // Node warns of it itself
  }
}
