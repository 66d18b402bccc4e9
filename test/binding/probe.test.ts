/** The probe as JavaScript sees it, on a real server. */
import * as net from 'node:net';
import type { ActivityAnswer } from '../../lib/native';
import { createProbe } from '../../lib/native-probe';
import { PostgresCluster } from '../support';
import {
  ProbeTrigger,
  ProbeVerdict,
  ProbeWatch,
  ServerRole,
  addon,
  isDown,
  isUp,
  kTiming,
  lookAt,
} from './support/probe_watch';

const kCanary = 'hunter2canary';

describe('a probe', () => {
  let cluster: PostgresCluster;
  const watches: ProbeWatch[] = [];
  const watch = (...args: ConstructorParameters<typeof ProbeWatch>): ProbeWatch => {
    const made = new ProbeWatch(...args);
    watches.push(made);
    return made;
  };

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ password: kCanary });
  });
  afterEach(() => {
    for (const made of watches.splice(0)) made.close();
    expect(addon.activeDatabases()).toBe(0);
  });
  afterAll(() => cluster.dispose());

  test('says what the server is', async () => {
    const result = await watch({ target: { url: cluster.url() } }).look(7);
    expect(result).toMatchObject({
      verdict: ProbeVerdict.up,
      role: ServerRole.primary,
      trigger: ProbeTrigger.onDemand,
      readOnly: false,
      everUp: true,
      epoch: 7,
      host: '127.0.0.1',
      port: cluster.port,
      code: '',
      message: '',
    });
    expect(Math.floor(result.serverVersion / 10_000)).toBe(cluster.binaries.major);
    expect(result.latencyMs).toBeGreaterThan(0);
  });

  test('says what connections do, and takes numbers that are no process for nobody', async () => {
    const answers: ActivityAnswer[] = [];
    const { probe } = createProbe(
      { target: { url: cluster.url() }, ...kTiming },
      () => undefined,
      (question, activity) => answers.push({ question, activity }),
    );
    const nobodies = [-7, 0, NaN, Infinity, 2 ** 40, 'x', null, {}, undefined] as number[];
    probe?.activity(1, nobodies, 0);
    probe?.activity(2, [], 0);
    while (answers.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(answers.map(({ question }) => question)).toEqual([1, 2]);
    expect(answers[0].activity).toMatchObject({ known: true, backends: [], code: '' });
    expect(() => probe?.activity(3, 'none' as never, 0)).toThrow('pids must be an array, and is a string');
    expect(() => probe?.activity('3' as never, [], 0)).toThrow('question must be a whole number');
    probe?.close();
    probe?.activity(4, [], 0);
  });

  test('takes parameters that are apart as well', async () => {
    const parameters = {
      host: '127.0.0.1',
      port: String(cluster.port),
      user: 'app',
      password: kCanary,
      database: 'app',
    };
    expect(await watch({ target: { parameters } }).look()).toMatchObject({ verdict: ProbeVerdict.up, code: '' });
  });

  test('a server that refuses us is up', async () => {
    const rows = [
      { url: cluster.url({ password: 'wrong' }), code: '28P01' },
      { url: cluster.url({ database: 'absent' }), code: '3D000' },
    ];
    for (const { url, code } of rows) {
      expect(await lookAt(url)).toMatchObject({ verdict: ProbeVerdict.up, role: ServerRole.unknown, code });
    }
  });

  test('a server with no connection left is up', async () => {
    await cluster.fillSlots();
    try {
      expect(await lookAt(cluster.url())).toMatchObject({ verdict: ProbeVerdict.up, code: '53300' });
    } finally {
      await cluster.releaseSlots();
    }
  });

  test('sees a stop and the return', async () => {
    const looking = watch({ target: { url: cluster.url() } });
    looking.probe.start(3);
    expect(await looking.next(isUp)).toMatchObject({ epoch: 3, trigger: ProbeTrigger.schedule });
    await cluster.stop('immediate');
    expect(await looking.next(isDown)).toMatchObject({ everUp: true });
    await cluster.start();
    await looking.next(isUp);
  });

  test('a sentinel sees the end of the server before anything is asked', async () => {
    const standing = watch({ target: { url: cluster.url() }, sentinel: true, intervalMs: 600_000 });
    expect(await standing.next()).toMatchObject({ verdict: ProbeVerdict.up, trigger: ProbeTrigger.sentinel });
    await cluster.stop('fast');
    expect(await standing.next()).toMatchObject({ verdict: ProbeVerdict.inconclusive, code: '57P01' });
    await standing.next(isDown);
    await cluster.start();
    await standing.next(isUp);
  });

  test('probes of one database are one', async () => {
    const one = watch({ target: { url: cluster.url() } });
    const two = watch({ target: { url: cluster.url({ params: { connection_limit: '3', schema: 'public' } }) } });
    expect(addon.activeDatabases()).toBe(1);
    const [first, second] = await Promise.all([one.look(1), two.look(2)]);
    expect([first.epoch, second.epoch]).toEqual([1, 2]);
    one.close();
    one.close();
    expect(await two.look(3)).toMatchObject({ epoch: 3, verdict: ProbeVerdict.up });
  });

  test('nothing comes after close, and a closed probe can be asked without harm', async () => {
    const closed = watch({ target: { url: cluster.url() } });
    closed.probe.start(1);
    await closed.next(isUp);
    closed.probe.now(2);
    closed.close();
    const { length } = closed.results;
    closed.probe.start(3);
    closed.probe.now(4);
    closed.probe.stop();
    await watch({ target: { url: cluster.url() } }).look();
    expect(closed.results).toHaveLength(length);
  });

  test('a loop that stands still misses old results rather than new ones', async () => {
    const looking = watch({ target: { url: cluster.url() }, intervalMs: 1 });
    looking.probe.start(1);
    await looking.next(isUp);
    const before = looking.results.length;
    const end = performance.now() + 500;
    while (performance.now() < end);
    looking.probe.stop();
    looking.probe.now(2);
    await looking.next((result) => result.epoch === 2);
    expect(looking.results.length - before).toBeLessThanOrEqual(64 + 2);
  });

  test('the loop monitor tells a stall from an outage', async () => {
    const monitor = new addon.NativeLoopMonitor(10, 20);
    expect(monitor.stalledFor()).toBe(0);
    monitor.beat();
    const end = performance.now() + 200;
    while (performance.now() < end);
    expect(monitor.stalledFor()).toBeGreaterThan(100);
    expect(monitor.stalledWithin(100)).toBeGreaterThan(50);
    monitor.beat();
    expect(monitor.stalledFor()).toBe(0);
    expect(monitor.stalledWithin(60_000)).toBeGreaterThan(100);
    monitor.rest();
    const looking = watch({ target: { url: cluster.url() }, monitor });
    expect(await looking.look()).toMatchObject({ loopStallMs: 0 });
  });

  test('TCP alone is enough for other databases', async () => {
    const handshake = `\x0a11.4.2-MariaDB\0thrdscramble\0ca`;
    const server = net.createServer((socket) =>
      socket.end(`${String.fromCharCode(handshake.length)}\0\0\0${handshake}`),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const target = { tcp: { host: 'localhost', port, awaitsGreeting: true } };
    expect(await watch({ target }).look()).toMatchObject({ verdict: ProbeVerdict.up, serverVersion: 110_402 });
    await new Promise((resolve) => server.close(resolve));
    expect(await watch({ target }).look()).toMatchObject({ verdict: ProbeVerdict.down, code: 'ECONNREFUSED' });
  });

  test('malformed options are told, without quoting them', () => {
    const urls = [
      `mysql://u:${kCanary}@db`,
      `postgres://u:${kCanary}@db:port`,
      `postgres://u:${kCanary}@[::1`,
      `postgres://u:${kCanary}%00@db`,
      kCanary,
      '',
    ];
    for (const url of urls) {
      const opened = createProbe({ ...kTiming, target: { url } }, () => undefined);
      expect(opened.probe).toBeUndefined();
      expect('reason' in opened && opened.reason).toBeTruthy();
      expect(JSON.stringify(opened)).not.toContain(kCanary);
    }
    const wrong: object[] = [
      { target: {} },
      { target: { parameters: { port: 5 } } },
      { target: { tcp: { host: 5, port: 1 } } },
      { target: { tcp: { host: 'h\0', port: 1 } } },
      { target: { tcp: { host: 'h', port: 70_000 } } },
      { target: { url: 'postgres://db' }, intervalMs: 0 },
      { target: { url: 'postgres://db' }, timeoutMs: Number.NaN },
      { target: { url: 'postgres://db' }, seed: -1 },
    ];
    for (const options of wrong) {
      const merged = { ...kTiming, ...options } as Parameters<typeof createProbe>[0];
      expect(createProbe(merged, () => undefined).probe).toBeUndefined();
    }
    const throwing = new Proxy(
      {},
      {
        get: () => {
          throw new Error('from a getter');
        },
        ownKeys: () => {
          throw new Error('from a trap');
        },
      },
    );
    const { NativeProbe } = addon;
    expect(() => new NativeProbe(throwing as never, () => undefined)).toThrow('from a getter');
    expect(() => new NativeProbe({ ...kTiming, seed: 1, parameters: throwing as never }, () => undefined)).toThrow(
      'from a trap',
    );
    expect(() => new NativeProbe({ ...kTiming, seed: 1 }, undefined as never)).toThrow('onItems must be a function');
    expect(() => Reflect.apply(NativeProbe.prototype.start as () => void, {}, [1])).toThrow();
  });

  test('the password appears nowhere', async () => {
    const spoken: string[] = [];
    const text = `wrong: postgres://u:${kCanary}@db password=${kCanary}`;
    const fields = Buffer.from(`SFATAL\0VFATAL\0C28P01\0M${text}\0\0`);
    const head = Buffer.from('E\0\0\0\0');
    head.writeInt32BE(fields.length + 4, 1);
    const liar = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.concat([head, fields])));
    });
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
    const liarPort = (liar.address() as net.AddressInfo).port;
    const closedPort = await closedPortNumber();
    const urls = [
      cluster.url(),
      cluster.url({ database: 'absent' }),
      cluster.url({ user: 'absent' }),
      cluster.url({ port: closedPort }),
      cluster.url({ port: liarPort, params: { sslmode: 'disable' } }),
      cluster.url({ host: 'no.such.host.invalid' }),
      cluster.url({ params: { sslmode: 'verify-full' } }),
      cluster.url({ params: { channel_binding: 'require' } }),
    ];
    const streams = [process.stdout, process.stderr] as const;
    const spies = streams.map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation((chunk) => {
        spoken.push(String(chunk));
        return true;
      }),
    );
    try {
      for (const url of urls) {
        const result = await lookAt(url);
        spoken.push(JSON.stringify(result));
      }
    } finally {
      for (const spy of spies) spy.mockRestore();
      await new Promise((resolve) => liar.close(resolve));
    }
    expect(spoken.length).toBeGreaterThanOrEqual(urls.length);
    expect(spoken.join('\n')).toContain('wrong: ');
    expect(spoken.join('\n')).not.toContain(kCanary);
  });
});

async function closedPortNumber(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
