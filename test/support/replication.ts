/**
 * A primary and a hot standby that streams from it, and the ways in which one takes over from the other.
 *
 * Owner: one test or script. `primary` is the node that accepts writes and `standby` the other one, whatever state it
 * is in; `promote` swaps them. Both keep their ports through everything, so that one URL names the pair for ever.
 */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { type Accepted } from './pg_accepting';
import { kAppDatabase, kAppUser } from './pg_template';
import { PostgresCluster, type PostgresOptions } from './postgres';
import { runUnprivileged } from './unprivileged';

export interface ReplicationOptions extends Omit<PostgresOptions, 'populate'> {
  /** COMMIT waits until the standby has it. Default false. */
  readonly synchronous?: boolean;
}

const run = promisify(execFile);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const kSettings: Readonly<Record<string, string>> = {
  wal_level: 'replica',
  // A standby that was cut off for a while finds what it missed.
  wal_keep_size: '512MB',
  wal_retrieve_retry_interval: '100ms',
};

export class ReplicationPair {
  private constructor(
    /** In the order in which `url` names them, which roles do not change. */
    readonly nodes: readonly [PostgresCluster, PostgresCluster],
    private active: 0 | 1,
  ) {}

  /** Starts both; the standby has caught up. */
  static async start(options: ReplicationOptions = {}): Promise<ReplicationPair> {
    const { synchronous = false, ...rest } = options;
    const settings = { ...kSettings, ...rest.settings };
    const primary = await PostgresCluster.start({ ...rest, settings });
    const standby = new PostgresCluster({
      ...rest,
      settings: { ...settings, primary_conninfo: connectionTo(primary) },
      populate: (data) => backUp(primary, data),
    });
    const pair = new ReplicationPair([primary, standby], 0);
    try {
      await standby.start();
      await pair.waitForCatchUp();
      if (synchronous) await pair.setSynchronous(true);
      return pair;
    } catch (error) {
      await pair.dispose();
      throw error;
    }
  }

  get primary(): PostgresCluster {
    return this.nodes[this.active];
  }

  get standby(): PostgresCluster {
    return this.nodes[this.active === 0 ? 1 : 0];
  }

  /** Names both nodes, as libpq understands it: `postgresql://app@a:1,b:2/app?target_session_attrs=read-write`. */
  url(params: Readonly<Record<string, string>> = { target_session_attrs: 'read-write' }): string {
    const hosts = this.nodes.map(({ host, port }) => `${host}:${port}`).join(',');
    const { password } = this.primary;
    const login = password === undefined ? kAppUser : `${kAppUser}:${encodeURIComponent(password)}`;
    const query = new URLSearchParams(params).toString();
    return `postgresql://${login}@${hosts}/${kAppDatabase}${query === '' ? '' : `?${query}`}`;
  }

  /** Crashes a node, by default the primary, so that it can do no harm once the other is promoted. */
  async fence(node: PostgresCluster = this.primary): Promise<void> {
    await node.stop('immediate');
  }

  /** Leaves a node running, by default the primary, yet refusing writes (25006), as a demoted server may. */
  async makeReadOnly(node: PostgresCluster = this.primary): Promise<void> {
    node.configure({ default_transaction_read_only: 'on' });
    await untilShown(node, 'default_transaction_read_only', 'on');
  }

  /** Makes the standby the primary, whatever the old one does. Resolves once it accepts writes, with that moment. */
  async promote(): Promise<Accepted> {
    const [promoted] = await this.standby.query<{ done: boolean }>('SELECT pg_promote(true, 60) AS done');
    if (!promoted?.done) throw new Error(`the standby was not promoted:\n${this.standby.log().slice(-2000)}`);
    const accepted = { at: performance.now(), epochMs: Date.now() };
    this.active = this.active === 0 ? 1 : 0;
    return accepted;
  }

  /** Makes the other node a standby of the present primary, from a new base backup: after `promote`, for the next one. */
  async rebuildStandby(): Promise<void> {
    const { primary, standby } = this;
    await standby.replaceData((data) => backUp(primary, data));
    standby.configure({ primary_conninfo: connectionTo(primary), default_transaction_read_only: 'off' });
    await standby.start();
    await this.waitForCatchUp();
  }

