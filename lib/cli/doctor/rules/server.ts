/** Limits and settings of the server. */
import type { ServerFacts } from '../facts';
import type { Judgement, Rule } from '../finding';
import { poolSize, usesAdapter } from '../pool-size';
import { postgresVersion } from '../versions';

const kVerifySince = 130_000;
/** node-postgres closes connections that were idle that long; Prisma's engine after 300 s. */
const kPgIdleMs = 10_000;
const kEngineIdleMs = 300_000;
/** The kernel's default is 7200 s. */
const kLongGhostMs = 600_000;

/** Connections that the application may have, the tightest limit first. */
function available(server: ServerFacts): { connections: number; limit: string } {
  const { maxConnections, reserved, otherConnections, roleLimit, databaseLimit } = server;
  const free = Math.max(0, maxConnections - reserved - otherConnections);
  const limits = [
    {
      connections: free,
      limit: `max_connections ${maxConnections}, ${reserved} reserved, ${otherConnections} taken by others`,
    },
    ...(roleLimit === undefined ? [] : [{ connections: roleLimit, limit: "the role's CONNECTION LIMIT" }]),
    ...(databaseLimit === undefined ? [] : [{ connections: databaseLimit, limit: "the database's CONNECTION LIMIT" }]),
  ];
  return limits.reduce((least, each) => (each.connections < least.connections ? each : least));
}

