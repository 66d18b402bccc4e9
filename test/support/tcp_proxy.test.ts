import * as net from 'node:net';
import { Client, type QueryConfig } from 'pg';
import { PostgresCluster } from './postgres';
import { TcpProxy } from './tcp_proxy';

let cluster: PostgresCluster;
let proxy: TcpProxy;
let clients: Client[] = [];

beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await cluster.query('CREATE TABLE t (token text); GRANT ALL ON t TO app');
});
beforeEach(async () => {
  proxy = await TcpProxy.start({ target: cluster });
});
afterEach(async () => {
  for (const client of clients) client.end().catch(() => undefined);
  clients = [];
  await proxy.dispose();
});
afterAll(() => cluster.dispose());

async function connect(options: { connectionTimeoutMillis?: number } = {}): Promise<Client> {
  const client = new Client({ connectionString: proxy.via(cluster.url()), ...options });
  client.on('error', () => undefined);
  clients.push(client);
  await client.connect();
  return client;
}

async function one(client: Client): Promise<unknown> {
  return (await client.query('SELECT 1 AS one')).rows[0].one;
}

function failureOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'succeeded',
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}

/** Whether it is still pending once the event loop and the server have had every chance: another query went through. */
async function isHanging(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  promise.then(note, note);
  for (let i = 0; i < 5; i += 1) await cluster.query('SELECT pg_sleep(0.01)');
  return !settled;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}

const rowsOf = async (token: string): Promise<number> =>
  (await cluster.query<{ n: number }>('SELECT count(*)::int AS n FROM t WHERE token = $1', [token]))[0]?.n ?? -1;

describe('the whole network', () => {
  test('passes', async () => {
    const client = await connect();
    expect(await one(client)).toBe(1);
    const big = await client.query("SELECT repeat('x', 5000000) AS big");
    expect(big.rows[0].big).toHaveLength(5_000_000);
    await client.end();
    await until(() => proxy.counters().open === 0);
    expect(proxy.counters()).toMatchObject({ open: 0, ghosts: 0, total: 1 });
  });

  test('delays by at least what it is told', async () => {
    const client = await connect();
    await proxy.delay(60);
    const before = performance.now();
    await one(client);
    expect(performance.now() - before).toBeGreaterThanOrEqual(119);
    await proxy.pass();
  });

  test('throttles what one side sends', async () => {
    const client = await connect();
    await proxy.throttle(100_000, { from: 'server' });
    const before = performance.now();
    await client.query("SELECT repeat('x', 30000)");
    expect(performance.now() - before).toBeGreaterThanOrEqual(280);
  });

  test('a slow transfer is not slow any more once the network is well', async () => {
    const client = await connect();
    await proxy.throttle(1, { from: 'server' });
    const query = one(client);
    expect(await isHanging(query)).toBe(true);
    await proxy.pass();
    expect(await query).toBe(1);
  });

  test('stalls: queries hang and are answered when it passes again', async () => {
    const client = await connect();
    await proxy.stall();
    const query = one(client);
    const connecting = connect();
    expect(await isHanging(Promise.race([query, connecting]))).toBe(true);
    await proxy.pass();
    expect(await query).toBe(1);
    expect(await one(await connecting)).toBe(1);
  });

  test('swallows: what was sent never arrives, idle connections survive', async () => {
    const [busy, idle] = await Promise.all([connect(), connect()]);
    await proxy.swallow();
    const query = busy.query("INSERT INTO t VALUES ('swallowed')");
    const connecting = connect();
    expect(await isHanging(Promise.race([query, connecting]))).toBe(true);
    await proxy.pass();
    expect(await one(idle)).toBe(1);
    expect(await isHanging(Promise.race([query, connecting]))).toBe(true);
    expect(await rowsOf('swallowed')).toBe(0);
    query.catch(() => undefined);
    connecting.catch(() => undefined);
  });

  test('swallows answers alone: the statement runs', async () => {
    const client = await connect();
    await proxy.swallow({ from: 'server' });
    const query = client.query("INSERT INTO t VALUES ('unanswered')");
    await until(async () => (await rowsOf('unanswered')) === 1);
    expect(await isHanging(query)).toBe(true);
    query.catch(() => undefined);
  });

  test('a forgetful firewall resets the connections that lost something', async () => {
    const client = await connect();
    await proxy.swallow({ afterwards: 'reset' });
    const query = failureOf(one(client));
    await isHanging(query);
    await proxy.pass();
    client.connection.stream.write(Buffer.from([0]));
    expect(await query).toBe('ECONNRESET');
  });

  test('a client that gives up in a black hole leaves a ghost until the network is back', async () => {
    const client = await connect();
    await client.query("BEGIN; INSERT INTO t VALUES ('ghost')");
    await proxy.swallow();
    client.connection.stream.destroy();
    await until(() => proxy.counters().ghosts === 1);
    expect(await cluster.connectionCount("state = 'idle in transaction'")).toBe(1);
    await proxy.pass();
    await until(async () => (await cluster.connectionCount()) === 0);
    await until(() => proxy.counters().ghosts === 0);
    expect(proxy.counters().open).toBe(0);
  });

  test('connecting hangs, and gets through when the network is back', async () => {
    await proxy.swallow({ newConnections: 'ignore' });
    const socket = net.connect(proxy.port, proxy.host);
    const connected = new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('error', reject);
    });
    expect(await isHanging(connected)).toBe(true);
    expect(await failureOf(connect({ connectionTimeoutMillis: 50 }))).toMatch('timeout');
    await proxy.pass();
    await connected;
    socket.destroy();
    expect(await one(await connect())).toBe(1);
  });

  test('resets what is open, and what opens while told to', async () => {
    const client = await connect();
    const query = failureOf(client.query('SELECT pg_sleep(60)'));
    await until(async () => (await cluster.connectionCount("state = 'active'")) === 1);
    expect(await proxy.reset({ newConnections: true })).toBe(1);
    expect(await query).toBe('ECONNRESET');
    expect(await failureOf(connect())).toBe('ECONNRESET');
    await proxy.pass();
    expect(await one(await connect())).toBe(1);
  });

  test('refuses, and keeps its port', async () => {
    const client = await connect();
    await proxy.refuse();
    expect(await failureOf(connect())).toBe('ECONNREFUSED');
    expect(await one(client)).toBe(1);
    await proxy.pass();
    expect(await one(await connect())).toBe(1);
  });

  test('hands new connections to another server', async () => {
    const other = await PostgresCluster.start();
    try {
      proxy.retarget(other);
      const client = await connect();
      expect(await other.connectionCount()).toBe(1);
      await client.end();
    } finally {
      await other.dispose();
    }
  });
});

