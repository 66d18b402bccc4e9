/** Every way to say TLS to a driver, and what it and the probe make of it. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { PrismaPg } from '@prisma/adapter-pg';
import { Client, type ClientConfig } from 'pg';

import { poolConfig } from '../../../lib';
import { driverSettings } from '../../../lib/host/driver-settings';
import { probeTarget } from '../../../lib/host/probe-target';
import type { ProbeResult } from '../../../lib/native';
import { createProbe } from '../../../lib/native-probe';

export interface Place {
  readonly port: number;
  readonly password: string;
  /** A file. */
  readonly authority: string;
}

export interface Way {
  /** As the table names it. */
  readonly said: string;
  readonly config: (place: Place) => ClientConfig;
  /** The probe cannot do as the driver does, and tells no password. */
  readonly withheld?: boolean;
}

const url = ({ port, password }: Place, query = ''): string =>
  `postgres://app:${password}@localhost:${port}/app${query}`;

function byUrl(query: string, said = `\`?${query}\``): Way {
  return {
    said: said.replace('CA', 'ca.crt'),
    config: (place) => ({ connectionString: url(place, `?${query.replace('CA', place.authority)}`) }),
  };
}

function byOption(said: string, ssl: (ca: string) => unknown, more: Partial<Way> = {}): Way {
  return {
    said: `\`ssl: ${said}\``,
    config: ({ port, password, authority }) => ({
      host: 'localhost',
      port,
      user: 'app',
      password,
      database: 'app',
      ssl: ssl(readFileSync(authority, 'utf8')) as ClientConfig['ssl'],
    }),
    ...more,
  };
}

export const kNodePostgres: readonly Way[] = [
  { said: 'nothing', config: (place) => ({ connectionString: url(place) }) },
  ...['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'].flatMap((mode) => [
    byUrl(`sslmode=${mode}`),
    byUrl(`sslmode=${mode}&sslrootcert=CA`),
  ]),
  byUrl('sslrootcert=CA'),
  byUrl('sslm\node=require', '`?sslm⏎ode=require`'),
  byUrl('ssl=true'),
  byUrl('ssl=0'),
  byUrl('ssl=no-verify'),
  ...['prefer', 'require', 'verify-full'].map((mode) => byUrl(`uselibpqcompat=true&sslmode=${mode}`)),
  byUrl('uselibpqcompat=true&sslmode=verify-ca'),
  ...['require', 'verify-ca', 'verify-full'].map((mode) => byUrl(`uselibpqcompat=true&sslmode=${mode}&sslrootcert=CA`)),
  byUrl('sslmode=require&sslaccept=accept_invalid_certs'),
  {
    said: "`poolConfig('…?sslmode=require')`",
    config: (place) => poolConfig(url(place, '?sslmode=require')),
  },
  byOption('false', () => false),
  byOption('true', () => true),
  byOption('{}', () => ({})),
  byOption("'no-verify'", () => 'no-verify'),
  byOption('{ ca }', (ca) => ({ ca })),
  byOption('{ ca: Buffer }', (ca) => ({ ca: Buffer.from(ca) })),
  byOption('{ ca: [ca, ca] }', (ca) => ({ ca: [ca, ca] })),
  byOption('{ ca, rejectUnauthorized: true }', (ca) => ({ ca, rejectUnauthorized: true })),
  byOption('{ rejectUnauthorized: false }', () => ({ rejectUnauthorized: false })),
  byOption('{ ca, rejectUnauthorized: false }', (ca) => ({ ca, rejectUnauthorized: false })),
  byOption("{ ca, rejectUnauthorized: 'false' }", (ca) => ({ ca, rejectUnauthorized: 'false' })),
  byOption('{ ca, rejectUnauthorized: undefined }', (ca) => ({ ca, rejectUnauthorized: undefined })),
  byOption("{ ca, on: 'no-verify' }", (ca) => ({ ca, on: 'no-verify' })),
  byOption("{ ca, minVersion: 'TLSv1.3' }", (ca) => ({ ca, minVersion: 'TLSv1.3' })),
  byOption('{ ca, checkServerIdentity }', (ca) => ({ ca, checkServerIdentity: () => undefined }), { withheld: true }),
  {
    said: 'a URL and `ssl: { ca }`',
    config: (place) => ({ connectionString: url(place), ssl: { ca: readFileSync(place.authority, 'utf8') } }),
  },
  {
    said: '`?sslmode=require` and `ssl: { ca }`',
    config: (place) => ({
      connectionString: url(place, '?sslmode=require'),
      ssl: { ca: readFileSync(place.authority, 'utf8') },
    }),
  },
];

