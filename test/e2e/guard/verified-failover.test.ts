/** Commits in doubt when a standby takes over, up to date or lagging; and reads on a standby with verification on. */
import { ReplicationPair } from '../../support/replication';
import { TcpProxy } from '../../support/tcp_proxy';
import { createGuard } from '../../../lib/adapter/guard';
import type { SqlDriverAdapterFactory } from '../../../lib/adapter/driver-adapter';
import type { PostgresCluster } from '../../support/postgres';
import type { TestClient } from '../errors/prisma-version';
import { kNewest, kTables, newToken } from './lab';
import { PatientHost } from './patient-host';

const kWriters = 20;

describe('a pair of servers', () => {
  let pair: ReplicationPair;
  let proxy: TcpProxy;
  const clients: TestClient[] = [];

  beforeAll(async () => {
    kNewest.setUp('postgresql');
    pair = await ReplicationPair.start();
    await pair.primary.query(`${kTables} CREATE TABLE others (id int)`);
    await pair.waitForCatchUp();
    proxy = await TcpProxy.start({ target: pair.primary });
  });
  afterAll(async () => {
    for (const client of clients) void client.$disconnect().catch(() => undefined);
    await proxy.dispose();
    await pair.dispose();
  });

  function factory(url: string): SqlDriverAdapterFactory {
    return kNewest.make('@prisma/adapter-pg', 'PrismaPg', {
      connectionString: url,
      max: kWriters,
    }) as SqlDriverAdapterFactory;
  }

  function verified(url = proxy.via(pair.primary.url())): { client: TestClient; host: PatientHost } {
    const host = new PatientHost({ onUnknownOutcome: 'verify' });
    const client = kNewest.newClient('postgresql', createGuard(host).wrap(factory(url)));
    clients.push(client);
    return { client, host };
  }

  async function count(tokens: readonly string[]): Promise<number[]> {
    const rows = await pair.primary.query<{ token: string }>('SELECT token FROM tokens WHERE token = ANY($1)', [
      tokens,
    ]);
    return tokens.map((token) => rows.filter((row) => row.token === token).length);
  }

  async function othersWrite(node: PostgresCluster): Promise<void> {
    for (let i = 0; i < 3 * kWriters; i += 1) await node.query('INSERT INTO others VALUES ($1)', [i]);
  }

  /** Writes whose acknowledgements are all lost, and that may not be asked about before `go`. */
  async function inDoubt(
    client: TestClient,
    host: PatientHost,
  ): Promise<{ tokens: string[]; written: Promise<unknown[]>; go(): void }> {
    await Promise.all(Array.from({ length: kWriters }, () => client.$queryRawUnsafe('SELECT pg_sleep(0.05)::text')));
    let go = (): void => undefined;
    host.hold = new Promise((resolve) => (go = resolve));
    const tokens = Array.from({ length: kWriters }, newToken);
    const cut = proxy.loseAcknowledgements({ times: kWriters });
    const written = Promise.all(tokens.map((token) => client.token.create({ data: { token } })));
    written.catch(() => undefined);
    while (cut.hits < kWriters) await new Promise((resolve) => setTimeout(resolve, 2));
    return {
      tokens,
      written,
      go: () => {
        host.hold = undefined;
        go();
      },
    };
  }

  async function takeOver(): Promise<void> {
    await pair.fence();
    await pair.promote();
    proxy.retarget(pair.primary);
  }

  test('a lagging standby is promoted and others take the lost ids: each write is there once', async () => {
    const { client, host } = verified();
    await client.$queryRawUnsafe('SELECT 1');
    await pair.cutReplication();
    const { go, tokens, written } = await inDoubt(client, host);
    await takeOver();
    await othersWrite(pair.primary);
    go();
    await written;
    expect(await count(tokens)).toEqual(tokens.map(() => 1));
    const verdicts = host.verdicts.filter(({ verdict }) => !verdict.askAgain);
    expect(new Set(verdicts.map(({ verdict }) => verdict.reason))).toEqual(new Set(['wal-lost']));
    // Whoever asks for the status alone is told 'committed' of writes that are not there.
    const fooled = verdicts.filter(({ observed }) => observed.status === 'committed');
    expect(fooled.length).toBe(kWriters);
    await pair.rebuildStandby();
  });

  test('a standby that has it all is promoted: nothing is written again', async () => {
    const { client, host } = verified();
    const { go, tokens, written } = await inDoubt(client, host);
    await pair.waitForCatchUp();
    await takeOver();
    await othersWrite(pair.primary);
    go();
    await written;
    expect(await count(tokens)).toEqual(tokens.map(() => 1));
    expect(new Set(host.verdicts.map(({ verdict }) => verdict.reason))).toEqual(new Set(['wal-survived']));
    await pair.rebuildStandby();
  });

  test('a standby that is asked before it is promoted is asked again', async () => {
    const { client, host } = verified();
    const { go, tokens, written } = await inDoubt(client, host);
    await pair.waitForCatchUp();
    await pair.fence();
    proxy.retarget(pair.standby);
    go();
    while (host.verdicts.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(host.verdicts[0].verdict).toEqual({ verdict: 'unknown', reason: 'standby', askAgain: true });
    await pair.promote();
    await written;
    expect(await count(tokens)).toEqual(tokens.map(() => 1));
    await pair.rebuildStandby();
  });

  describe('on a standby, with verification on', () => {
    let guarded: { client: TestClient; host: PatientHost };
    let bare: TestClient;

    beforeAll(async () => {
      await pair.primary.query(
        `CREATE FUNCTION harmless() RETURNS int LANGUAGE sql STABLE AS 'SELECT count(*)::int FROM tokens';
         CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO others VALUES (1) RETURNING 1'`,
      );
      await pair.waitForCatchUp();
      guarded = verified(pair.standby.url());
      bare = kNewest.newClient('postgresql', factory(pair.standby.url()));
      clients.push(bare);
    });

    const work: [string, (client: TestClient) => PromiseLike<unknown>][] = [
      ['findMany', (client) => client.token.findMany()],
      ['a raw read', (client) => client.$queryRawUnsafe('SELECT 1 AS one')],
      [
        'a function that only reads, though nobody can see that',
        (client) => client.$queryRawUnsafe('SELECT harmless()'),
      ],
      ['a function that writes', (client) => client.$queryRawUnsafe('SELECT writes()')],
      ['a create', (client) => client.token.create({ data: { token: 'never' } })],
      ['SELECT … FOR UPDATE', (client) => client.$queryRawUnsafe('SELECT id FROM tokens FOR UPDATE')],
      ['VACUUM', (client) => client.$executeRawUnsafe('VACUUM tokens')],
      ['a transaction that reads', (client) => client.$transaction([client.token.findMany(), client.note.findMany()])],
      [
        'a transaction that calls a function',
        (client) => client.$transaction(async (tx) => tx.$queryRawUnsafe('SELECT harmless()')),
      ],
      [
        'a transaction that writes',
        (client) => client.$transaction(async (tx) => tx.token.create({ data: { token: 'never' } })),
      ],
      [
        'a transaction that catches the error of its write',
        (client) =>
          client.$transaction(async (tx) => {
            await Promise.resolve(tx.token.create({ data: { token: 'never' } })).catch(() => undefined);
            return 'resolved';
          }),
      ],
    ];

    test.each(work)('%s: as without the guard', async (_name, ask) => {
      const answer = async (client: TestClient): Promise<unknown> => {
        try {
          return { value: await ask(client) };
        } catch (thrown) {
          const { code, message, meta } = thrown as Error & { code?: string; meta?: unknown };
          return { code, message, meta };
        }
      };
      expect(await answer(guarded.client)).toEqual(await answer(bare));
      expect(guarded.host.warnings).toEqual([]);
    });
  });
});
