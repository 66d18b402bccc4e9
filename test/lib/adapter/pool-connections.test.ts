import { EventEmitter } from 'node:events';
import { AdapterRequest } from '../../../lib/adapter/adapter-request';
import { destroySocket } from '../../../lib/adapter/pool-client';
import { PoolConnections } from '../../../lib/adapter/pool-connections';
import { AdapterLease } from '../../../lib/adapter/adapter-lease';
import { FakeAdapter, settled } from './fake-adapter';

class FakeSocket extends EventEmitter {
  destroyed = false;
  bytesRead = 0;

  destroy(): void {
    this.destroyed = true;
  }
}

class FakeClient extends EventEmitter {
  readonly stream = new FakeSocket();
  readonly connection = { stream: this.stream };
  _queryable = true;
  _ending = false;
  _connected = true;
  query = jest.fn();
  release = jest.fn();
}

type Callback = (error: unknown, client?: FakeClient, release?: unknown) => void;

/** As pg's: with a callback or a promise, at once or whenever `serve` is called. */
class FakePool extends EventEmitter {
  _clients: FakeClient[] = [];
  readonly waiting: Callback[] = [];
  _pendingQueue?: Callback[];

  connect(callback?: Callback): Promise<FakeClient> | undefined {
    if (callback) {
      this.waiting.push(callback);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.waiting.push((error, client) => (error ? reject(error) : resolve(client!)));
    });
  }

  open(): FakeClient {
    const client = new FakeClient();
    this._clients.push(client);
    return client;
  }

  serve(client = this.open()): FakeClient {
    this.emit('connect', client);
    this.waiting.shift()!(undefined, client);
    return client;
  }
}

function request(): AdapterRequest {
  return new AdapterRequest('execute', 'UPDATE t', false);
}

function begun(connections: PoolConnections, work = request()): AdapterRequest {
  work.begins(0, 'statement', connections !== undefined);
  return work;
}

test.each([[undefined], [{}], [{ connect: () => undefined, on: () => undefined }], ['pool']])(
  '%p shows nothing',
  (driver) => {
    expect(PoolConnections.of(driver)).toBeUndefined();
  },
);

test.each(['callback', 'promise'])(
  'a connection asked for by %s is known to the work it was asked for',
  async (way) => {
    const pool = new FakePool();
    const connections = PoolConnections.of(pool)!;
    const work = begun(connections);
    const got = jest.fn();
    connections.during(work, () => (way === 'callback' ? pool.connect(got) : void pool.connect()!.then(got)));
    expect(work).toMatchObject({ phase: 'acquire', sentAt: 0, connection: undefined });
    const client = pool.serve();
    await settled();
    expect(got).toHaveBeenCalled();
    expect(work.phase).toBe('statement');
    expect(work.connection).toBe(client);
    expect(work.sentAt).toBeGreaterThan(0);
  },
);

test('whoever asks outside of guarded work is not listened to', () => {
  const pool = new FakePool();
  const connections = PoolConnections.of(pool)!;
  PoolConnections.of(pool);
  const work = begun(connections);
  connections.during(work, () => undefined);
  const got = jest.fn();
  pool.connect(got);
  const client = pool.serve();
  expect(got).toHaveBeenCalledWith(undefined, client);
  expect(work.phase).toBe('acquire');
});

test('a failure to connect stays what it was', async () => {
  const pool = new FakePool();
  const connections = PoolConnections.of(pool)!;
  const refused = new Error('refused');
  const work = begun(connections);
  const got = connections.during(work, () => pool.connect()!);
  pool.waiting.shift()!(refused);
  await expect(got).rejects.toBe(refused);
  expect(work.phase).toBe('acquire');
});

test('a connection that is being opened for the work can be given up', () => {
  const pool = new FakePool();
  const connect = pool.connect.bind(pool);
  pool.connect = (callback) => {
    pool.open();
    return connect(callback);
  };
  const connections = PoolConnections.of(pool)!;
  const work = begun(connections);
  connections.during(work, () => pool.connect(jest.fn()));
  expect(work.connection).toBe(pool._clients[0]);
  expect(work.abandon()).toBe(true);
  expect(pool._clients[0].stream.destroyed).toBe(true);
  expect(work.phase).toBe('acquire');
});

