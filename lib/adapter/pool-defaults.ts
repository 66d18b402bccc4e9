/**
 * What a pool of node-postgres lacks and its user has not thought of: a limit to how long a query waits for a connection,
 * and keep-alive. The driver's own defaults are "for ever" and "off". What the user has set stays, whatever it is.
 */

/** How long a query waits for a connection where nobody says otherwise: Prisma's own default. */
export const kPoolTimeoutSeconds = 10;

const kAdapterPg = '@prisma/adapter-pg';

/** What @prisma/adapter-pg's factory holds; it makes its pool from `config` unless it was given one. */
interface PgFactory {
  readonly adapterName?: unknown;
  readonly externalPool?: unknown;
  readonly config?: unknown;
}

/** Sets them for the pools that `factory` will make. Answers what it has set, for the log. Other adapters stay as they are. */
export function setPoolDefaults(factory: object): string[] {
  const { adapterName, externalPool, config } = factory as PgFactory;
  if (adapterName !== kAdapterPg || externalPool || typeof config !== 'object' || config === null) return [];
  const given = config as { connectionTimeoutMillis?: unknown; keepAlive?: unknown; connectionString?: unknown };
  const defaults: Record<string, unknown> = {};
  if (given.connectionTimeoutMillis === undefined) {
    defaults.connectionTimeoutMillis = 1000 * (poolTimeoutOf(given.connectionString) ?? kPoolTimeoutSeconds);
  }
  if (given.keepAlive === undefined) defaults.keepAlive = true;
  const names = Object.keys(defaults);
  // A copy: the object may be the user's own, and used elsewhere.
  if (names.length === 0 || !Reflect.set(factory, 'config', { ...config, ...defaults })) return [];
  return names.map((name) => `${name}: ${String(defaults[name])}`);
}

/** `pool_timeout` of a URL that was written for Prisma's own engines, in seconds. */
function poolTimeoutOf(connectionString: unknown): number | undefined {
  const [, digits] = /[?&]pool_timeout=(\d+)(?=[&#]|$)/.exec(String(connectionString)) ?? [];
  return digits === undefined || Number(digits) === 0 ? undefined : Number(digits);
}
