/**
 * Everything that reads or rewrites a database URL. Taken apart by hand where several hosts are possible, as
 * PostgreSQL's URLs may have: those are no URL to JavaScript.
 */

export interface UrlHost {
  readonly host: string;
  readonly port: number;
}

export type Provider = 'postgresql' | 'mysql' | 'sqlite' | 'sqlserver' | 'mongodb' | 'prisma' | 'other';

export interface ConnectionUrl {
  readonly provider: Provider;
  readonly user: string;
  readonly database: string;
  /** In the URL's order; empty for files. */
  readonly hosts: readonly UrlHost[];
  /** The folder of a Unix socket, where the URL names one instead of a host. */
  readonly socket: string | undefined;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

const kProviders: Readonly<Record<string, Provider>> = {
  postgres: 'postgresql',
  postgresql: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
  file: 'sqlite',
  sqlserver: 'sqlserver',
  mongodb: 'mongodb',
  'mongodb+srv': 'mongodb',
  prisma: 'prisma',
  'prisma+postgres': 'prisma',
};
const kPorts: Partial<Record<Provider, number>> = { postgresql: 5432, mysql: 3306 };
const kShape = /^([a-z][a-z0-9+.-]*):(\/\/)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/i;

/** undefined for what is no URL at all, or names a port that is none. */
export function parseConnectionUrl(url: string): ConnectionUrl | undefined {
  const [, scheme, slashes, rawAuthority = '', path = '', query = ''] = kShape.exec(url.trim()) ?? [];
  if (scheme === undefined) return undefined;
  const provider = kProviders[scheme.toLowerCase()] ?? 'other';
  const authority = slashes === undefined ? '' : rawAuthority;
  const at = authority.lastIndexOf('@');
  const userInfo = at < 0 ? '' : authority.slice(0, at);
  const colon = userInfo.indexOf(':');
  const parameters = query
    .split('&')
    .filter((each) => each !== '')
    .map((each): [string, string] => {
      const [name, value] = splitPair(each);
      return [decoded(name), decoded(value)];
    });
  const named = (name: string): string | undefined => [...parameters].reverse().find(([each]) => each === name)?.[1];
  const hostNames = named('host') ?? authority.slice(at + 1);
  const isSocket = provider === 'postgresql' && /^(\/|@|%2f)/i.test(hostNames);
  const hosts = isSocket || kPorts[provider] === undefined ? [] : hostsOf(hostNames, named('port'), provider);
  if (hosts === undefined) return undefined;
  return {
    provider,
    user: decoded(colon < 0 ? userInfo : userInfo.slice(0, colon)),
    database: decoded(path.replace(/^\//, '')),
    hosts,
    socket: isSocket ? decoded(hostNames) : undefined,
    parameters,
  };
}

/** The same URL to another place; nothing else of it changes, its encoding neither. */
export function redirected(url: string, { host, port }: UrlHost): string {
  const [, head = '', userInfo = '', rest = ''] =
    /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*@)?[^/?#]*([^]*)$/i.exec(url.trim()) ?? [];
  const [path = '', query] = rest.split(/\?([^]*)/, 2);
  // Parameters win over the authority.
  const kept = query?.split('&').filter((each) => !/^(host|hostaddr|port)=/.test(each));
  const through = `${head}${userInfo}${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
  return kept === undefined || kept.length === 0 ? through : `${through}?${kept.join('&')}`;
}

/** The same URL to another database of its server. Throws TypeError for a URL with several hosts. */
export function withDatabase(url: string, database: string): string {
  const there = new URL(url);
  there.pathname = `/${database}`;
  return there.toString();
}

/** What a URL says; what it leaves out is missing. */
interface SingleHost {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

/** undefined for a URL with several hosts, and for what is no URL. */
export function parseSingleHost(url: string): SingleHost | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  const { hostname, port, username, password, pathname } = parsed;
  return {
    host: decoded(hostname.replace(/^\[(.*)\]$/, '$1')) || undefined,
    port: port === '' ? undefined : Number(port),
    user: decoded(username) || undefined,
    password: decoded(password) || undefined,
    database: decoded(pathname.slice(1)) || undefined,
  };
}

/** A URL and its parameters as they are written, for who writes them back. */
interface RawParameters {
  readonly base: string;
  readonly parameters: [name: string, value: string][];
  readonly fragment: string;
}

export function splitParameters(url: string): RawParameters {
  const hash = url.indexOf('#');
  const fragment = hash < 0 ? '' : url.slice(hash);
  const whole = hash < 0 ? url : url.slice(0, hash);
  const question = whole.indexOf('?');
  if (question < 0) return { base: whole, parameters: [], fragment };
  const parameters = whole
    .slice(question + 1)
    .split('&')
    .filter((parameter) => parameter !== '')
    .map(splitPair);
  return { base: whole.slice(0, question), parameters, fragment };
}

export function joinParameters({ base, parameters, fragment }: RawParameters): string {
  const query = parameters.map(([name, value]) => `${name}=${value}`).join('&');
  return query === '' ? base + fragment : `${base}?${query}${fragment}`;
}

function hostsOf(names: string, port: string | undefined, provider: Provider): UrlHost[] | undefined {
  const fallback = Number(port ?? kPorts[provider]);
  const hosts: UrlHost[] = [];
  for (const each of names.split(',')) {
    const [, bracketed, bare, own] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/.exec(each) ?? [];
    const number = own === undefined || own === '' ? fallback : Number(own);
    if ((bracketed ?? bare) === undefined || !(Number.isInteger(number) && number >= 1 && number <= 65_535))
      return undefined;
    hosts.push({ host: decoded(bracketed ?? bare ?? '') || 'localhost', port: number });
  }
  return hosts;
}

function splitPair(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** What is not encoded as it should be stays as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
