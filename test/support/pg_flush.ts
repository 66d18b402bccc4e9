/**
 * A server whose commits never reach the disk, until it crashes: what they wrote to the log is then lost.
 *
 * The first backend to commit waits `commit_delay` before it flushes, and holds the lock without which nobody else does.
 * Stopped in that moment, it keeps the lock.
 *
 * REQUIRES: the settings of `kHoldableFlushes`.
 */
import { Client } from 'pg';

import { kKitName } from './pg_control';
import type { PostgresCluster } from './postgres';

export const kHoldableFlushes = {
  fsync: 'on',
  commit_delay: '100000',
  commit_siblings: '1',
  // Nobody else flushes in between.
  wal_writer_delay: '10s',
  wal_writer_flush_after: '1GB',
  wal_buffers: '16MB',
  autovacuum: 'off',
  // Killing the one that holds the lock ends the whole server.
  restart_after_crash: 'off',
} as const;

export class HeldFlush {
  private constructor(
    private readonly cluster: PostgresCluster,
    private readonly holder: Committer,
    private readonly witness: Committer,
  ) {}

  /** From here on no commit is answered. */
  static async hold(cluster: PostgresCluster): Promise<HeldFlush> {
    for (let wait = 5; ; wait = (wait + 15) % 100) {
      const [holder, witness] = await Promise.all([Committer.connect(cluster), Committer.connect(cluster)]);
      holder.commit();
      await pause(wait);
      process.kill(holder.pid, 'SIGSTOP');
      witness.commit();
      if (await waitsForFlush(cluster, witness)) return new HeldFlush(cluster, holder, witness);
      process.kill(holder.pid, 'SIGCONT');
      holder.leave();
      witness.leave();
    }
  }

  /** Ends the server, and starts it again with what was flushed before. */
  async crash(): Promise<void> {
    process.kill(this.holder.pid, 'SIGKILL');
    await this.cluster.stop('immediate');
    this.holder.leave();
    this.witness.leave();
    await this.cluster.start();
  }
}

/** A session in a transaction that has something to flush. */
class Committer {
  answered = false;

  private constructor(
    private readonly client: Client,
    readonly pid: number,
  ) {}

  static async connect(cluster: PostgresCluster): Promise<Committer> {
    const client = new Client({
      host: cluster.socketDirectory,
      port: cluster.port,
      user: 'postgres',
      database: 'app',
      application_name: `${kKitName}-flush`,
    });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pg_backend_pid() AS pid, pg_current_xact_id(), pg_logical_emit_message(true, '', '')",
    );
    return new Committer(client, rows[0].pid);
  }

  commit(): void {
    this.client.query('COMMIT').then(
      () => (this.answered = true),
      () => undefined,
    );
  }

  leave(): void {
    this.client.end().catch(() => undefined);
  }
}

/** false: its commit was answered, so the one that was stopped does not hold the lock. */
async function waitsForFlush(cluster: PostgresCluster, witness: Committer): Promise<boolean> {
  for (;;) {
    if (witness.answered) return false;
    const [row] = await cluster.query<{ waiting: boolean }>(
      "SELECT wait_event_type = 'LWLock' AND wait_event = 'WALWrite' AS waiting FROM pg_stat_activity WHERE pid = $1",
      [witness.pid],
    );
    if (row?.waiting) return true;
    await pause(2);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