describe('cuts', () => {
  test('at a byte, counted on each connection', async () => {
    const client = await connect();
    const rule = proxy.cutAtByte({ from: 'server', afterBytes: 10_000, then: 'close' });
    expect(await one(client)).toBe(1);
    const received: number[] = [];
    client.connection.stream.on('data', (bytes: Buffer) => received.push(bytes.length));
    expect(await failureOf(client.query("SELECT repeat('x', 20000)"))).toBe('Connection terminated unexpectedly');
    const first = 10_000 - received.reduce((sum, length) => sum + length, 0);
    // What "SELECT 1" had answered before we listened makes up the difference.
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(200);
    expect(rule.hits).toBe(1);
    expect(await one(await connect())).toBe(1);
  });

  test('an acknowledgement is lost after the commit', async () => {
    const client = await connect();
    const rule = proxy.loseAcknowledgements({ times: 1 });
    await client.query('BEGIN');
    await client.query("INSERT INTO t VALUES ('acked')");
    expect(rule.hits).toBe(0);
    expect(await failureOf(client.query('COMMIT'))).toBe('ECONNRESET');
    expect(rule.hits).toBe(1);
    expect(await rowsOf('acked')).toBe(1);
  });

  test.each([
    ['simple', (client: Client, token: string) => client.query(`INSERT INTO t VALUES ('${token}')`)],
    ['extended', (client: Client, token: string) => client.query('INSERT INTO t VALUES ($1)', [token])],
  ])('a single write is committed when its acknowledgement is lost, %s protocol', async (protocol, insert) => {
    proxy.loseAcknowledgements({ then: 'close' });
    for (let i = 0; i < 20; i += 1) {
      const token = `${protocol}-${i}`;
      expect(await failureOf(insert(await connect(), token))).toBe('Connection terminated unexpectedly');
      expect(await rowsOf(token)).toBe(1);
    }
  });

  test('an acknowledgement is not lost before the commit, also where the server answers before it', async () => {
    const { connection } = await connect();
    // Nobody awaits these answers.
    connection.stream.removeAllListeners('data');
    connection.stream.resume();
    const rule = proxy.loseAcknowledgements();
    connection.parse({ name: '', text: "INSERT INTO t VALUES ('flushed')", types: [] }, true);
    connection.bind({}, true);
    connection.execute({}, true);
    connection.flush();
    await until(() => proxy.counters().messages.server.CommandComplete === 1);
    expect([rule.hits, await rowsOf('flushed')]).toEqual([0, 0]);
    connection.sync();
    await until(() => rule.hits === 1);
    expect(await rowsOf('flushed')).toBe(1);
  });

  test('a write in the message that begins its transaction is none', async () => {
    const client = await connect();
    const rule = proxy.loseAcknowledgements();
    await client.query("BEGIN; INSERT INTO t VALUES ('within')");
    await client.query('ROLLBACK');
    const { connection } = client;
    const { parse } = connection;
    connection.parse = (statement) => {
      connection.parse = parse;
      connection.parse({ name: '', text: 'BEGIN', types: [] }, true);
      connection.bind({}, true);
      connection.execute({}, true);
      connection.parse(statement, true);
    };
    await client.query('INSERT INTO t VALUES ($1)', ['within']);
    expect(rule.hits).toBe(0);
    expect(await failureOf(client.query('COMMIT'))).toBe('ECONNRESET');
    expect(rule.hits).toBe(1);
  });

  test('a cut after a delivered message lets that message through', async () => {
    const client = await connect();
    proxy.cutAfter({ message: 'ReadyForQuery', sql: /pg_backend_pid/, then: 'close' });
    expect(await one(client)).toBe(1);
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
    expect((await client.query('SELECT pg_backend_pid() AS pid')).rows).toHaveLength(1);
    await ended;
  });

  test('after the COMMIT is sent, all is swallowed and the row is there', async () => {
    const client = await connect();
    proxy.swallowAfterCommit({ times: 1 });
    await client.query("BEGIN; INSERT INTO t VALUES ('sent')");
    const commit = client.query('COMMIT');
    await until(async () => (await rowsOf('sent')) === 1);
    expect(await isHanging(commit)).toBe(true);
    commit.catch(() => undefined);
  });

  test('a swallowed COMMIT leaves a ghost with its locks, extended protocol', async () => {
    const client = await connect();
    proxy.swallowAfterCommit({ times: 1, drop: true });
    await client.query("BEGIN; INSERT INTO t VALUES ('unsent')");
    const commit = client.query({ text: 'COMMIT', queryMode: 'extended' } as QueryConfig);
    expect(await isHanging(commit)).toBe(true);
    client.connection.stream.destroy();
    await until(() => proxy.counters().ghosts === 1);
    expect(await cluster.connectionCount("state = 'idle in transaction'")).toBe(1);
    expect(await cluster.terminateBackends("state = 'idle in transaction'")).toBe(1);
    expect(await rowsOf('unsent')).toBe(0);
    commit.catch(() => undefined);
  });

  test('a stall keeps the message and all that follows until it passes', async () => {
    const client = await connect();
    proxy.cutAfter({ message: 'CommandComplete', tag: /^INSERT/, drop: true, then: 'stall', times: 1 });
    const query = client.query("INSERT INTO t VALUES ('late')");
    await until(async () => (await rowsOf('late')) === 1);
    expect(await isHanging(query)).toBe(true);
    expect(await one(await connect())).toBe(1);
    await proxy.pass();
    expect((await query).rowCount).toBe(1);
    expect(await one(client)).toBe(1);
  });

  test('probability follows the seed', async () => {
    const struck = async (seed: number): Promise<string> => {
      const seeded = await TcpProxy.start({ target: cluster, seed });
      const rule = seeded.cutAfter({ message: 'CommandComplete', tag: /^INSERT/, drop: true, probability: 0.5 });
      let outcome = '';
      for (let i = 0; i < 16; i += 1) {
        const client = new Client({ connectionString: seeded.via(cluster.url()) });
        client.on('error', () => undefined);
        await client.connect();
        outcome += (await failureOf(client.query("INSERT INTO t VALUES ('dice')"))) === 'succeeded' ? '.' : 'x';
        client.end().catch(() => undefined);
      }
      expect(rule.matches).toBe(16);
      expect(rule.hits).toBe([...outcome].filter((each) => each === 'x').length);
      await seeded.dispose();
      return outcome;
    };
    const first = await struck(7);
    expect(first).toContain('x');
    expect(first).toContain('.');
    expect(await struck(7)).toBe(first);
    expect(await struck(8)).not.toBe(first);
  });

  test('a removed rule strikes no more', async () => {
    const rule = proxy.loseAcknowledgements();
    rule.remove();
    const client = await connect();
    await client.query("INSERT INTO t VALUES ('spared')");
    expect(rule.hits).toBe(0);
  });
});

