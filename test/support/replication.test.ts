import { availableFlavours } from './pg_binaries';
import { Client } from 'pg';
import { type PostgresCluster } from './postgres';
import { ReplicationPair } from './replication';

async function settled<T>(promise: Promise<T>): Promise<string> {
  return promise.then(
    () => 'done',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );
}

async function insert(node: PostgresCluster, value: string): Promise<void> {
  const client = new Client({ connectionString: node.url() });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('INSERT INTO t VALUES ($1)', [value]);
  } finally {
    client.end().catch(() => undefined);
  }
}

const valuesOf = async (node: PostgresCluster): Promise<unknown[]> =>
  (await node.query('SELECT v FROM t ORDER BY v')).map(({ v }) => v);

describe.each(availableFlavours())('ReplicationPair, %s server', (flavour) => {
  let pair: ReplicationPair;
  beforeEach(async () => {
    pair = await ReplicationPair.start({ flavour });
    await pair.primary.query('CREATE TABLE t (v text); GRANT ALL ON t TO app');
    await pair.waitForCatchUp();
  });
  afterEach(() => pair?.dispose());

  test('what the primary commits appears on the standby, which refuses writes', async () => {
    await insert(pair.primary, 'a');
    await pair.waitForCatchUp();
    expect(await valuesOf(pair.standby)).toEqual(['a']);
    expect(await settled(insert(pair.standby, 'b'))).toBe('25006');
    expect(await pair.lagBytes()).toBe(0);
    expect(pair.url()).toBe(
      `postgresql://app@127.0.0.1:${pair.primary.port},127.0.0.1:${pair.standby.port}/app?target_session_attrs=read-write`,
    );
  });

  test('the old primary is fenced, the standby takes over, and back again', async () => {
    const [first, second] = pair.nodes;
    const url = pair.url();
    await insert(first, 'a');
    await pair.waitForCatchUp();
    await pair.fence();
    const { at } = await pair.promote();
    expect(at).toBeLessThanOrEqual(performance.now());
    expect(pair.primary).toBe(second);
    await insert(second, 'b');
    expect(await settled(insert(first, 'c'))).toBe('ECONNREFUSED');
    await pair.rebuildStandby();
    expect(await valuesOf(first)).toEqual(['a', 'b']);
    await pair.fence();
    await pair.promote();
    await insert(first, 'd');
    expect(await valuesOf(first)).toEqual(['a', 'b', 'd']);
    expect(pair.url()).toBe(url);
  });

  test('the old primary stays and refuses writes', async () => {
    await pair.makeReadOnly();
    await pair.promote();
    expect(await settled(insert(pair.standby, 'a'))).toBe('25006');
    expect(await pair.standby.query('SELECT pg_is_in_recovery() AS recovering')).toEqual([{ recovering: false }]);
    await insert(pair.primary, 'b');
    expect(await valuesOf(pair.primary)).toEqual(['b']);
  });

  test('a standby that replays nothing lags, and loses nothing by its promotion', async () => {
    await pair.waitForCatchUp();
    await pair.pauseReplay();
    await insert(pair.primary, 'a');
    expect(await valuesOf(pair.standby)).toEqual([]);
    expect(await pair.lagBytes()).toBeGreaterThan(0);
    await expect(pair.waitForCatchUp()).rejects.toThrow('told not to replay');
    await pair.resumeReplay();
    await pair.waitForCatchUp();
    expect(await valuesOf(pair.standby)).toEqual(['a']);
    await pair.pauseReplay();
    await insert(pair.primary, 'b');
    const received = 'SELECT 1 FROM pg_stat_replication WHERE flush_lsn >= pg_current_wal_flush_lsn()';
    while ((await pair.primary.query(received)).length === 0);
    await pair.fence();
    await pair.promote();
    expect(await valuesOf(pair.primary)).toEqual(['a', 'b']);
  });

  test('a standby that was cut off loses the last commits by its promotion', async () => {
    await insert(pair.primary, 'kept');
    await pair.waitForCatchUp();
    await pair.cutReplication();
    await insert(pair.primary, 'gone');
    await pair.fence();
    await pair.promote();
    expect(await valuesOf(pair.primary)).toEqual(['kept']);
  });

  test('a standby that was cut off catches up when it is let', async () => {
    await pair.waitForCatchUp();
    await pair.cutReplication();
    await insert(pair.primary, 'late');
    expect(await valuesOf(pair.standby)).toEqual([]);
    await pair.resumeReplication();
    expect(await valuesOf(pair.standby)).toEqual(['late']);
  });

  test('delays what it shows', async () => {
    await pair.waitForCatchUp();
    await pair.setApplyDelay(60_000);
    await insert(pair.primary, 'delayed');
    const received = 'SELECT 1 FROM pg_stat_replication WHERE flush_lsn >= pg_current_wal_flush_lsn()';
    while ((await pair.primary.query(received)).length === 0);
    expect(await valuesOf(pair.standby)).toEqual([]);
    await pair.setApplyDelay(0);
    await pair.waitForCatchUp();
    expect(await valuesOf(pair.standby)).toEqual(['delayed']);
  });

  test('synchronous: a commit waits for the standby, and is there when its backend is terminated while it waits', async () => {
    await pair.setSynchronous(true);
    await insert(pair.primary, 'a');
    await pair.standby.freeze();
    const waiting = settled(insert(pair.primary, 'b'));
    const inSync = "wait_event = 'SyncRep'";
    while ((await pair.primary.connectionCount(inSync)) === 0);
    await pair.primary.terminateBackends(inSync);
    expect(await waiting).toBe('Connection terminated unexpectedly');
    expect(await valuesOf(pair.primary)).toEqual(['a', 'b']);
    pair.standby.thaw();
  });
});