/** Of a process that was started with these. */
export const kEnvironments: readonly {
  readonly said: string;
  readonly env: (ca: string) => NodeJS.ProcessEnv;
  readonly way: Way;
}[] = [
  { said: '`PGSSLMODE=require`', env: () => ({ PGSSLMODE: 'require' }), way: kNodePostgres[0] as Way },
  {
    said: '`PGSSLMODE=require` and `NODE_EXTRA_CA_CERTS=ca.crt`',
    env: (ca) => ({ PGSSLMODE: 'require', NODE_EXTRA_CA_CERTS: ca }),
    way: kNodePostgres[0] as Way,
  },
  {
    said: '`PGSSLMODE=require` and `PGSSLROOTCERT=ca.crt`',
    env: (ca) => ({ PGSSLMODE: 'require', PGSSLROOTCERT: ca }),
    way: kNodePostgres[0] as Way,
  },
  { said: '`PGSSLMODE=no-verify`', env: () => ({ PGSSLMODE: 'no-verify' }), way: kNodePostgres[0] as Way },
  {
    said: '`?sslmode=require` and `NODE_EXTRA_CA_CERTS=ca.crt`',
    env: (ca) => ({ NODE_EXTRA_CA_CERTS: ca }),
    way: byUrl('sslmode=require'),
  },
  {
    said: '`?sslmode=require` and `NODE_TLS_REJECT_UNAUTHORIZED=0`',
    env: () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    way: byUrl('sslmode=require'),
  },
  {
    said: '`ssl: { ca }` and `NODE_TLS_REJECT_UNAUTHORIZED=0`',
    env: () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    way: byOption('', (ca) => ({ ca })),
  },
  {
    said: '`ssl: { ca, rejectUnauthorized: undefined }` and `NODE_TLS_REJECT_UNAUTHORIZED=0`',
    env: () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    way: byOption('', (ca) => ({ ca, rejectUnauthorized: undefined })),
  },
];

/** Connection strings that are the probe's own (`probe.url`), read as libpq reads them. */
export const kLibpq: readonly string[] = [
  '',
  ...['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'].flatMap((mode) => [
    `sslmode=${mode}`,
    `sslmode=${mode}&sslrootcert=CA`,
  ]),
];

export interface Answer {
  readonly driver: boolean;
  readonly probe: boolean;
  readonly result: ProbeResult;
}

export async function judge(way: Way, place: Place): Promise<Answer> {
  const driver = await letIn(way.config(place));
  const adapter = new PrismaPg(way.config(place));
  const known = { guardedAdapter: adapter, adapter, complete: true };
  const target = probeTarget(undefined, known, '');
  if (!target) throw new Error(`no target for ${way.said}`);
  const result = await look({ target, driver: driverSettings(known) });
  return { driver, probe: isIn(result), result };
}

export async function judgeLibpq(query: string, place: Place, psql: string): Promise<Answer> {
  const text = url(place, query && `?${query.replace('CA', place.authority)}`);
  const driver = await new Promise<boolean>((resolve) => {
    const env = { PATH: process.env.PATH, HOME: '/nonexistent' };
    execFile(psql, ['-X', '-c', 'SELECT 1', text], { env }, (error) => resolve(error === null));
  });
  const result = await look({ target: { url: text } });
  return { driver, probe: isIn(result), result };
}

/** A few at a time: each is a handshake or two. */
export async function inTurn<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) answers[index] = await ask(items[index] as T);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return answers;
}

async function letIn(config: ClientConfig): Promise<boolean> {
  let client: Client;
  try {
    client = new Client(config);
  } catch {
    return false; // it says so at once
  }
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function isIn({ verdict, role, code }: ProbeResult): boolean {
  return verdict === 'up' && role === 'primary' && code === '';
}

export function look(options: Pick<Parameters<typeof createProbe>[0], 'target' | 'driver'>): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const timing = { intervalMs: 60_000, downIntervalMs: 60_000, timeoutMs: 10_000 };
    const { probe, reason } = createProbe({ ...options, ...timing }, (result) => {
      clearTimeout(late);
      probe?.close();
      resolve(result);
    });
    const late = setTimeout(() => reject(new Error('the probe did not answer')), 20_000);
    if (probe) probe.now(1);
    else reject(new Error(reason));
  });
}