  /** Resolves once the standby shows all that the primary has committed by now. Rejects where it never would. */
  async waitForCatchUp(): Promise<void> {
    const [wanted] = await this.primary.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn() AS lsn');
    for (;;) {
      const [seen] = await this.standby.query<{ there: boolean | null; paused: boolean }>(
        'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS there, pg_is_wal_replay_paused() AS paused',
        [wanted?.lsn],
      );
      if (seen?.there) return;
      if (seen?.paused) throw new Error('the standby is told not to replay');
      await pause(5);
    }
  }

  /** The standby receives, and shows nothing new. A promotion ends this and loses nothing. */
  async pauseReplay(): Promise<void> {
    await this.standby.query('SELECT pg_wal_replay_pause()');
    const state = 'SELECT pg_get_wal_replay_pause_state() AS state';
    while ((await this.standby.query(state))[0]?.state !== 'paused') await pause(2);
  }

  async resumeReplay(): Promise<void> {
    await this.standby.query('SELECT pg_wal_replay_resume()');
  }

  /** The standby shows commits no earlier than this after they were made. */
  async setApplyDelay(ms: number): Promise<void> {
    this.standby.configure({ recovery_min_apply_delay: `${ms}ms` });
    await untilShown(this.standby, 'recovery_min_apply_delay', ms === 0 ? '0' : undefined);
  }

  /** The standby receives nothing any more: a promotion loses what the primary commits from now on. */
  async cutReplication(): Promise<void> {
    this.standby.configure({ primary_conninfo: '' });
    const receiver = 'SELECT 1 FROM pg_stat_wal_receiver';
    while ((await this.standby.query(receiver)).length > 0) await pause(2);
  }

  async resumeReplication(): Promise<void> {
    this.standby.configure({ primary_conninfo: connectionTo(this.primary) });
    await this.waitForCatchUp();
  }

  async setSynchronous(on: boolean): Promise<void> {
    this.primary.configure({ synchronous_standby_names: on ? '*' : '' });
    await untilShown(this.primary, 'synchronous_standby_names', on ? '*' : '');
    if (!on) return;
    const synchronous = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'";
    while ((await this.primary.query(synchronous)).length === 0) await pause(5);
  }

  /** Bytes of the primary's log that the standby does not show yet. */
  async lagBytes(): Promise<number> {
    const [wanted] = await this.primary.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn() AS lsn');
    const [lag] = await this.standby.query<{ bytes: number }>(
      'SELECT greatest(0, $1::pg_lsn - pg_last_wal_replay_lsn())::float8 AS bytes',
      [wanted?.lsn],
    );
    return lag?.bytes ?? 0;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.dispose()));
  }
}

function connectionTo(primary: PostgresCluster): string {
  return `host=${primary.socketDirectory} port=${primary.port} user=postgres application_name=standby`;
}

/** Resolves once a reload has arrived; without a value, once the setting differs from its default. */
async function untilShown(node: PostgresCluster, setting: string, value?: string): Promise<void> {
  for (;;) {
    const [row] = await node.query<{ setting: string; boot_val: string }>(
      'SELECT setting, boot_val FROM pg_settings WHERE name = $1',
      [setting],
    );
    if (value === undefined ? row?.setting !== row?.boot_val : row?.setting === value) return;
    await pause(2);
  }
}

/** A base backup in `data`, set up to follow. */
async function backUp(primary: PostgresCluster, data: string): Promise<void> {
  const tool = path.join(primary.binaries.bin, 'pg_basebackup');
  if (fs.existsSync(tool)) {
    const from = ['-h', primary.socketDirectory, '-p', String(primary.port), '-U', 'postgres'];
    await runUnprivileged(tool, [...from, '-D', data, '-X', 'stream', '-c', 'fast', '--no-sync']);
  } else {
    await backUpByHand(primary, data);
  }
  await runUnprivileged('touch', [path.join(data, 'standby.signal')]);
}

/** What pg_basebackup does, for servers that come without it: copy between the two calls, in one session. */
async function backUpByHand(primary: PostgresCluster, data: string): Promise<void> {
  await primary.query("SELECT pg_backup_start('fault kit', true)");
  // Files may vanish and change under the copy; replaying the log from the backup's beginning mends both.
  await run('cp', ['-a', primary.dataDirectory, data]).catch((error: Error) => {
    if (!error.message.includes('No such file')) throw error;
  });
  const [stopped] = await primary.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  fs.rmSync(path.join(data, 'postmaster.pid'), { force: true });
  const label = path.join(data, 'backup_label');
  // Made by the server's user, who must be able to rename it.
  await runUnprivileged('tee', [label], { input: stopped?.labelfile ?? '' });
}
