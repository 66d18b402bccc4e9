/** What PostgreSQL's connections do: asked by the probe, or, where there is none that could, through the client. */
import { internalsOf } from '../client/internals';
import type { ClientLike } from '../contracts/operation';
import { TimeoutError } from '../errors';
import type { Host } from '../host/host';
import { withTimeout } from '../host/timeout';
import type { ServerActivity as NativeActivity } from '../native';
import type { ServerActivity } from './dashboard/source';

const kSql = `SELECT coalesce(state, 'unknown') AS state, count(*)::int AS count,
    (count(*) FILTER (WHERE wait_event_type = 'Lock'))::int AS waiting,
    current_setting('max_connections')::int AS max
  FROM pg_stat_activity WHERE datname = current_database()
    AND coalesce(backend_type = 'client backend', usesysid IS NOT NULL)
  GROUP BY 1 ORDER BY 1`;

interface Row {
  readonly state: string;
  readonly count: number;
  readonly waiting: number;
  readonly max: number;
}

/**
 * The probe's answer may be `maxAgeMs` old. undefined where the client's database is not PostgreSQL. Rejects with
 * Prisma's error, with a TimeoutError after `timeoutMs`, or with a ShutdownError.
 */
export async function serverActivity(
  host: Pick<Host, 'activity' | 'generations'>,
  maxAgeMs: number,
  timeoutMs: number,
): Promise<ServerActivity | undefined> {
  const seen = await host.activity(maxAgeMs);
  if (seen?.known) return ofProbe(seen);
  const { current } = host.generations;
  return current && ofClient(current.client, timeoutMs);
}

function ofProbe({ connections, waitingForLock, maxConnections, backends }: NativeActivity): ServerActivity {
  return { via: 'probe', connections, waitingForLock, own: backends.length || undefined, maxConnections };
}

async function ofClient(client: ClientLike, timeoutMs: number): Promise<ServerActivity | undefined> {
  // Beneath the extensions that the factory may have added: this is not the user's query.
  const base = (internalsOf(client)._originalClient as ClientLike | undefined) ?? client;
  if (base._activeProvider !== 'postgresql' || typeof base.$queryRawUnsafe !== 'function') return undefined;
  const asked = (base.$queryRawUnsafe as (sql: string) => Promise<Row[]>)(kSql);
  const rows = await withTimeout(
    Promise.resolve(asked),
    timeoutMs,
    () => new TimeoutError(`The database has not answered within ${timeoutMs} ms.`),
  );
  return {
    via: 'client',
    connections: rows.map(({ state, count }) => ({ state, count })),
    waitingForLock: rows.reduce((sum, { waiting }) => sum + waiting, 0),
    own: undefined,
    maxConnections: rows[0]?.max ?? 0,
  };
}
