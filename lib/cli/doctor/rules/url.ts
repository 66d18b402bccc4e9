/** The database URL and its parameters. */
import { kPrismaParameters } from '../../../toolbox/pool';
import type { Provider } from '../../../connection-url';
import type { ProjectFacts, UrlFacts } from '../facts';
import type { Rule } from '../finding';
import { usesGuard } from '../guard-use';
import { usesAdapter } from '../pool-size';

/** Read by libpq, by node-postgres, or by both. */
const kDrivers = [
  'host',
  'hostaddr',
  'port',
  'user',
  'password',
  'dbname',
  'database',
  'application_name',
  'fallback_application_name',
  'client_encoding',
  'options',
  'ssl',
  'sslmode',
  'sslcert',
  'sslkey',
  'sslrootcert',
  'sslcrl',
  'sslcrldir',
  'sslsni',
  'sslcompression',
  'sslnegotiation',
  'sslcertmode',
  'ssl_min_protocol_version',
  'ssl_max_protocol_version',
  'uselibpqcompat',
  'channel_binding',
  'target_session_attrs',
  'load_balance_hosts',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'tcp_user_timeout',
  'require_auth',
  'requirepeer',
  'gssencmode',
  'statement_timeout',
  'query_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'keepalive',
];
/** What a driver adapter is told by other means: `schema` by its second argument, sslpassword not at all. */
const kHarmless = ['schema', 'sslpassword'];

/** Whose URLs a datasource's provider takes. */
const kUrlsOf: Readonly<Record<string, Provider>> = {
  postgresql: 'postgresql',
  postgres: 'postgresql',
  cockroachdb: 'postgresql',
  mysql: 'mysql',
  sqlite: 'sqlite',
  sqlserver: 'sqlserver',
  mongodb: 'mongodb',
};

/** Besides PostgreSQL, where a marker table is what verifies writes in doubt. */
const kMarkable: readonly UrlFacts['provider'][] = ['mysql', 'sqlite'];

const isPostgres = ({ provider }: UrlFacts): boolean => provider === 'postgresql';

