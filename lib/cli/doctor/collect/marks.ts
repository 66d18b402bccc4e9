/** Whether the marker table is there and can be relied on, asked as the application's own role. */
import { examinePostgres } from '../../../tables/mark-health-postgres';
import { poolConfig } from '../../../toolbox/pool';
import { parseConnectionUrl } from '../../../connection-url';
import type { Deadline } from '../deadline';
import type { Known, MarkFacts } from '../facts';
import { type Session, Sessions, loadPg } from './session';

/** `url` names one host. */
export async function collectMarks(
  project: string,
  url: string,
  table: string,
  deadline: Deadline,
): Promise<Known<MarkFacts>> {
  if (parseConnectionUrl(url)?.provider !== 'postgresql') {
    return { reason: 'only PostgreSQL is asked from here; the client asks its own database before its first write' };
  }
  const pg = loadPg(project);
  if (!pg) return { reason: 'the project has no node-postgres (package pg) with which it could be asked' };
  const { connectionString } = poolConfig(url);
  const sessions = new Sessions(pg, deadline);
  try {
    const known = await deadline.within(sessions.open(connectionString).then((session) => askMarks(session, table)));
    return known ? { known } : { reason: deadline.reason };
  } catch (error) {
    if (deadline.isOver) return { reason: deadline.reason };
    const { code, message } = error as { code?: string; message?: string };
    return { reason: `node-postgres failed: ${[code, message].filter(Boolean).join(' ')}` };
  } finally {
    sessions.close();
  }
}

export async function askMarks({ rows }: Session, table: string): Promise<MarkFacts> {
  const stateOf = (error: unknown): string | undefined => (error as { code?: string }).code;
  return { table, problems: await examinePostgres(rows, table, stateOf) };
}
