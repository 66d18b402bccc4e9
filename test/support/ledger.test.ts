import { Client } from 'pg';
import { type Attempt, Ledger, type LedgerRow, type Settlement, breachesOf, compare } from './ledger';
import { PostgresCluster } from './postgres';
import { TcpProxy } from './tcp_proxy';

const acknowledged: Partial<Attempt> = { state: 'acknowledged' };
const failed = (outcome?: Attempt['outcome']): Partial<Attempt> => ({ state: 'failed', outcome });
const hung: Partial<Attempt> = { state: 'pending' };

function settle(attempt: Partial<Attempt>, rows: readonly Partial<LedgerRow>[]): Settlement {
  return compare(
    [{ token: 'a', kind: 'create', children: 0, state: 'pending', ...attempt }],
    rows.map((row) => ({ token: 'a', children: 0, ...row })),
  );
}

describe('one attempt beside the table', () => {
  test.each<[string, Partial<Attempt>, number, Partial<Settlement>]>([
    ['acknowledged and there', acknowledged, 1, { acknowledged: 1 }],
    ['acknowledged and absent is lost', acknowledged, 0, { acknowledged: 1, lost: ['a'] }],
    ['acknowledged and there twice', acknowledged, 2, { acknowledged: 1, doubled: ['a'] }],
    ['not applied and absent', failed('not-applied'), 0, {}],
    ['not applied, yet there, is denied', failed('not-applied'), 1, { denied: ['a'] }],
    ['not applied, yet there twice', failed('not-applied'), 2, { denied: ['a'], doubled: ['a'] }],
    ['applied and there', failed('applied'), 1, {}],
    ['applied and absent is lost', failed('applied'), 0, { lost: ['a'] }],
    ['unknown and absent', failed('unknown'), 0, {}],
    ['unknown and there', failed('unknown'), 1, { undecidedPresent: ['a'] }],
    ['unknown and there twice', failed('unknown'), 2, { undecidedPresent: ['a'], doubled: ['a'] }],
    ['unstated and there', failed(), 1, { undecidedPresent: ['a'] }],
    ['hung and absent', hung, 0, { hung: 1 }],
    ['hung and there', hung, 1, { hung: 1, undecidedPresent: ['a'] }],
  ])('%s', (_, attempt, rows, expected) => {
    const counted: Record<string, number> = { 'not-applied': 0, unknown: 0, applied: 0, unstated: 0 };
    if (attempt.state === 'failed') counted[attempt.outcome ?? 'unstated'] = 1;
    expect(
      settle(
        attempt,
        Array.from({ length: rows }, () => ({})),
      ),
    ).toEqual({
      attempts: 1,
      rows,
      acknowledged: 0,
      failed: counted,
      hung: 0,
      lost: [],
      doubled: [],
      denied: [],
      torn: [],
      strangers: [],
      undecidedPresent: [],
      ...expected,
    });
  });

  test.each([
    ['fewer', 1, ['a']],
    ['as many', 2, []],
    ['more', 3, ['a']],
  ])('%s children than it was written with', (_, children, torn) => {
    expect(settle({ ...acknowledged, children: 2 }, [{ children }]).torn).toEqual(torn);
  });
});

test('a row that nobody wrote is a stranger', () => {
  expect(compare([], [{ token: 'b', children: 0 }]).strangers).toEqual(['b']);
});

test('breaches are named with a few of their tokens', () => {
  expect(breachesOf(settle(acknowledged, [{}]))).toEqual([]);
  expect(breachesOf(settle(acknowledged, []))).toEqual(['1 lost: a']);
  const many = compare(
    [],
    Array.from({ length: 9 }, (_, i) => ({ token: `t${i}`, children: 0 })),
  );
  expect(breachesOf(many)).toEqual(['9 strangers: t0, t1, t2, t3, t4']);
});

test('an attempt ends once', () => {
  const ledger = new Ledger();
  const token = ledger.begin('create');
  ledger.acknowledge(token);
  expect(() => ledger.fail(token, new Error('late'))).toThrow('has ended before: acknowledged');
  expect(() => ledger.acknowledge('nobody')).toThrow('no attempt');
});

test("takes the outcome from the error's own claim", async () => {
  const ledger = new Ledger();
  const failing = (error: unknown) => ledger.record('create', () => Promise.reject(error));
  await failing(Object.assign(new Error('honest'), { resilience: { outcome: 'not-applied' } }));
  await failing(new Error('silent'));
  await failing(undefined);
  expect(ledger.attempts.map(({ outcome }) => outcome)).toEqual(['not-applied', 'unstated', 'unstated']);
  expect(ledger.pending).toBe(0);
});

describe('beside a real table', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await PostgresCluster.start();
    await Ledger.createTables(cluster);
  });
  afterAll(() => cluster.dispose());

  async function connect(url = cluster.url()): Promise<Client> {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  test('finds what was lost, doubled, torn and denied, and leaves other books alone', async () => {
    const client = await connect();
    const insert = async (token: string, children = 0): Promise<void> => {
      const { rows } = await client.query('INSERT INTO ledger (token, kind) VALUES ($1, $2) RETURNING id', [
        token,
        'raw',
      ]);
      for (let position = 0; position < children; position += 1) {
        await client.query('INSERT INTO ledger_child (entry_id, position) VALUES ($1, $2)', [rows[0].id, position]);
      }
    };
    const ledger = new Ledger('mine');
    const other = new Ledger('mine');
    await other.record('raw', (token) => insert(token));
    await ledger.record('raw', (token) => insert(token));
    await ledger.record('nested', (token) => insert(token, 2), 2);
    const doubled = ledger.begin('raw');
    await insert(doubled);
    await insert(doubled);
    ledger.acknowledge(doubled);
    const torn = ledger.begin('nested', 2);
    await insert(torn, 1);
    ledger.acknowledge(torn);
    const lost = ledger.begin('raw');
    ledger.acknowledge(lost);
    const denied = ledger.begin('raw');
    await insert(denied);
    ledger.fail(denied, new Error('denied'), 'not-applied');
    ledger.begin('raw');
    await client.end();

    const settlement = await ledger.settle(cluster);
    expect(settlement).toMatchObject({
      attempts: 7,
      rows: 6,
      acknowledged: 5,
      hung: 1,
      lost: [lost],
      doubled: [doubled],
      torn: [torn],
      denied: [denied],
      strangers: [],
    });
    expect(breachesOf(await other.settle(cluster))).toEqual([]);
  });

  test('a client that tries again what was acknowledged in vain writes twice, and is found out', async () => {
    const proxy = await TcpProxy.start({ target: cluster });
    const rule = proxy.loseAcknowledgements({ times: 3 });
    const ledger = new Ledger('naive');
    for (let i = 0; i < 5; i += 1) {
      await ledger.record('raw', async (token) => {
        for (;;) {
          const client = await connect(proxy.via(cluster.url()));
          try {
            return await client.query('INSERT INTO ledger (token, kind) VALUES ($1, $2)', [token, 'raw']);
          } catch {
            // What a naive retry does.
          } finally {
            client.end().catch(() => undefined);
          }
        }
      });
    }
    await proxy.dispose();
    expect(rule.hits).toBe(3);
    // The three losses fell on the first try of the first write, its second try, and so on.
    const settlement = await ledger.settle(cluster);
    expect(settlement).toMatchObject({ acknowledged: 5, rows: 8 });
    expect(settlement.doubled).toHaveLength(1);
  });
});