test('work that was given up while it waited sends nothing when it gets its connection, even if it was taken again', async () => {
  const pool = new FakePool();
  const connections = PoolConnections.of(pool)!;
  const work = begun(connections);
  const first = work.abandonable(connections.during(work, () => pool.connect()!));
  expect(work.abandon()).toBe(true);
  await expect(first).rejects.toMatchObject({ cause: { kind: 'ConnectionClosed' } });

  begun(connections, work);
  connections.during(work, () => pool.connect(jest.fn()));
  const late = pool.serve();
  await settled();
  expect(late.release).toHaveBeenCalledTimes(1);
  expect(work).toMatchObject({ phase: 'acquire', connection: undefined });
  const own = pool.serve();
  expect(work).toMatchObject({ phase: 'statement', connection: own });
  expect(own.release).not.toHaveBeenCalled();
});

test('work that waits in the queue is told at once when it is given up, and only then', () => {
  const pool = new FakePool();
  const connections = PoolConnections.of(pool)!;
  const work = begun(connections);
  const told = [jest.fn(), jest.fn()];
  for (const callback of told) connections.during(work, () => pool.connect(callback));
  expect(work.canBeAbandoned).toBe(true);
  expect(work.abandon()).toBe(true);
  const late = [pool.serve(), pool.serve()];
  for (const callback of told) {
    expect(callback.mock.calls).toEqual([
      [expect.objectContaining({ cause: { kind: 'ConnectionClosed' } }), undefined, expect.any(Function)],
    ]);
  }
  expect(work).toMatchObject({ phase: 'acquire', connection: undefined });
  return settled().then(() => late.forEach((client) => expect(client.release).toHaveBeenCalledTimes(1)));
});

test('work that is given up leaves the queue of its pool, which opens connections for all who stand there', () => {
  const pool = new FakePool();
  pool._pendingQueue = pool.waiting;
  const connections = PoolConnections.of(pool)!;
  const works = [1, 2, 3].map(() => begun(connections));
  const told = works.map((work) => {
    const callback = jest.fn();
    connections.during(work, () => pool.connect(callback));
    return callback;
  });
  expect(works[1].abandon()).toBe(true);
  expect(told[1]).toHaveBeenCalledTimes(1);
  expect(pool.waiting).toHaveLength(2);
  const first = pool.serve();
  const third = pool.serve();
  expect(works.map(({ connection }) => connection)).toEqual([first, undefined, third]);
  // It has its connection by now: nobody else's place is taken.
  connections.during(begun(connections), () => pool.connect(jest.fn()));
  expect(works[0].abandon()).toBe(true);
  expect(pool.waiting).toHaveLength(1);
});

test('what has its connection is ended by its connection alone', () => {
  const pool = new FakePool();
  const connections = PoolConnections.of(pool)!;
  const work = begun(connections);
  const told = jest.fn();
  connections.during(work, () => pool.connect(told));
  const client = pool.serve();
  expect(work.abandon()).toBe(true);
  expect(client.stream.destroyed).toBe(true);
  expect(told).toHaveBeenCalledTimes(1);
});

test('thousands that were given up let a connection pass', async () => {
  const pool = new FakePool();
  const connections = PoolConnections.of(pool)!;
  const client = pool.open();
  // As pg's pool does: who waits next is called from within the release.
  client.release.mockImplementation(() => pool.waiting.shift()?.(undefined, client));
  const told = jest.fn();
  for (let i = 0; i < 20_000; ++i) {
    const work = begun(connections);
    connections.during(work, () => pool.connect(told));
    work.abandoned = true;
  }
  pool.waiting.shift()!(undefined, client);
  await settled();
  expect(told).toHaveBeenCalledTimes(20_000);
  expect(told.mock.calls.every(([error]) => error instanceof Error)).toBe(true);
});

