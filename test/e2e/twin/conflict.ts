/** A real serialization failure, once: what a transaction wants to change was changed after its snapshot was taken. */
import type { PostgresCluster } from '../../support/postgres';

/** First statement of a transaction at RepeatableRead that is to fail: it takes the snapshot, then waits. */
export const kWaitForOther = 'SELECT 1 AS one FROM pg_advisory_xact_lock_shared(1)';
/** Last statement of it; fails with 40001 where the row was changed meanwhile. */
export const kChange = 'UPDATE "Post" SET views = views + 1 WHERE id = 1';

/**
 * Starts a transaction of these two, and answers with what became of it. While it waits something happens; by default
 * another changes the row.
 */
export async function conflicting<T>(
  cluster: PostgresCluster,
  start: () => Promise<T>,
  meanwhile: () => Promise<unknown> = () => cluster.query(kChange),
): Promise<T> {
  await cluster.query('SELECT pg_advisory_lock(1)');
  try {
    const transaction = start();
    await untilWaiting(cluster);
    await meanwhile();
    await cluster.query('SELECT pg_advisory_unlock(1)');
    return await transaction;
  } finally {
    await cluster.query('SELECT pg_advisory_unlock_all()');
  }
}

async function untilWaiting(cluster: PostgresCluster): Promise<void> {
  const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
  while ((await cluster.query(waiting)).length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
