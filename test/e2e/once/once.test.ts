/** once(): one piece of work for its key, whatever else happens. */
import { ConfigError, KeyReusedError, ResilientPrismaClient, ResultError, type Stored } from '../../../lib';
import { onceMigration } from '../../../lib/tables/mark-migration';
import type { PrismaClient } from '../../.generated/client-7';
import { PostgresCluster, TcpProxy, createSchema, generatedClient, makeAdapter } from '../../support';

const kHour = { ttlMs: 3_600_000 };

let cluster: PostgresCluster;
let proxy: TcpProxy;
let resilient: ResilientPrismaClient<PrismaClient>;
let other: ResilientPrismaClient<PrismaClient>;
let keys = 0;
const newKey = (): string => `key-${(keys += 1)}`;

function connect(url: string): ResilientPrismaClient<PrismaClient> {
  const { PrismaClient: Client } = generatedClient();
  return new ResilientPrismaClient((ctx) => new Client({ adapter: ctx.guard(makeAdapter(url, { max: 4 })) }), {
    logging: { level: 'silent' },
  });
}

beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
  await cluster.query(`SET ROLE app; ${onceMigration('postgresql')}`);
  proxy = await TcpProxy.start({ target: { port: cluster.port } });
  resilient = connect(proxy.via(cluster.url()));
  other = connect(cluster.url());
});
afterAll(async () => {
  await Promise.all([resilient.shutdown({ drainMs: 0 }), other.shutdown({ drainMs: 0 })]);
  await proxy.dispose();
  await cluster.dispose();
});

const work =
  (token: string) =>
  async (tx: Pick<PrismaClient, 'ledgerEntry'>): Promise<{ id: string; at: Date; missing: undefined }> => {
    const { createdAt, id } = await tx.ledgerEntry.create({ data: { token, kind: 'once' } });
    return { id: String(id), at: createdAt, missing: undefined };
  };

const rows = async (token: string): Promise<number> => {
  const [{ n }] = await cluster.query<{ n: number }>('SELECT count(*)::int AS n FROM ledger WHERE token = $1', [token]);
  return n;
};

test('a second call answers what the first one did, and runs nothing', async () => {
  const key = newKey();
  const first: Stored<{ id: string; at: Date }> = await resilient.once(key, work(key), kHour);
  expect(first).toEqual({ id: expect.any(String), at: expect.stringMatching(/^\d{4}-/) });
  const never = jest.fn();
  expect(await resilient.once(key, never, kHour)).toEqual(first);
  expect(await other.once(key, never, kHour)).toEqual(first);
  expect(never).not.toHaveBeenCalled();
  expect(await rows(key)).toBe(1);
});

test('calls at the same time, in one process and in several, run one', async () => {
  const key = newKey();
  let runs = 0;
  const slow = async (tx: Pick<PrismaClient, 'ledgerEntry'>): Promise<number> => {
    runs += 1;
    await work(key)(tx);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return runs;
  };
  const calls = [resilient, other].flatMap((client) => Array.from({ length: 20 }, () => client.once(key, slow, kHour)));
  expect(new Set(await Promise.all(calls))).toEqual(new Set([1]));
  expect(runs).toBe(1);
  expect(await rows(key)).toBe(1);
});

