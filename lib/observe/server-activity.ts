/** Asks PostgreSQL what this database's connections do. */
import type { ClientLike } from '../client/runner';
import { TimeoutError } from '../errors';
import { withTimeout } from '../host/timeout';
import type { ServerActivity } from './dashboard/source';

const kSql = `SELECT coalesce(state, 'unknown') AS state, count(*)::int AS count,
    current_setting('max_connections')::int AS max
  FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
  GROUP BY 1 ORDER BY 1`;

interface Row {
  readonly state: string;
  readonly count: number;
  readonly max: number;
}

/** undefined where the client's database is not PostgreSQL. Rejects with Prisma's error, or with a TimeoutError. */
export async function serverActivity(client: ClientLike, timeoutMs: number): Promise<ServerActivity | undefined> {
  // Beneath the extensions that the factory may have added: this is not the user's query.
  const base = (client._originalClient as ClientLike | undefined) ?? client;
  if (base._activeProvider !== 'postgresql' || typeof base.$queryRawUnsafe !== 'function') return undefined;
  const asked = (base.$queryRawUnsafe as (sql: string) => Promise<Row[]>)(kSql);
  const rows = await withTimeout(
    Promise.resolve(asked),
    timeoutMs,
    () => new TimeoutError(`The database has not answered within ${timeoutMs} ms.`),
  );
  return {
    connections: rows.map(({ state, count }) => ({ state, count })),
    maxConnections: rows[0]?.max ?? 0,
  };
}
