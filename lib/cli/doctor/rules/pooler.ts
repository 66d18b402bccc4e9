/** A pooler between application and server. */
import type { Rule } from '../finding';
import { usesAdapter } from '../pool-size';

const kQuickRetrySeconds = 2;

export const kPoolerRules: readonly Rule[] = [
  {
    id: 'pooler',
    of: 'server',
    ask: (facts, { pooler }) => {
      const announced = facts.url?.parameters.pgbouncer === 'true';
      if (!pooler) {
        if (!announced) return { severity: 'ok', seen: 'no pooler stands between' };
        return {
          severity: 'info',
          seen: 'pgbouncer=true in the URL, and no pooler between',
          why: "Prisma's own engine then prepares every statement anew for nothing; a driver adapter does not read it",
          fix: 'remove pgbouncer=true',
        };
      }
      const seen = `${pooler.version ?? 'a pooler'} stands between, ${pooling(pooler.pooling)}`;
      if (pooler.pooling !== 'transaction' || usesAdapter(facts) || announced) return { severity: 'ok', seen };
      return {
        severity: 'problem',
        seen: `${seen}, and the URL lacks pgbouncer=true`,
        why: "Prisma's own engine keeps prepared statements, which the next transaction's connection does not have (26000)",
        fix: 'add pgbouncer=true to the URL, or use a driver adapter',
      };
    },
  },
  {
    id: 'pooler-login-retry',
    of: 'server',
    ask: (_facts, { pooler }) => {
      if (!pooler) return undefined;
      const { serverLoginRetry } = pooler;
      if (serverLoginRetry !== undefined && serverLoginRetry <= kQuickRetrySeconds) {
        return { severity: 'ok', seen: `server_login_retry is ${serverLoginRetry} s` };
      }
      const known = serverLoginRetry !== undefined;
      return {
        severity: known ? 'warning' : 'info',
        seen: known ? `server_login_retry is ${serverLoginRetry} s` : 'server_login_retry of the pooler is not known',
        why:
          'PgBouncer refuses its clients that long after a failed login (15 s by default): after every restart of the ' +
          'server the outage lasts that much longer',
        fix: `server_login_retry = 1`,
      };
    },
  },
];

function pooling(mode: 'transaction' | 'unknown'): string {
  return mode === 'transaction' ? 'and hands connections on between transactions' : 'and kept its connections apart';
}
