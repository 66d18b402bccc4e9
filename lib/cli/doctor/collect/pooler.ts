/** Whether a pooler stands between, seen by what it cannot hide. */
import type { Pooler } from '../facts';
import type { Session } from './session';

const kAdminConsole = 'pgbouncer';
const kTries = 3;

/**
 * A pooler invents the process id that it tells at login, since its server connections come and go. Where two sessions
 * that both stay open are answered by one backend, it hands connections on between transactions.
 */
export async function findPooler(
  session: Session,
  open: (database?: string) => Promise<Session>,
): Promise<Pooler | undefined> {
  if ((await backendOf(session)) === session.announcedPid) return undefined;
  return { pooling: (await sharesBackends(session, open)) ? 'transaction' : 'unknown', ...(await askConsole(open)) };
}

async function backendOf(session: Session): Promise<number> {
  const [[pid] = []] = await session.rows('SELECT pg_backend_pid()');
  return Number(pid);
}

async function sharesBackends(session: Session, open: () => Promise<Session>): Promise<boolean> {
  const other = await open();
  try {
    for (let tries = 0; tries < kTries; tries += 1) {
      if ((await backendOf(session)) === (await backendOf(other))) return true;
    }
    return false;
  } finally {
    other.end();
  }
}

/** PgBouncer's own, which most roles may not enter. */
async function askConsole(
  open: (database: string) => Promise<Session>,
): Promise<Pick<Pooler, 'version' | 'serverLoginRetry'>> {
  let console: Session | undefined;
  try {
    console = await open(kAdminConsole);
    const [[version] = []] = await console.rows('SHOW VERSION');
    const settings = await console.rows('SHOW CONFIG').catch(() => []);
    const retry = settings.find(([name]) => name === 'server_login_retry')?.[1];
    return { version: version ?? undefined, serverLoginRetry: typeof retry === 'string' ? Number(retry) : undefined };
  } catch {
    return { version: undefined, serverLoginRetry: undefined };
  } finally {
    console?.end();
  }
}
