import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Client } from 'pg';
import { PostgresCluster } from './postgres';
import { availableFlavours } from './pg_binaries';
import { childrenOf } from './unprivileged';

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

describe.each(availableFlavours())('PostgresCluster, %s server', (flavour) => {
  let cluster: PostgresCluster;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ flavour });
  });
  afterAll(() => cluster.dispose());

  test('serves an ordinary role over TCP and the kit through its socket', async () => {
    const client = await connect(cluster.url());
    const { rows } = await client.query('SELECT current_user AS who, current_setting($1) AS version', [
      'server_version_num',
    ]);
    await client.end();
    expect(rows[0].who).toBe('app');
    expect(Math.floor(Number(rows[0].version) / 10_000)).toBe(cluster.binaries.major);
    expect(await cluster.query('SELECT current_user AS who')).toEqual([{ who: 'postgres' }]);
  });

  test.each(['immediate', 'fast', 'smart'] as const)(
    'stops (%s) and comes back on its port with its rows',
    async (mode) => {
      await cluster.query(`CREATE TABLE IF NOT EXISTS kept_${mode} (id int); INSERT INTO kept_${mode} VALUES (1)`);
      const { port } = cluster;
      const started = await cluster.query('SELECT pg_postmaster_start_time() AS at');
      await cluster.stop(mode);
      expect(cluster.isRunning).toBe(false);
      await expect(connect(cluster.url())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await cluster.start();
      expect(cluster.port).toBe(port);
      expect(await cluster.query(`SELECT id FROM kept_${mode}`)).toEqual([{ id: 1 }]);
      expect(await cluster.query('SELECT pg_postmaster_start_time() AS at')).not.toEqual(started);
    },
  );

  test('an immediate stop is a crash, a fast one is not', async () => {
    await cluster.restart('immediate');
    expect(cluster.log()).toContain('database system was not properly shut down');
    const before = cluster.log().length;
    await cluster.restart('fast');
    expect(cluster.log().slice(before)).not.toContain('not properly shut down');
  });

  test('frozen, it completes handshakes and answers nothing until it is thawed', async () => {
    const client = await connect(cluster.url());
    await cluster.freeze();
    let answered = false;
    const query = client.query('SELECT 1 AS one').then((result) => {
      answered = true;
      return result.rows;
    });
    const late = new Client({ connectionString: cluster.url(), connectionTimeoutMillis: 100 });
    await expect(late.connect()).rejects.toThrow('timeout');
    expect(answered).toBe(false);
    cluster.thaw();
    expect(await query).toEqual([{ one: 1 }]);
    await client.end();
  });

  test('is stopped and restarted while frozen', async () => {
    await cluster.freeze();
    await cluster.restart('immediate');
    expect(await cluster.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('terminates the backends it is told to, and no other', async () => {
    const [idle, busy] = await Promise.all([connect(cluster.url()), connect(cluster.url())]);
    const sleeping = busy.query('SELECT pg_sleep(30)');
    const outcome = sleeping.then(() => undefined, codeOf);
    while ((await cluster.connectionCount("state = 'active'")) === 0);
    expect(await cluster.terminateBackends("state = 'active'")).toBe(1);
    expect(await outcome).toBe('57P01');
    expect((await idle.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await idle.end();
  });

  test('a crashed backend takes its siblings with it', async () => {
    const [victim, sibling] = await Promise.all([connect(cluster.url()), connect(cluster.url())]);
    const notices: unknown[] = [];
    sibling.on('notice', (notice) => notices.push(codeOf(notice)));
    const failure = sibling.query('SELECT pg_sleep(30)').catch((error: Error) => error.message);
    const pid = (await victim.query('SELECT pg_backend_pid() AS pid')).rows[0].pid as number;
    while ((await cluster.connectionCount("state = 'active'")) === 0);
    await cluster.crashBackend(`pid = ${pid}`);
    expect(await failure).toBe('Connection terminated unexpectedly');
    expect(notices).toEqual(['57P02']);
    await cluster.accepting();
    expect(await cluster.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('has no slot left for the application when its slots are filled, and keeps the kit served', async () => {
    const held = await cluster.fillSlots();
    expect(held).toBeGreaterThan(50);
    await expect(connect(cluster.url())).rejects.toMatchObject({ code: '53300' });
    expect(await cluster.connectionCount()).toBe(0);
    await cluster.releaseSlots();
    const client = await connect(cluster.url());
    expect(await cluster.connectionCount()).toBe(1);
    await client.end();
  });

  test('says when it accepts connections again, not before', async () => {
    await cluster.stop('fast');
    let accepted = false;
    const accepting = cluster.accepting().then((seen) => {
      accepted = true;
      return seen;
    });
    await expect(connect(cluster.url())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(accepted).toBe(false);
    const started = performance.now();
    await cluster.start();
    const seen = await accepting;
    expect(seen.at).toBeGreaterThan(started);
    expect(seen.at).toBeLessThanOrEqual(performance.now());
  });

  test('takes settings at once and keeps them across a restart', async () => {
    cluster.configure({ work_mem: '7MB' });
    const workMem = async (): Promise<unknown> => (await cluster.query('SHOW work_mem'))[0]?.work_mem;
    while ((await workMem()) !== '7MB');
    await cluster.restart();
    expect(await workMem()).toBe('7MB');
  });
});

describe('PostgresCluster', () => {
  test('asks for a password where one is set', async () => {
    const cluster = await PostgresCluster.start({ password: "p'w@/ü", databases: ['second'] });
    try {
      await expect(connect(cluster.url({ password: 'wrong' }))).rejects.toMatchObject({ code: '28P01' });
      const client = await connect(cluster.url({ database: 'second' }));
      expect((await client.query('SELECT current_database() AS name')).rows).toEqual([{ name: 'second' }]);
      await client.end();
    } finally {
      await cluster.dispose();
    }
  });

  test('shows what the server said when it cannot start', async () => {
    await expect(PostgresCluster.start({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow('shared_buffers');
  });

  test('leaves nothing when disposed of, frozen or not, and may be disposed of twice', async () => {
    const cluster = await PostgresCluster.start();
    const { pid, dataDirectory } = cluster;
    await cluster.freeze();
    await Promise.all([cluster.dispose(), cluster.dispose()]);
    expect(fs.existsSync(dataDirectory)).toBe(false);
    expect(() => process.kill(pid as number, 0)).toThrow('ESRCH');
    await expect(cluster.start()).rejects.toThrow('disposed');
  });

  test('copies share a system identifier unless told otherwise', async () => {
    const clusters = await Promise.all([
      PostgresCluster.start(),
      PostgresCluster.start(),
      PostgresCluster.start({ ownSystemIdentifier: true }),
    ]);
    try {
      const [a, b, own] = await Promise.all(
        clusters.map(
          async (cluster) => (await cluster.query('SELECT system_identifier AS id FROM pg_control_system()'))[0]?.id,
        ),
      );
      expect(a).toBe(b);
      expect(own).not.toBe(a);
    } finally {
      await Promise.all(clusters.map((cluster) => cluster.dispose()));
    }
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGKILL', 'exit'] as const)(
    'nothing outlives a process ended by %s',
    async (end) => {
      const script = path.join(__dirname, 'fixtures', 'holds_cluster.cjs');
      const child = spawn(process.execPath, [script, end], { stdio: ['pipe', 'pipe', 'inherit'] });
      const printed = await new Promise<string>((resolve) =>
        child.stdout.once('data', (chunk) => resolve(String(chunk))),
      );
      const { pid, dataDirectory } = JSON.parse(printed) as { pid: number; dataDirectory: string };
      expect(fs.existsSync(dataDirectory)).toBe(true);
      const backends = childrenOf(pid);
      expect(backends.length).toBeGreaterThan(0);
      if (end === 'exit') child.stdin.end();
      else child.kill(end);
      // The workspace goes last, after the servers in it.
      const workspace = path.dirname(path.dirname(dataDirectory));
      while (fs.existsSync(workspace)) await new Promise((resolve) => setTimeout(resolve, 10));
      for (const gone of [pid, ...backends]) expect(() => process.kill(gone, 0)).toThrow('ESRCH');
    },
  );
});
