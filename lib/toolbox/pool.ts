/** Sizes and limits of connection pools: Prisma's own by URL, a driver's by its configuration. */
import { kPoolTimeoutSeconds } from '../adapter/pool-defaults';
import { Check } from '../argument-check';
import { decoded, joinParameters, parseSingleHost, splitParameters } from '../connection-url';
import { ConfigError } from '../errors';

export interface PoolDefaults {
  /** Connections of the pool. Default 10. */
  connectionLimit?: number;
  /** How long a query waits for a connection, in seconds as in Prisma's URLs. Default 10. */
  poolTimeout?: number;
}

/** What `new PrismaPg(…)` and `new pg.Pool(…)` take. */
export interface PgPoolConfig {
  connectionString: string;
  /** Connections of the pool. */
  max: number;
  /** How long a query waits for a connection, in ms. pg's own default is for ever. */
  connectionTimeoutMillis: number;
  keepAlive: boolean;
  /** Of the URL's `schema`, where it has one. The adapter takes it apart: `new PrismaPg(pool, { schema: pool.schema })`. */
  schema?: string;
}

/** What `new PrismaMariaDb(…)` and `mariadb.createPool(…)` take. */
export interface MariaDbPoolConfig {
  host: string;
  port: number;
  user?: string;
  password?: string;
  database?: string;
  /** Connections of the pool. */
  connectionLimit: number;
  /** How long a query waits for a connection, in ms. */
  acquireTimeout: number;
  /** How long opening one may take, in ms. */
  connectTimeout: number;
}

const kConnectionLimit = 10;
/** Parameters that Prisma reads from a URL; drivers take some of them for options of their own, others not at all. */
export const kPrismaParameters: ReadonlySet<string> = new Set([
  'connection_limit',
  'pool_timeout',
  'connect_timeout',
  'socket_timeout',
  'schema',
  'pgbouncer',
  'statement_cache_size',
  'single_use_connections',
  'max_connection_lifetime',
  'max_idle_connection_lifetime',
  'sslidentity',
  'sslaccept',
  'sslpassword',
]);

/**
 * The URL with `connection_limit` and `pool_timeout` added where it lacks them; what it says already stays. For Prisma's
 * own engines (Prisma 5 and 6 without a driver adapter).
 */
export function withPoolDefaults(url: string, defaults: PoolDefaults = {}): string {
  const { connectionLimit = kConnectionLimit, poolTimeout = kPoolTimeoutSeconds } = check(
    'withPoolDefaults',
    url,
    defaults,
  );
  const { base, parameters, fragment } = splitParameters(url);
  if (!parameters.some(([name]) => name === 'connection_limit'))
    parameters.push(['connection_limit', String(connectionLimit)]);
  if (!parameters.some(([name]) => name === 'pool_timeout')) parameters.push(['pool_timeout', String(poolTimeout)]);
  return joinParameters({ base, parameters, fragment });
}

/**
 * The same for a driver adapter: the pool configuration that `connection_limit`, `pool_timeout` and `connect_timeout`
 * of the URL ask for, `defaults` where it does not. `postgres://` gives pg's, `mysql://` and `mariadb://` mariadb's.
 */
export function poolConfig(
  url: `mysql://${string}` | `mariadb://${string}`,
  defaults?: PoolDefaults,
): MariaDbPoolConfig;
export function poolConfig(url: string, defaults?: PoolDefaults): PgPoolConfig;
export function poolConfig(url: string, defaults: PoolDefaults = {}): PgPoolConfig | MariaDbPoolConfig {
  const { connectionLimit = kConnectionLimit, poolTimeout = kPoolTimeoutSeconds } = check('poolConfig', url, defaults);
  const { base, parameters, fragment } = splitParameters(url);
  const limit = numberOf(parameters, 'connection_limit') ?? connectionLimit;
  const waitMs = (numberOf(parameters, 'pool_timeout') ?? poolTimeout) * 1000;
  if (/^(mysql|mariadb):/.test(url)) {
    return mariaDb(base, limit, waitMs, (numberOf(parameters, 'connect_timeout') ?? 5) * 1000);
  }
  const kept = parameters.filter(([name]) => !kPrismaParameters.has(name));
  return {
    connectionString: joinParameters({ base, parameters: kept, fragment }),
    max: limit,
    connectionTimeoutMillis: waitMs,
    keepAlive: true,
    ...schemaOf(parameters),
  };
}

/** What Prisma's engines read from a URL, and driver adapters do not. */
export function schemaInUrl(url: string): string | undefined {
  return schemaOf(splitParameters(url).parameters).schema;
}

function schemaOf(parameters: readonly [string, string][]): { schema?: string } {
  const text = parameters.find(([name]) => name === 'schema')?.[1];
  return text === undefined || text === '' ? {} : { schema: decoded(text) };
}

function mariaDb(
  base: string,
  connectionLimit: number,
  acquireTimeout: number,
  connectTimeout: number,
): MariaDbPoolConfig {
  const place = parseSingleHost(base);
  // The URL itself is not repeated: it may hold a password.
  if (place === undefined) throw new ConfigError(['poolConfig: url: expected a URL with one host']);
  const { host = '', port = 3306, user, password, database } = place;
  return {
    host,
    port,
    user,
    password,
    database,
    connectionLimit,
    acquireTimeout,
    connectTimeout,
  };
}

function check(owner: string, url: unknown, defaults: PoolDefaults): PoolDefaults {
  new Check(owner)
    .that(typeof url === 'string' && /^[a-z][a-z0-9+.-]*:\/\//i.test(url), 'url', 'a connection URL', url)
    .integer('connectionLimit', defaults.connectionLimit, 1, 1_000_000)
    .integer('poolTimeout', defaults.poolTimeout, 1, 1_000_000)
    .done();
  return defaults;
}

/** A whole number above zero; what is none is as good as absent, as it is to Prisma. */
function numberOf(parameters: [string, string][], name: string): number | undefined {
  const text = parameters.find(([found]) => found === name)?.[1];
  const number = Number(text);
  return text !== undefined && Number.isInteger(number) && number > 0 ? number : undefined;
}
