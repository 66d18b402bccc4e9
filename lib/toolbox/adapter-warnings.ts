/** Settings of a driver adapter and its pool that will hurt one day, each with the reason. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';

import { LateGuard } from '../adapter/late-guard';
import { internalsOf } from '../client/internals';
import type { ClientLike } from '../contracts/operation';
import type { Generations } from '../host/generations';
import type { Log } from '../host/log';
import type { LogLevel } from '../options';
import { schemaInUrl } from './pool';

/** What @prisma/adapter-pg's factory holds. */
interface PgFactory {
  readonly adapterName?: string;
  readonly config?: {
    readonly connectionTimeoutMillis?: unknown;
    readonly keepAlive?: unknown;
    readonly connectionString?: unknown;
    readonly schema?: unknown;
  };
  readonly options?: { readonly schema?: unknown };
  readonly externalPool?: { listenerCount?(event: string): number } | null;
}

const kAdapterPg = '@prisma/adapter-pg';
const kDefaultSchema = 'public';
const kFirstSound = [7, 10, 0];

/** For the log, in no order; none of them repeats a connection string. Other adapters than @prisma/adapter-pg: none. */
export function adapterWarnings(adapter: unknown, version = installedVersion()): string[] {
  const factory = unguarded(adapter);
  if (typeof factory !== 'object' || factory === null) return [];
  const { adapterName, config, externalPool, options } = factory as PgFactory;
  if (adapterName !== kAdapterPg) return [];
  const warnings: string[] = [];
  const late = wouldBeGuarded(adapter);
  const guarded = factory !== adapter && !late;
  const wait = config?.connectionTimeoutMillis;
  if (!late && (typeof wait !== 'number' || wait <= 0)) {
    warnings.push(
      'the pool has no connectionTimeoutMillis: while its connections are busy, or the network swallows packets, a query ' +
        'waits for one for ever. poolConfig(url) sets 10 s',
    );
  }
  if (!late && config?.keepAlive !== true) {
    warnings.push(
      'the pool has keepAlive off: an idle connection that a firewall or a failover dropped is only found out by a query ' +
        'that hangs on it. poolConfig(url) turns it on',
    );
  }
  const schema = wantedSchema(config);
  if (schema !== undefined && schema !== (options?.schema ?? kDefaultSchema)) {
    warnings.push(
      `the URL's schema=${schema} is not the adapter's: it queries ${String(options?.schema ?? kDefaultSchema)}. ` +
        'new PrismaPg(pool, { schema }), where pool = poolConfig(url) has the schema',
    );
  }
  // The guard takes back no connection whose BEGIN is under way.
  if (!guarded && version !== undefined && isOlder(version)) {
    warnings.push(
      `${kAdapterPg} ${version} can hand a connection back to its pool in the middle of a transaction: use 7.10.0 or ` +
        'later, or the guard',
    );
  }
  if (externalPool && (externalPool.listenerCount?.('error') ?? 1) === 0) {
    warnings.push(
      "the pool that was handed in has no 'error' listener of yours: an idle connection that breaks while no adapter " +
        "holds the pool ends the process. pool.on('error', …) prevents it",
    );
  }
  return warnings;
}

/** What this process was warned of. A service of many clients, one for each tenant perhaps, hears of each kind once. */
const told = new Set<string>();

/** Of the first client's adapter: before it connects, which puts a listener of its own on a pool that was handed in. */
export function warnOfAdapter(generations: Generations, log: Log, level: LogLevel): void {
  if (level === 'silent' || level === 'error') return;
  const warn = ({ client }: { client: ClientLike }): void => {
    const { adapter } = internalsOf(client)._engineConfig ?? {};
    for (const warning of adapterWarnings(adapter)) {
      if (!told.has(warning)) log.warn(`adapter: ${warning}`);
      told.add(warning);
    }
  };
  const { current } = generations;
  if (current) warn(current);
  else generations.first().then(warn, () => undefined);
}

/** For tests: each is told again. */
export function forgetTold(): void {
  told.clear();
}

function wantedSchema(config: PgFactory['config']): string | undefined {
  if (typeof config?.schema === 'string') return config.schema;
  return typeof config?.connectionString === 'string' ? schemaInUrl(config.connectionString) : undefined;
}

function unguarded(adapter: unknown): unknown {
  return typeof adapter === 'object' && adapter !== null && 'factory' in adapter ? adapter.factory : adapter;
}

/** It would have set what its pool lacks, had its client been handed over in time: that is said, and is the cure. */
function wouldBeGuarded(adapter: unknown): boolean {
  return adapter instanceof LateGuard && !adapter.isGuarded;
}

function isOlder(version: string): boolean {
  const numbers = version.split('.', 3).map((part) => Number.parseInt(part, 10));
  if (numbers.length < 3 || numbers.some(Number.isNaN)) return false;
  const differences = kFirstSound.map((sound, index) => (numbers[index] ?? 0) - sound);
  return (differences.find((difference) => difference !== 0) ?? 0) < 0;
}

/** Of the adapter that this process has loaded, else of the one that its working directory would load. */
function installedVersion(): string | undefined {
  try {
    const inside = join('node_modules', kAdapterPg) + sep;
    const loaded = Object.keys(require.cache).find((file) => file.includes(inside));
    const main = loaded ?? createRequire(join(process.cwd(), 'x.js')).resolve(kAdapterPg);
    const root = main.slice(0, main.lastIndexOf(inside) + inside.length);
    return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version?: string }).version;
  } catch {
    return undefined; // bundled, or another package manager's layout
  }
}
