/** What the server says of itself, asked in SQL as the application's own role. Nothing is changed. */
import { withDatabase } from '../../../connection-url';
import { learnSql, observeSql } from '../../../tables/position-sql';
import { poolConfig } from '../../../toolbox/pool';
import type { Deadline } from '../deadline';
import type { Known, ServerFacts } from '../facts';
import { findPooler } from './pooler';
import { askMarks } from './marks';
import { type Session, Sessions, loadPg } from './session';

const kIdentity = `
  SELECT current_setting('server_version_num'), pg_is_in_recovery()::text, current_setting('max_connections'),
    current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true), '0')::int,
    (SELECT count(*) FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND datid IS NOT NULL AND usesysid IS NOT NULL
        AND coalesce(backend_type, 'client backend') = 'client backend'),
    rolconnlimit, datconnlimit, rolsuper::text,
    has_function_privilege(p.oid, 'EXECUTE')::text,
    (rolsuper OR pg_has_role('pg_read_all_stats', 'USAGE'))::text
  FROM pg_roles, pg_database, (SELECT oid FROM pg_proc WHERE proname = 'pg_terminate_backend' LIMIT 1) AS p
  WHERE rolname = current_user AND datname = current_database()`;

const kSettings = {
  idle_session_timeout: 'idleSession',
  idle_in_transaction_session_timeout: 'idleInTransaction',
  statement_timeout: 'statement',
  tcp_user_timeout: 'tcpUser',
  tcp_keepalives_idle: 'keepAliveIdle',
} as const;
const kOtherSettings = ['synchronous_commit', 'fsync', 'default_transaction_read_only'];
const kUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000 };

/** `url` names one host. The reason holds no password: it is the driver's, which quotes none. */
export async function collectServer(
  project: string,
  url: string,
  deadline: Deadline,
  markerTable?: string,
): Promise<Known<ServerFacts>> {
  const pg = loadPg(project);
  if (!pg) {
    return { reason: 'the project has no node-postgres (package pg) with which SQL could be asked: npm install pg' };
  }
  // Prisma's parameters would be taken for options of the driver.
  const { connectionString } = poolConfig(url);
  const sessions = new Sessions(pg, deadline);
  const open = (database?: string): Promise<Session> =>
    sessions.open(database === undefined ? connectionString : withDatabase(connectionString, database));
  try {
    const known = await deadline.within(open().then((session) => askServer(session, open, markerTable)));
    return known ? { known } : { reason: deadline.reason };
  } catch (error) {
    if (deadline.isOver) return { reason: deadline.reason };
    const { code, message } = error as { code?: string; message?: string };
    return { reason: `node-postgres failed: ${[code, message].filter(Boolean).join(' ')}` };
  } finally {
    sessions.close();
  }
}

async function askServer(
  session: Session,
  open: (database?: string) => Promise<Session>,
  markerTable: string | undefined,
): Promise<ServerFacts> {
  const [row = []] = await session.rows(kIdentity);
  const [version, standby, most, reserved, others, roleLimit, databaseLimit, superuser, terminate, stats] = row;
  const limit = (text: string | null | undefined): number | undefined => (Number(text) < 0 ? undefined : Number(text));
  const settings = await readSettings(session);
  const isSuperuser = superuser === 'true';
  return {
    version: Number(version),
    isStandby: standby === 'true',
    encrypted: session.encrypted,
    maxConnections: Number(most),
    reserved: Number(reserved),
    otherConnections: Number(others),
    roleLimit: isSuperuser ? undefined : limit(roleLimit),
    databaseLimit: isSuperuser ? undefined : limit(databaseLimit),
    isSuperuser,
    mayTerminate: terminate === 'true',
    mayReadAllStats: stats === 'true',
    verifyRefusal: await verifyRefusal(session, standby === 'true'),
    ...settings,
    pooler: await findPooler(session, open),
    ...(markerTable !== undefined && { marks: await askMarks(session, markerTable) }),
  };
}

type Settings = Pick<ServerFacts, 'timeouts' | 'synchronousCommit' | 'fsync' | 'readOnly'>;

async function readSettings(session: Session): Promise<Settings> {
  const names = [...Object.keys(kSettings), ...kOtherSettings].map((name) => `'${name}'`).join(', ');
  const rows = await session.rows(`SELECT name, setting, unit FROM pg_settings WHERE name IN (${names})`);
  const timeouts: Record<string, number> = {};
  for (const [name, field] of Object.entries(kSettings)) {
    const [, setting, unit] = rows.find(([each]) => each === name) ?? [];
    // What an older server does not have, it does not do.
    timeouts[field] = Number(setting ?? 0) * (kUnits[unit ?? ''] ?? 1);
  }
  const text = (name: string): string => rows.find(([each]) => each === name)?.[1] ?? '';
  return {
    timeouts: timeouts as unknown as ServerFacts['timeouts'],
    synchronousCommit: text('synchronous_commit'),
    fsync: text('fsync') !== 'off',
    readOnly: text('default_transaction_read_only') === 'on',
  };
}

/** Asks what the guard will ask, in a transaction that is rolled back. */
async function verifyRefusal(session: Session, isStandby: boolean): Promise<string | undefined> {
  if (isStandby) return undefined;
  let refusal: string | undefined;
  for (const readsSystemId of [true, false]) {
    try {
      await session.rows('BEGIN READ WRITE');
      await session.rows(learnSql('assign', readsSystemId));
      await session.rows(observeSql(readsSystemId));
      return undefined;
    } catch (error) {
      refusal = error instanceof Error ? error.message : String(error);
    } finally {
      await session.rows('ROLLBACK').catch(() => undefined);
    }
  }
  return refusal;
}
