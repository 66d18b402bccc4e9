/** What the probe sees, and how the connection travels. */
import type { Rule } from '../finding';

const kProbeTimeoutMs = 1000;
const kSlowMs = 250;

export const kNetworkRules: readonly Rule[] = [
  {
    id: 'reachable',
    of: 'probe',
    ask: (_facts, { verdict, host, port, code, message, looks }) => {
      if (verdict === 'up' && code === '') {
        return { severity: 'ok', seen: `${host}:${port} answered each of ${looks} looks` };
      }
      const seen = `${host}:${port}: ${[code, message].filter((each) => each !== '').join(' ')}`;
      if (verdict === 'up') {
        return {
          severity: 'problem',
          seen,
          why: 'the server is up and lets this user not in: the application will not get in either',
          fix: 'correct user, password or database of the URL, or give the role the right to connect',
        };
      }
      return {
        severity: 'problem',
        seen,
        why:
          verdict === 'down'
            ? 'the probe finds no database there'
            : 'the probe cannot tell whether there is a database, so that it has no vote in a recovery',
        fix: 'correct host, port and TLS parameters of the URL, or start the database',
      };
    },
  },
  {
    id: 'probe-latency',
    of: 'probe',
    ask: (_facts, { latencyMs }) => {
      if (latencyMs === undefined) return undefined;
      const seen = `a look takes ${latencyMs.toFixed(latencyMs < 10 ? 1 : 0)} ms (median: connect, log in, one round trip)`;
      if (latencyMs >= kProbeTimeoutMs) {
        return {
          severity: 'problem',
          seen,
          why: `probe.timeoutMs is ${kProbeTimeoutMs} by default: the probe would take a healthy database for a silent one`,
          fix: `set probe.timeoutMs to ${Math.ceil((latencyMs * 4) / 1000) * 1000} or more`,
        };
      }
      if (latencyMs < kSlowMs) return { severity: 'ok', seen };
      return {
        severity: 'warning',
        seen,
        why: 'every recovery begins with a look, and every new connection costs that much; a busy server takes longer still',
        fix: 'bring application and database closer together, or raise probe.timeoutMs',
      };
    },
  },
  {
    id: 'standby',
    of: 'probe',
    ask: (_facts, { role, host, port }) =>
      role === 'standby'
        ? {
            severity: 'problem',
            seen: `${host}:${port} is a standby`,
            why: 'it refuses every write (25006)',
            fix: 'name the primary; or several hosts with target_session_attrs=read-write',
          }
        : undefined,
  },
  {
    id: 'tls',
    of: 'server',
    ask: ({ url }, { encrypted }) => {
      if (encrypted) return { severity: 'ok', seen: 'the connection is encrypted' };
      const reaches = url?.hosts.map(({ reach }) => reach) ?? [];
      const seen = 'the connection is not encrypted';
      if (reaches.length === 0 || reaches.every((reach) => reach === 'local')) {
        return { severity: 'ok', seen: `${seen}, and stays on this machine` };
      }
      const isPublic = reaches.some((reach) => reach === 'public' || reach === 'unknown');
      return {
        severity: isPublic ? 'problem' : 'info',
        seen: isPublic ? `${seen}, and leaves the private network` : `${seen}, within a private network`,
        why: 'whoever stands between can read the password and every row, and change them',
        fix: 'add sslmode=verify-full, or sslmode=require at least',
      };
    },
  },
];