test('a key stands for its result as long as its ttl, and is swept after it', async () => {
  const key = newKey();
  await resilient.once(key, work(key), { ttlMs: 20 });
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(await resilient.once(key, () => 'anew', { ttlMs: 20 })).toBe('anew');
  await new Promise((resolve) => setTimeout(resolve, 40));
  for (let i = 0; i < 60; i += 1) await resilient.once(`sweep-${i}`, () => i, kHour);
  const kept = (): Promise<unknown[]> => cluster.query('SELECT key FROM resilience_once WHERE key = $1', [key]);
  while ((await kept()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('nothing, false and null are results', async () => {
  for (const result of [undefined, null, false, 0, '', []]) {
    const key = newKey();
    expect(await resilient.once(key, () => result, kHour)).toEqual(result);
    expect(await other.once(key, () => 'other', kHour)).toEqual(result);
  }
});

test('work that fails leaves nothing, and may be done later', async () => {
  const key = newKey();
  const failing = async (tx: Pick<PrismaClient, 'ledgerEntry'>): Promise<never> => {
    await work(key)(tx);
    throw new RangeError('mine');
  };
  await expect(resilient.once(key, failing, kHour)).rejects.toThrow(RangeError);
  expect(await rows(key)).toBe(0);
  await resilient.once(key, work(key), kHour);
  expect(await rows(key)).toBe(1);
});

test('the same key with another fingerprint is refused, at the same time and later', async () => {
  const key = newKey();
  const both = [
    resilient.once(key, work(key), { ...kHour, fingerprint: 'a' }),
    resilient.once(key, work(key), { ...kHour, fingerprint: 'b' }),
  ];
  await expect(both[1]).rejects.toThrow(KeyReusedError);
  await both[0];
  await expect(other.once(key, work(key), { ...kHour, fingerprint: 'b' })).rejects.toThrow(/another fingerprint/);
  expect(await other.once(key, work(key), { ...kHour, fingerprint: 'a' })).toEqual(await both[0]);
  expect(await rows(key)).toBe(1);
});

test('a result that is no JSON is refused, and nothing is committed', async () => {
  const key = newKey();
  const big = async (tx: Pick<PrismaClient, 'ledgerEntry'>): Promise<unknown> =>
    tx.ledgerEntry.create({ data: { token: key, kind: 'once' } });
  await expect(resilient.once(key, big, kHour)).rejects.toThrow(ResultError);
  expect(await rows(key)).toBe(0);
});

test.each([
  ['', kHour, /key: expected a text of 1 to 255 characters .*got 0/],
  ['k'.repeat(256), kHour, /hash what is longer.*got 256/],
  ['a\0b', kHour, /key/],
  [7, kHour, /key/],
  ['k', {}, /ttlMs/],
  ['k', { ttlMs: 0 }, /ttlMs/],
  ['k', { ttlMs: 1, fingerprint: 'f'.repeat(256) }, /fingerprint.*a hash/],
  ['k', { ttlMs: 1, table: 'a b' }, /not a table's name/],
])('bad input %#', async (key, options, message) => {
  const call = resilient.once(key as string, () => 1, options as { ttlMs: number });
  await expect(call).rejects.toThrow(ConfigError);
  await expect(resilient.once(key as string, () => 1, options as { ttlMs: number })).rejects.toThrow(message);
});

test('a missing table says what to run', async () => {
  const call = resilient.once(newKey(), () => 1, { ...kHour, table: 'nowhere' });
  await expect(call).rejects.toThrow(ConfigError);
  await expect(call).rejects.toThrow(/no table nowhere.*npx prisma-resilient marks/);
});

test('an emitter has its once as before', async () => {
  const heard = new Promise((resolve) => resilient.once('health', resolve));
  await resilient.healthCheck();
  expect(await heard).toMatchObject({ status: expect.any(String) });
});

test('lost answers, lost COMMITs and a crash: done once', async () => {
  const cuts = [
    () => proxy.loseAcknowledgements({ times: 1, tag: /COMMIT/ }),
    () => proxy.cutAfter({ from: 'client', message: 'Statement', sql: /^COMMIT/, drop: true, times: 1 }),
    () => proxy.cutAfter({ from: 'client', message: 'Statement', sql: /INTO "public"."ledger"/, drop: true, times: 1 }),
  ];
  for (const cut of cuts) {
    const key = newKey();
    const rule = cut();
    const answer = await resilient.once(key, work(key), kHour);
    expect(rule.hits).toBe(1);
    expect(await rows(key)).toBe(1);
    expect(await other.once(key, work(key), kHour)).toEqual(answer);
  }
  const key = newKey();
  const crashing = async (tx: Pick<PrismaClient, 'ledgerEntry'>): Promise<unknown> => {
    const result = await work(key)(tx);
    if (crashes === 0) {
      crashes += 1;
      await cluster.restart('immediate');
    }
    return result;
  };
  let crashes = 0;
  await resilient.once(key, crashing, kHour);
  expect(await rows(key)).toBe(1);
});