export const kServerRules: readonly Rule[] = [
  {
    id: 'server-version',
    of: 'server',
    ask: (_facts, { version }) => {
      const seen = `PostgreSQL ${postgresVersion(version)}`;
      if (version >= kVerifySince) return { severity: 'ok', seen };
      return {
        severity: 'warning',
        seen,
        why: "writes.onUnknownOutcome: 'verify' needs pg_current_xact_id(), which is there since version 13",
        fix: 'upgrade the server',
      };
    },
  },
  {
    id: 'connections',
    of: 'server',
    ask: (facts, server): Judgement | undefined => {
      if (server.pooler) return undefined;
      const { connections, source } = poolSize(facts);
      const { instances } = facts.intent;
      const needed = connections * instances;
      const there = available(server);
      const of = `${connections} connections (${source}) × ${instances} ${instances === 1 ? 'instance' : 'instances'}`;
      const seen = `${of} = ${needed}, of ${there.connections} that the server has for them (${there.limit})`;
      const fix = `at most ${Math.floor(there.connections / instances)} connections per instance, or a pooler, or a higher limit`;
      if (needed > there.connections) {
        return { severity: 'problem', seen, why: 'under load some instances are refused (53300, P2037)', fix };
      }
      if (needed * 2 > there.connections) {
        return {
          severity: 'warning',
          seen,
          why: 'while clients are replaced, or a rolling deployment runs, old and new hold connections at once',
          fix: `at most ${Math.floor(there.connections / instances / 2)} connections per instance, or a pooler, or a higher limit`,
        };
      }
      return { severity: 'ok', seen };
    },
  },
  {
    id: 'idle-session-timeout',
    of: 'server',
    ask: (facts, { timeouts: { idleSession } }) => {
      if (idleSession === 0) return { severity: 'ok', seen: 'idle connections are not ended by the server' };
      const seen = `idle_session_timeout is ${seconds(idleSession)}`;
      const poolIdle = usesAdapter(facts) ? kPgIdleMs : kEngineIdleMs;
      if (idleSession > poolIdle)
        return { severity: 'ok', seen: `${seen}, longer than the pool keeps idle connections` };
      return {
        severity: 'warning',
        seen,
        why: `the pool keeps idle connections ${seconds(poolIdle)}: the first query after a pause meets a closed one (57P05)`,
        fix: 'raise it, or let the pool close idle connections earlier (idleTimeoutMillis)',
      };
    },
  },
  {
    id: 'ghosts',
    of: 'server',
    ask: (_facts, { timeouts: { idleInTransaction, tcpUser, keepAliveIdle } }) => {
      const limits: (readonly [name: string, ms: number])[] = [
        ['idle_in_transaction_session_timeout', idleInTransaction],
        ['tcp_user_timeout', tcpUser],
        ['tcp_keepalives_idle', keepAliveIdle],
      ];
      const [name, ms] = limits.filter(([, each]) => each > 0).sort((a, b) => a[1] - b[1])[0] ?? ['', Infinity];
      if (ms <= kLongGhostMs) return { severity: 'ok', seen: `${name} is ${seconds(ms)}` };
      return {
        severity: 'warning',
        seen:
          name === ''
            ? 'neither idle_in_transaction_session_timeout nor a TCP keep-alive is set on the server'
            : `nothing ends the transaction of a client that has vanished before ${name}, ${seconds(ms)}`,
        why: 'an instance that dies behind a broken network leaves its transaction open: its locks block all others',
        fix: "idle_in_transaction_session_timeout = '60s' and tcp_keepalives_idle = 60 on the server, or for the role",
      };
    },
  },
  {
    id: 'statement-timeout',
    of: 'server',
    ask: (_facts, { timeouts: { statement } }) =>
      statement === 0
        ? {
            severity: 'info',
            seen: 'no statement_timeout',
            why: 'a query that nobody waits for any more goes on and holds its connection and locks',
            fix: "ALTER ROLE … SET statement_timeout = '60s', above the longest query that is meant",
          }
        : { severity: 'ok', seen: `statement_timeout is ${seconds(statement)}` },
  },
  {
    id: 'durability',
    of: 'server',
    ask: (_facts, { fsync, synchronousCommit }) => {
      if (!fsync) {
        return {
          severity: 'problem',
          seen: 'fsync is off',
          why: 'after a crash of the machine acknowledged rows are gone and the database may be corrupt',
          fix: 'fsync = on',
        };
      }
      if (synchronousCommit !== 'off') return { severity: 'ok', seen: `synchronous_commit is ${synchronousCommit}` };
      return {
        severity: 'warning',
        seen: 'synchronous_commit is off',
        why: 'a crash of the server loses the writes that it acknowledged last; no client can know or repair that',
        fix: 'synchronous_commit = on, at least for the role of the application',
      };
    },
  },
  {
    id: 'read-only',
    of: 'server',
    ask: (_facts, { readOnly, isStandby }) =>
      readOnly && !isStandby
        ? {
            severity: 'problem',
            seen: 'default_transaction_read_only is on',
            why: 'every write fails (25006); hosting providers set it when a disk fills',
            fix: 'free space and turn it off; or it is set for this role or database',
          }
        : undefined,
  },
  {
    id: 'verify',
    of: 'server',
    ask: (_facts, { verifyRefusal, version, isStandby }) => {
      if (version < kVerifySince || isStandby) return undefined;
      if (verifyRefusal === undefined) return { severity: 'ok', seen: 'writes in doubt can be verified' };
      return {
        severity: 'warning',
        seen: `writes in doubt cannot be verified: ${verifyRefusal}`,
        why: "writes.onUnknownOutcome: 'verify' falls back to 'throw' on this server",
        fix: 'grant EXECUTE on pg_current_xact_id, pg_logical_emit_message and pg_xact_status to the role',
      };
    },
  },
  {
    id: 'marker-table',
    of: 'server',
    ask: (_facts, { marks }) => {
      if (!marks) return undefined;
      const { problems, table } = marks;
      if (problems.length === 0)
        return { severity: 'ok', seen: `the marker table ${table} is there and can be relied on` };
      return {
        severity: 'problem',
        seen: problems.join('; '),
        why: 'the client refuses every write with a ConfigError',
        fix: 'npx prisma-resilient marks prints the migration, and says when all is well',
      };
    },
  },
  {
    id: 'terminate',
    of: 'server',
    ask: (_facts, { mayTerminate }) =>
      mayTerminate
        ? { severity: 'ok', seen: 'the role may end connections of its own' }
        : {
            severity: 'warning',
            seen: 'the role may not execute pg_terminate_backend',
            why: 'a ghost that still holds the locks of a write in doubt cannot be ended, so its outcome stays unknown',
            fix: 'GRANT EXECUTE ON FUNCTION pg_terminate_backend TO the role',
          },
  },
  {
    id: 'read-stats',
    of: 'server',
    ask: (_facts, { mayReadAllStats }) =>
      mayReadAllStats
        ? undefined
        : {
            severity: 'info',
            seen: 'the role sees only its own rows of pg_stat_activity in full',
            why: 'who else uses the server, and with what, stays hidden',
            fix: 'GRANT pg_read_all_stats TO the role, where that is wanted',
          },
  },
  {
    id: 'superuser',
    of: 'server',
    ask: (_facts, { isSuperuser }) =>
      isSuperuser
        ? {
            severity: 'info',
            seen: 'the application logs in as a superuser',
            why: 'under overload it takes the reserved connections that an administrator needs to help',
            fix: 'give the application a role of its own',
          }
        : undefined,
  },
];

function seconds(ms: number): string {
  return ms >= 1000 ? `${Math.round(ms / 100) / 10} s` : `${ms} ms`;
}