test('counts round trips and messages on the wire', async () => {
  const client = await connect();
  expect(proxy.counters().roundTrips).toBe(0);
  await client.query('BEGIN');
  await client.query('INSERT INTO t VALUES ($1)', ['counted']);
  await client.query('COMMIT');
  const { roundTrips, messages, bytes } = proxy.counters();
  expect(roundTrips).toBe(3);
  expect(messages.client).toMatchObject({ Startup: 1, Query: 2, Parse: 1, Bind: 1, Execute: 1, Sync: 1 });
  expect(messages.server).toMatchObject({ CommandComplete: 3, ReadyForQuery: 4 });
  expect(bytes.server).toBeGreaterThan(100);
  proxy.resetCounters();
  await one(client);
  expect(proxy.counters().roundTrips).toBe(1);
});

test('carries what is no PostgreSQL untouched', async () => {
  const echo = net.createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', () => resolve()));
  const raw = await TcpProxy.start({ target: { port: (echo.address() as net.AddressInfo).port }, protocol: 'raw' });
  const socket = net.connect(raw.port, raw.host);
  socket.write('hello');
  expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toBe('hello');
  socket.end();
  await new Promise((resolve) => socket.once('close', resolve));
  await raw.dispose();
  await new Promise((resolve) => echo.close(resolve));
});
