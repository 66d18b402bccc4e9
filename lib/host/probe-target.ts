/**
 * What the probe connects to: `probe.url`, else the guarded adapter's parameters, else DATABASE_URL where it does not
 * contradict what is known of the client. Nothing: the core looks in band.
 */
import { type UrlHost, parseConnectionUrl, parseSingleHost } from '../connection-url';
import type { ProbeTarget } from '../native-probe';

/** What is known of the database that the client really uses. */
export interface KnownDatabase {
  /** The adapter factory that went through `ctx.guard`. */
  readonly guardedAdapter?: unknown;
  /** The client's own adapter factory, guarded or not. */
  readonly adapter?: unknown;
  /** Whether there is a client, so that what is missing here is not there. */
  readonly complete?: boolean;
}

type Fields = Record<string, unknown>;

interface Place {
  readonly host?: string;
  readonly port?: string;
  readonly database?: string;
}

export function probeTarget(
  url: string | undefined,
  known: KnownDatabase,
  databaseUrl = process.env.DATABASE_URL,
): ProbeTarget | undefined {
  if (url !== undefined) return fromUrl(url) ?? { url };
  const several = severalHosts(undefined, databaseUrl);
  const guarded = fromAdapter(known.guardedAdapter);
  // The adapter's host is one of several: a probe that knows them all finds the primary.
  if (guarded && !(several && isOneOf(several, placeOf(connectionOf(known.guardedAdapter))))) return guarded;
  if (!databaseUrl) return undefined;
  const target = fromUrl(databaseUrl);
  const place = placeOf(connectionOf(known.adapter));
  const agrees = several ? isOneOf(several, place) : agree(placeOfUrl(databaseUrl), place);
  return target && agrees ? target : undefined;
}

/**
 * A database on several hosts: `postgres://a:5432,b:5433/app?target_session_attrs=read-write`. libpq, and so the probe, finds
 * the one to use; drivers know one host only, so they are given the URL with the one that was found.
 */
export interface SeveralHosts {
  readonly url: string;
  readonly hosts: readonly UrlHost[];
  readonly database: string;
}

/** undefined where no such URL was given. */
export function severalHosts(
  given: string | false | undefined,
  databaseUrl = process.env.DATABASE_URL,
): SeveralHosts | undefined {
  const url = given ?? databaseUrl;
  const { provider, hosts = [], database = '' } = (url && parseConnectionUrl(url)) || {};
  return url && provider === 'postgresql' && hosts.length > 1 ? { url, hosts, database } : undefined;
}

/** undefined for what no probe understands: SQLite's files, Prisma's own proxies, MongoDB. */
function fromUrl(url: string): ProbeTarget | undefined {
  if (/^postgres(ql)?:\/\//i.test(url)) return { url };
  if (!/^(mysql|mariadb):\/\//i.test(url)) return undefined;
  const { host, port } = placeOfUrl(url);
  return host ? { tcp: { host, port: Number(port ?? 3306), awaitsGreeting: true } } : undefined;
}

function fromAdapter(factory: unknown): ProbeTarget | undefined {
  const connection = connectionOf(factory);
  if (!connection) return undefined;
  const { provider } = factory as Fields;
  if (typeof connection.connectionString === 'string') return fromUrl(connection.connectionString);
  if (provider === 'mysql') {
    const { host = 'localhost', port = 3306 } = connection;
    return { tcp: { host: String(host), port: Number(port), awaitsGreeting: true } };
  }
  if (provider !== 'postgres') return undefined;
  const parameters: Record<string, string> = {};
  for (const name of ['host', 'port', 'user', 'password', 'database'] as const) {
    const value = connection[name];
    // A password may be a function; see passwordFunction().
    if (typeof value === 'string' || typeof value === 'number') parameters[name] = String(value);
  }
  if (Object.keys(parameters).length === 0) return undefined;
  return { parameters };
}

/** Of a driver that fetches its password for each connection. */
export function passwordFunction({ adapter }: KnownDatabase): (() => unknown) | undefined {
  const connection = connectionOf(adapter);
  const { password } = connection ?? {};
  if (typeof password !== 'function') return undefined;
  // node-postgres tells it what it connects with.
  return () => (password as (parameters: unknown) => unknown)(connection);
}

/** The driver's options, as @prisma/adapter-pg and -mariadb keep them. */
export function connectionOf(factory: unknown): Fields | undefined {
  if (typeof factory !== 'object' || factory === null) return undefined;
  const { config, externalPool } = factory as Fields;
  if (typeof config === 'string') return { connectionString: config };
  const options = (externalPool as Fields | undefined)?.options ?? config;
  return typeof options === 'object' && options !== null ? (options as Fields) : undefined;
}

export function placeOf(connection: Fields | undefined): Place {
  if (!connection) return {};
  if (typeof connection.connectionString === 'string') return placeOfUrl(connection.connectionString);
  const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));
  return { host: text(connection.host), port: text(connection.port), database: text(connection.database) };
}

/** Several hosts are the probe's to read. */
export function placeOfUrl(url: string): Place {
  const { host, port, database } = parseSingleHost(url) ?? {};
  return { host, port: port === undefined ? undefined : String(port), database };
}

function isOneOf({ hosts, database }: SeveralHosts, place: Place): boolean {
  return hosts.some(({ host, port }) => agree({ host, port: String(port), database: database || undefined }, place));
}

/** Where both say something, they say the same. */
function agree(one: Place, other: Place): boolean {
  const keys = ['host', 'port', 'database'] as const;
  return keys.every((key) => one[key] === undefined || other[key] === undefined || one[key] === other[key]);
}