test('what is known of a connection: its number for good, its process, when it was ready, what waits to be sent', () => {
  const pool = new FakePool();
  const connections = PoolConnections.of(pool)!;
  const before = performance.now();
  const asking = (): AdapterRequest => {
    const work = begun(connections);
    connections.during(work, () => pool.connect(() => undefined));
    return work;
  };
  const [one, other] = [asking(), asking()];
  const client = pool.serve();
  pool.serve();
  Object.assign(client, { processID: 4711 });
  const facts = one.connectionFacts()!;
  expect(facts).toMatchObject({ opening: false, pid: 4711, sending: false });
  expect(facts.openedAt).toBeGreaterThanOrEqual(before);
  expect(facts.openedAt).toBeLessThanOrEqual(performance.now());
  expect(other.connectionFacts()).toMatchObject({ pid: 0 });
  expect(other.connectionFacts()?.number).not.toBe(facts.number);
  Object.assign(client.stream, { writableLength: 7 });
  Object.assign(client, { _connected: false });
  expect(one.connectionFacts()).toEqual({ ...facts, sending: true, opening: true });
  expect(connections.backends()).toEqual([4711]);
  expect(request().connectionFacts()).toBeUndefined();
});

test('a connection that was there before us has a beginning that nobody saw', () => {
  const pool = new FakePool();
  const client = pool.open();
  const connections = PoolConnections.of(pool)!;
  const work = begun(connections);
  connections.during(work, () => pool.connect(() => undefined));
  pool.waiting.shift()!(undefined, client);
  expect(work.connectionFacts()).toMatchObject({ openedAt: 0 });
});

test('connections that the pool opens for who waits in its queue are seen, and can be given up', () => {
  const pool = new FakePool();
  const adapter = Object.assign(new FakeAdapter(), { underlyingDriver: () => pool });
  const lease = new AdapterLease(adapter, 3);
  pool.open();
  expect(lease.opening()).toEqual([]);
  const client = Object.assign(pool.open(), { _connected: false });
  const [opening] = lease.opening();
  expect(opening).toMatchObject({ kind: 'connect', phase: 'acquire', epoch: 3 });
  expect(opening.bytesRead()).toBe(0);
  expect(lease.opening()[0]).toBe(opening);
  opening.abandon();
  expect(client.stream.destroyed).toBe(true);
  expect(lease.opening()).toEqual([]);
});

test('nothing is sent on a connection that is broken already', () => {
  const pool = new FakePool();
  const connections = PoolConnections.of(pool)!;
  const work = begun(connections);
  connections.during(work, () => pool.connect(jest.fn()));
  const broken = pool.open();
  broken.stream.destroyed = true;
  pool.serve(broken);
  expect(work.phase).toBe('acquire');
  expect(work.outcome()).toBe('not-applied');
});

test('errors of connections and pools that nobody listens to end no process', () => {
  const pool = new FakePool();
  const old = pool.open();
  const connections = PoolConnections.of(pool)!;
  connections.during(begun(connections), () => pool.connect(jest.fn()));
  const fresh = pool.serve();
  for (const emitter of [pool, old, fresh]) expect(emitter.emit('error', new Error('gone'))).toBe(true);
});

describe('destroySocket', () => {
  test('resolves when the driver has noticed', async () => {
    const client = new FakeClient();
    let noticed = false;
    const destroying = destroySocket(client).then(() => (noticed = true));
    expect(client.stream.destroyed).toBe(true);
    await settled();
    expect(noticed).toBe(false);
    client.stream.emit('close');
    await destroying;
  });

  test.each([{ _queryable: false }, { _ending: true }])('at once where it has: %p', async (state) => {
    await destroySocket(Object.assign(new FakeClient(), state));
  });

  test('and where there is none', async () => {
    await destroySocket({ query: jest.fn(), on: jest.fn(), release: jest.fn() });
  });
});
