import { Client } from 'pg';
import { PgBouncer } from './pgbouncer';
import { PostgresCluster } from './postgres';

let cluster: PostgresCluster;
let bouncer: PgBouncer;

async function connect(url = bouncer.url()): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const backendOf = async (client: Client): Promise<unknown> =>
  (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;

async function failureOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'succeeded',
    (error: Error) => error.message,
  );
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function untilSomebodyWaits(): Promise<void> {
  while (!(await bouncer.admin('SHOW POOLS')).some((pool) => Number(pool.cl_waiting) > 0)) await pause(2);
}

afterEach(async () => {
  await bouncer?.dispose();
  await cluster?.dispose();
});

test('transaction mode: clients share a server connection between their transactions', async () => {
  cluster = await PostgresCluster.start();
  bouncer = await PgBouncer.start({ target: cluster, settings: { default_pool_size: '1' } });
  const [a, b] = await Promise.all([connect(), connect()]);
  expect(await backendOf(a)).toBe(await backendOf(b));
  expect(await cluster.connectionCount()).toBe(1);
  await a.query('BEGIN');
  let answered = false;
  const waiting = b.query('SELECT 1').then(() => {
    answered = true;
  });
  const waits = async (): Promise<boolean> =>
    (await bouncer.admin('SHOW POOLS')).some((pool) => Number(pool.cl_waiting) > 0);
  while (!(await waits()));
  expect(answered).toBe(false);
  await a.query('COMMIT');
  await waiting;
  await Promise.all([a.end(), b.end()]);
});

test('session mode keeps them apart', async () => {
  cluster = await PostgresCluster.start();
  bouncer = await PgBouncer.start({ target: cluster, poolMode: 'session' });
  const [a, b] = await Promise.all([connect(), connect()]);
  expect(await backendOf(a)).not.toBe(await backendOf(b));
  await Promise.all([a.end(), b.end()]);
});

test('while its server is down, those who come first wait and the rest is refused, until server_login_retry has passed', async () => {
  cluster = await PostgresCluster.start();
  bouncer = await PgBouncer.start({ target: cluster, serverLoginRetry: 0.2 });
  await (await connect()).end();
  await cluster.stop('immediate');
  const attempt = (): Promise<string> =>
    failureOf(connect().then(async (client) => backendOf(client).then(() => client.end())));
  const first = attempt();
  await untilSomebodyWaits();
  let refusal = '';
  while (refusal === '') {
    attempt().then((message) => {
      refusal = message;
    });
    await pause(20);
  }
  expect(refusal).toBe('server login has been failing, try again later (server_login_retry)');
  await cluster.start();
  expect(await first).toBe('succeeded');
  expect(await attempt()).toBe('succeeded');
});

test('starts without its server', async () => {
  cluster = await PostgresCluster.start();
  await cluster.stop();
  bouncer = await PgBouncer.start({ target: cluster, serverLoginRetry: 0.1 });
  await cluster.start();
  const client = await connect();
  expect(await backendOf(client)).toBeGreaterThan(0);
  await client.end();
});

test('comes back on its port, and can be frozen', async () => {
  cluster = await PostgresCluster.start();
  bouncer = await PgBouncer.start({ target: cluster });
  const { port } = bouncer;
  const client = await connect();
  bouncer.freeze();
  const query = client.query('SELECT 1 AS one');
  const late = new Client({ connectionString: bouncer.url(), connectionTimeoutMillis: 100 });
  expect(await failureOf(late.connect())).toContain('timeout');
  bouncer.thaw();
  expect((await query).rows).toEqual([{ one: 1 }]);
  await bouncer.stop();
  expect(await failureOf(connect())).toContain('ECONNREFUSED');
  await bouncer.start();
  expect(bouncer.port).toBe(port);
  const again = await connect();
  await again.end();
});

test('sends its clients to another server when told to', async () => {
  cluster = await PostgresCluster.start();
  const other = await PostgresCluster.start();
  try {
    bouncer = await PgBouncer.start({ target: cluster });
    const client = await connect();
    await backendOf(client);
    await bouncer.configure({ target: other });
    const portOf = async (): Promise<unknown> => (await client.query('SHOW port')).rows[0].port;
    while ((await portOf()) !== String(other.port));
    await client.end();
  } finally {
    await other.dispose();
  }
});

test('asks for the password where one is set', async () => {
  const password = 'p"w@1';
  cluster = await PostgresCluster.start({ password });
  bouncer = await PgBouncer.start({ target: cluster, password });
  expect(await failureOf(connect(bouncer.url({ password: 'wrong' })))).not.toBe('succeeded');
  const client = await connect();
  expect(await backendOf(client)).toBeGreaterThan(0);
  await client.end();
});