export const kUrlRules: readonly Rule[] = [
  {
    id: 'database-url',
    of: 'project',
    ask: ({ url }) => {
      if (!url) {
        return {
          severity: 'warning',
          seen: 'no database URL was found: neither in the environment, nor in .env, nor in the datasource',
          why: 'nothing that concerns the database can be checked',
          fix: 'give it by --url, or run the doctor where the application has its environment',
        };
      }
      if (url.provider !== 'malformed') return { severity: 'ok', seen: `${placeOf(url)}, from ${url.source}` };
      return {
        severity: 'problem',
        seen: `the database URL is malformed (${url.source})`,
        why: 'Prisma, the driver and the probe will each refuse it, or read it differently',
        fix: 'write special characters of user and password as %XX; a port is a number from 1 to 65535',
      };
    },
  },
  {
    id: 'provider',
    of: 'url',
    ask: (_facts, url) =>
      isPostgres(url) || url.provider === 'malformed'
        ? undefined
        : {
            severity: 'info',
            seen: `the database is ${url.provider}`,
            why:
              'the probe looks at TCP alone or through the client, and writes in doubt ' +
              (kMarkable.includes(url.provider) ? 'can be verified with a marker table only' : 'cannot be verified'),
          },
  },
  {
    id: 'provider-differs',
    of: 'url',
    ask: ({ project: { files } }, url) => {
      const { provider } = files;
      const expected = provider === undefined ? undefined : kUrlsOf[provider];
      if (expected === undefined || url.provider === 'malformed' || url.provider === 'prisma') return undefined;
      if (expected === url.provider) return undefined;
      return {
        severity: 'problem',
        seen: `the schema is for ${provider}, the URL (${url.source}) for ${url.provider}`,
        why: 'Prisma refuses it, or sends SQL that the database does not understand',
        fix: "correct the URL or the datasource's provider",
      };
    },
  },
  {
    id: 'url-unknown-parameters',
    of: 'url',
    ask: (_facts, url) => {
      const unknown = Object.keys(url.parameters).filter(
        (name) => !kPrismaParameters.has(name) && !kDrivers.includes(name),
      );
      if (!isPostgres(url) || unknown.length === 0) return undefined;
      return {
        severity: 'warning',
        seen: `unknown parameters in the URL: ${unknown.join(', ')}`,
        why: 'nobody reads them: what they were meant to set is not set',
        fix: 'correct or remove them',
      };
    },
  },
  {
    id: 'url-prisma-parameters',
    of: 'url',
    ask: (facts, url) => {
      const { project } = facts;
      const read = guardReadsPoolTimeout(project) ? [...kHarmless, 'pool_timeout'] : kHarmless;
      const ignored = Object.keys(url.parameters).filter((name) => kPrismaParameters.has(name) && !read.includes(name));
      const byPoolConfig = project.adapterCalls.some(({ settings }) => settings === 'poolConfig');
      if (!isPostgres(url) || !usesAdapter(facts) || byPoolConfig || ignored.length === 0) return undefined;
      return {
        severity: 'warning',
        seen: `parameters that a driver adapter does not read: ${ignored.join(', ')}`,
        why:
          "they were Prisma's own engine's: with an adapter the pool has the driver's own size" +
          (usesGuard(project) ? '' : ', and waits without a limit'),
        fix: 'new PrismaPg(poolConfig(url)) sets what connection_limit, pool_timeout and connect_timeout ask for',
      };
    },
  },
  {
    id: 'url-socket-timeout',
    of: 'url',
    ask: (facts, url) =>
      isPostgres(url) && !usesAdapter(facts) && url.parameters.socket_timeout === undefined
        ? {
            severity: 'info',
            seen: 'no socket_timeout in the URL',
            why: "Prisma's own engine waits for ever for an answer that the network has swallowed; the operation hangs",
            fix: 'set socket_timeout (seconds) above the longest query',
          }
        : undefined,
  },
  {
    id: 'several-hosts',
    of: 'url',
    ask: (_facts, url) => {
      if (url.hosts.length < 2) return undefined;
      const target = url.parameters.target_session_attrs;
      const seen = `${url.hosts.length} hosts, target_session_attrs=${target ?? 'any'}`;
      if (target === 'read-write' || target === 'primary') return { severity: 'ok', seen };
      return {
        severity: 'warning',
        seen,
        why: 'any of them will do: after a failover writes may go to a standby (25006)',
        fix: 'add target_session_attrs=read-write, and give the adapter ctx.connectionString, which names the primary',
      };
    },
  },
  {
    id: 'tls-verification',
    of: 'url',
    ask: (_facts, url) => {
      const { sslmode, sslaccept } = url.parameters;
      const trustsAll = sslmode === 'no-verify' || sslaccept === 'accept_invalid_certs';
      if (!trustsAll || !url.hosts.some(({ reach }) => reach === 'public' || reach === 'unknown')) return undefined;
      return {
        severity: 'warning',
        seen: sslmode === 'no-verify' ? 'sslmode=no-verify' : 'sslaccept=accept_invalid_certs',
        why: 'any certificate is accepted: whoever stands between can read the password and every row',
        fix: "sslmode=verify-full with the provider's sslrootcert",
      };
    },
  },
];

/** It does where the pool is the adapter's own, and has been given no limit. */
function guardReadsPoolTimeout(project: ProjectFacts): boolean {
  const { adapterCalls } = project;
  const lacksLimit = adapterCalls.every(
    ({ settings, names }) => settings === 'literal' && !names.includes('connectionTimeoutMillis'),
  );
  return usesGuard(project) && adapterCalls.length > 0 && lacksLimit;
}

function placeOf({ hosts, socket, database, provider }: UrlFacts): string {
  const where = socket ?? hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
  return [provider, where, database].filter((each) => each !== '').join(' ');
}
