/** Processes and workers with a live probe in every phase: their end waits for nothing and leaves nothing behind. */
import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { loadProbe } from '../../lib/addon/loader';
import { PostgresCluster, TcpProxy } from '../support';

const loaded = loadProbe();
const addon = loaded.kind ? path.resolve(__dirname, '..', '..', loaded.from) : '';
const support = path.join(__dirname, 'support');

/** Whatever waits for the probe waits longer than any limit here. */
const kNever = 3_600_000;
const kLimit = 20_000;
const kTiming = { intervalMs: kNever, downIntervalMs: 20, timeoutMs: kNever, seed: 1 };

interface Ended {
  readonly output: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function run(script: string, wish: object, env: NodeJS.ProcessEnv = {}, limit = kLimit): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [path.join(support, script), JSON.stringify(wish)],
      { env: { ...process.env, ...env }, timeout: limit, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ output: stdout + stderr, code: child.exitCode, signal: child.signalCode }),
    );
  });
}

describe('the end of a process', () => {
  let cluster: PostgresCluster;
  let proxy: TcpProxy;
  let resolver: string;
  let dir: string;

  beforeAll(async () => {
    cluster = await PostgresCluster.start();
    proxy = await TcpProxy.start({ target: { port: cluster.port } });
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'probe-exit-'));
    resolver = path.join(dir, 'slow_resolver.so');
    execFileSync('cc', ['-shared', '-fPIC', '-o', resolver, path.join(support, 'slow_resolver.c'), '-ldl']);
  });
  afterEach(() => cluster.thaw());
  afterAll(async () => {
    await proxy.dispose();
    await cluster.dispose();
    fs.rmSync(dir, { recursive: true, force: true });
  });

  const hows = ['drain', 'exit', 'throw', 'worker', 'terminate'] as const;

  /** `failed`: the child ends by an error that it throws itself. */
  async function endsInAllWays(wish: object, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const ends = await Promise.all(hows.map((how) => run('exit_child.cjs', { addon, how, ...wish }, env)));
    const summary = hows.map((how, i) => ({ how, code: ends[i]?.code, signal: ends[i]?.signal }));
    expect(summary).toEqual(hows.map((how) => ({ how, code: how === 'throw' ? 1 : 0, signal: null })));
    hows.forEach((how, i) => {
      if (how === 'throw') expect(ends[i]?.output).toContain('on purpose');
      if (how !== 'terminate') expect(ends[i]?.output).toContain('done');
    });
  }

  test('while nobody answers at all', async () => {
    proxy.swallow({ newConnections: 'ignore' });
    try {
      const options = { ...kTiming, url: cluster.url({ port: proxy.port }) };
      await endsInAllWays({ options, search: true, await: 'nothing' });
    } finally {
      await proxy.pass();
    }
  });

  test('while a server accepts and says nothing', async () => {
    const sockets: net.Socket[] = [];
    const mute = net.createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as net.AddressInfo;
    try {
      const options = { ...kTiming, url: cluster.url({ port }) };
      await endsInAllWays({ options, search: true, await: 'nothing' });
      expect(sockets.length).toBeGreaterThanOrEqual(hows.length - 1);
    } finally {
      for (const socket of sockets) socket.destroy();
      mute.close();
    }
  });

  test('between two looks', async () => {
    await endsInAllWays({ options: { ...kTiming, url: cluster.url() }, search: true, await: 'result' });
  });

  test('while nothing listens', async () => {
    const url = cluster.url({ port: 1 });
    await endsInAllWays({ options: { ...kTiming, url }, search: true, await: 'result' });
  });

  test('while the server is frozen', async () => {
    await cluster.freeze();
    await endsInAllWays({ options: { ...kTiming, url: cluster.url() }, search: true, await: 'nothing' });
  });

  test('with a standing connection', async () => {
    const options = { ...kTiming, url: cluster.url(), sentinel: true };
    await endsInAllWays({ options, search: false, await: 'result' });
  });

  test('while a name server does not answer', async () => {
    const options = { ...kTiming, url: cluster.url({ host: 'db.example' }) };
    await endsInAllWays({ options, search: true, await: 'nothing' }, { LD_PRELOAD: resolver });
  });

  test('a hundred workers terminated at random moments leave nothing behind', async () => {
    const urls = [
      cluster.url(),
      cluster.url({ port: 1 }),
      cluster.url({ params: { application_name: 'another' } }),
      cluster.url({ host: 'no.such.host.invalid' }),
    ];
    const wish = { addon, urls, rounds: { warmUp: 30, counted: 100 }, seed: 20240607 };
    const { output, code } = await run('workers_child.cjs', wish, {}, 50_000);
    expect({ output, code }).toMatchObject({ code: 0 });
    const { before, after } = JSON.parse(output) as Record<'before' | 'after', Record<string, number>>;
    expect(after.threads).toBeLessThanOrEqual(before.threads ?? 0);
    expect(after).toMatchObject({ sockets: before.sockets, pipes: before.pipes });
    expect((after.rssMiB ?? 0) - (before.rssMiB ?? 0)).toBeLessThan(48);
    expect(await cluster.settledConnections(0)).toBe(0);
  });
});
