/** An 'error' event without a listener ends a process. With the guard, no connection is ever without one. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Pool } from 'pg';
import { PoolConnections } from '../../../lib/adapter/pool-connections';
import { PostgresCluster } from '../../support/postgres';

const kLimit = 120_000;

function run(situation: string): Promise<string> {
  const hook = join(__dirname, '../../support/typescript-hook.cjs');
  const script = join(__dirname, 'listeners-process.ts');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['-r', hook, script, situation],
      { timeout: kLimit, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}

test.each(['late', 'thinking', 'idle'])(
  'with the guard, connections that are %s break without a sound',
  async (situation) => {
    expect(await run(situation)).toBe('alive\n');
  },
);

test('a connection has a listener from the moment it is opened until it is closed', async () => {
  const cluster = await PostgresCluster.start();
  const pool = new Pool({ connectionString: cluster.url(), max: 3 });
  try {
    const early = await pool.connect();
    early.release();
    const connections = PoolConnections.of(pool);
    const seen: number[] = [];
    const look = (client: { listenerCount(event: string): number }): unknown =>
      seen.push(client.listenerCount('error'));
    for (const event of ['connect', 'acquire', 'release', 'remove'] as const) {
      pool.on(event as 'connect', (...args: unknown[]) => look(args[event === 'release' ? 1 : 0] as never));
    }
    const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    clients.forEach(look);
    for (const client of clients) client.release();
    clients.forEach(look);
    connections?.destroyAll();
    while (pool.totalCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    clients.forEach(look);
    expect(seen.length).toBeGreaterThan(15);
    expect(Math.min(...seen)).toBeGreaterThan(0);
  } finally {
    await pool.end();
    await cluster.dispose();
  }
});
