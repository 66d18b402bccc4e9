/**
 * BEGIN that goes out with the first statement of its transaction: where it does, where it must not, and what then fails.
 * With the Rust engine it never does: what the two fail with would not be seen above.
 */
import type { Pool } from 'pg';
import { type ResilientConfig, ResilientPrismaClient, guardAdapter } from '../../../../lib';
import type { PrismaVersion, Queries, TestClient } from '../../errors/prisma-version';
import { GuardLab, newToken, until } from '../lab';

interface Client extends TestClient {
  $connect(): Promise<void>;
  $extends(extension: unknown): Client;
  // What extensions of these tests add.
  transfer(): Promise<unknown>;
  readonly batch: { run(): Promise<unknown> };
}

/** A result, with what an extension of these tests adds. */
interface Row {
  again(): Promise<unknown>;
}

export function lateBegin(version: PrismaVersion): void {
  describe(version.name, () => {
    let lab: GuardLab;
    const open: ResilientPrismaClient<Client>[] = [];

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
    });
    afterAll(() => lab.dispose());
    afterEach(async () => {
      await Promise.all(open.splice(0).map((resilient) => resilient.shutdown()));
      await lab.nobodyInTransaction();
    });

    async function connected(
      config: ResilientConfig = {},
      pool: object = {},
      adapter: unknown = lab.factory({ max: 1, ...pool }, version),
      extended = (base: Client, _guard: <Adapter>(adapter: Adapter) => Adapter): Client => base,
    ): Promise<Client> {
      const resilient = new ResilientPrismaClient<Client>(
        (ctx) => extended(version.newClient('postgresql', ctx.guard(adapter)) as Client, (beside) => ctx.guard(beside)),
        { logging: { level: 'silent' }, probe: { url: lab.cluster.url() }, ...config },
      );
      open.push(resilient);
      await resilient.ready();
      const client = resilient.getClient();
      await client.token.create({ data: { token: newToken() } });
      return client;
    }

    async function roundTrips(work: () => PromiseLike<unknown>): Promise<number> {
      // Prisma gives a connection back a moment after it has answered.
      await new Promise((resolve) => setImmediate(resolve));
      lab.proxy.resetCounters();
      await work();
      return lab.proxy.counters().roundTrips;
    }

    const create = (queries: Queries, token = newToken()): ReturnType<Queries['token']['create']> =>
      queries.token.create({ data: { token } });
    const nested = (client: TestClient, token = newToken()): PromiseLike<unknown> =>
      client.token.create({ data: { token, notes: { create: [{ text: 'a' }] } } });
    const array = (client: TestClient, ...tokens: string[]): Promise<unknown> =>
      client.$transaction(
        (tokens.length > 0 ? tokens : [newToken(), newToken()]).map((token) => create(client, token)),
      );
    const interactive = (client: TestClient): Promise<unknown> => client.$transaction(async (tx) => create(tx));

    /** What it takes where BEGIN is waited for. */
    async function bareTrips(work: (client: TestClient) => PromiseLike<unknown>): Promise<number> {
      const bare = lab.bare({ max: 1 }, version);
      await create(bare);
      return roundTrips(() => work(bare));
    }

    const less = version.hasRustEngine ? 0 : 1;

    test(`nested writes and arrays take ${less} round trips less, and an interactive transaction takes what it takes`, async () => {
      const client = await connected();
      expect(await roundTrips(() => nested(client))).toBe((await bareTrips(nested)) - less);
      expect(await roundTrips(() => array(client))).toBe((await bareTrips(array)) - less);
      expect(await roundTrips(() => interactive(client))).toBe(await bareTrips(interactive));
    });

    test('user code, which is not run again, waits for BEGIN', async () => {
      const hook = ({ args, query }: { args: unknown; query: (args: unknown) => unknown }): unknown => query(args);
      const client = (await connected()).$extends({ query: { token: { create: hook } } });
      await create(client);
      expect(await roundTrips(() => nested(client))).toBe(await bareTrips(nested));
      expect(await roundTrips(() => array(client))).toBe(await bareTrips(array));
    });

    test('so does a method that an extension has added, which may begin what is interactive', async () => {
      const client = (await connected()).$extends({
        client: {
          async transfer(this: Client): Promise<unknown> {
            return array(this);
          },
        },
      });
      expect(await roundTrips(() => client.transfer())).toBe(await bareTrips(array));
    });

    test.each<[string, (base: Client) => object, (client: Client, made: Row) => Promise<unknown>]>([
      [
        'computes',
        (base) => ({ result: { token: { again: { compute: () => () => array(base) } } } }),
        (_client, made) => made.again(),
      ],
      [
        'keeps in a place of its own',
        (base) => ({ client: { batch: { run: () => array(base) } } }),
        ({ batch }) => batch.run(),
      ],
      [
        "keeps in a model's",
        (base) => ({ model: { token: { batch: { run: () => array(base) } } } }),
        ({ token }) => (token as unknown as Client).batch.run(),
      ],
    ])('and one that it %s', async (_where, extension, call) => {
      const client = await connected({}, {}, undefined, (base) => base.$extends(extension(base)));
      const made = (await create(client)) as unknown as Row;
      expect(await roundTrips(() => call(client, made))).toBe(await bareTrips(array));
    });

    test('and whatever begins where there is a second client beside the one that serves', async () => {
      const besides: TestClient[] = [];
      await connected({}, {}, undefined, (base, guard) => {
        besides.push(version.newClient('postgresql', guard(lab.factory({ max: 1 }, version))));
        return base;
      });
      const [beside] = besides as [TestClient];
      await create(beside);
      expect(await roundTrips(() => interactive(beside))).toBe(await bareTrips(interactive));
    });

    test('and so does what begins on a ready-made client, which may be used past us', async () => {
      const base = version.newClient('postgresql', guardAdapter(lab.factory({ max: 1 }, version))) as Client;
      const resilient = new ResilientPrismaClient<Client>(base, {
        logging: { level: 'silent' },
        probe: { mode: 'off' },
      });
      open.push(resilient);
      await resilient.ready();
      const client = resilient.getClient();
      await create(client);
      expect(await roundTrips(() => array(base))).toBe(await bareTrips(array));
      expect(await roundTrips(() => array(client))).toBe(await bareTrips(array));
      await base.$disconnect();
    });

    test('and what has an isolation level of its own', async () => {
      const serializable = (client: TestClient): Promise<unknown> =>
        client.$transaction([create(client), create(client)], { isolationLevel: 'Serializable' });
      const client = await connected();
      expect(await roundTrips(() => serializable(client))).toBe(await bareTrips(serializable));
    });

    test("and everything with transactions.retry: 'never'", async () => {
      const client = await connected({ transactions: { retry: 'never' } });
      expect(await roundTrips(() => array(client))).toBe(await bareTrips(array));
    });

    test('a transaction whose first statement is refused leaves nothing, and a connection that is outside of it', async () => {
      const client = await connected();
      const [taken, other] = [newToken(), newToken()];
      await create(client, taken);
      await expect(array(client, taken, other)).rejects.toMatchObject({ code: 'P2002' });
      expect(await lab.count(other)).toEqual([0]);
      // It commits by itself, on the same connection.
      await create(client, other);
      expect(await lab.count(other)).toEqual([1]);
      expect(await lab.cluster.connectionCount("state LIKE 'idle in transaction%'")).toBe(0);
    });

    test("what a listener to 'connect' sets stays where the first transaction is undone", async () => {
      const config = { connectionString: lab.cluster.url(), max: 1, idleTimeoutMillis: 10 };
      const pool = version.make('pg', 'Pool', config) as Pool;
      pool.on('connect', (connection) => {
        for (const name of ['statement_timeout', 'lock_timeout']) void connection.query(`SET ${name} = 54321`);
      });
      const client = await connected({}, {}, version.make('@prisma/adapter-pg', 'PrismaPg', pool));
      const taken = newToken();
      await create(client, taken);
      await until(() => pool.totalCount === 0);
      pool.options.idleTimeoutMillis = 0;
      await expect(nested(client, taken)).rejects.toMatchObject({ code: 'P2002' });
      const [row] = await client.$queryRawUnsafe(
        "SELECT current_setting('statement_timeout') AS first, current_setting('lock_timeout') AS second",
      );
      expect(row).toEqual({ first: '54321ms', second: '54321ms' });
      await pool.end();
    });

    test.each([
      ['an array', (client: Client, token: string) => array(client, token, newToken())],
      ['a nested write', (client: Client, token: string) => nested(client, token)],
    ])(
      '%s whose connection breaks at BEGIN, where its first statement goes with it, is done once',
      async (_name, write) => {
        const client = await connected();
        for (const when of ['before', 'after'] as const) {
          const token = newToken();
          const first = version.hasRustEngine ? { message: 'Statement', sql: /^BEGIN$/ } : { message: 'Parse' };
          const rule =
            when === 'before'
              ? lab.proxy.cutAfter({ from: 'client', ...first, drop: true, times: 1 } as const)
              : lab.proxy.cutAfter({ from: 'server', message: 'CommandComplete', tag: /^BEGIN$/, times: 1 });
          await write(client, token);
          expect(rule.hits).toBe(1);
          expect(await lab.count(token)).toEqual([1]);
        }
      },
    );

    test('an interactive transaction whose BEGIN is lost is begun again, and its callback called once', async () => {
      const client = await connected();
      const token = newToken();
      let calls = 0;
      const rule = lab.proxy.cutAfter({ from: 'client', message: 'Statement', sql: /^BEGIN$/, times: 1 });
      await client.$transaction(async (tx) => {
        calls += 1;
        await create(tx, token);
      });
      expect([rule.hits, calls]).toEqual([1, 1]);
      expect(await lab.count(token)).toEqual([1]);
    });

    test('and so it is while arrays and nested writes begin beside it', async () => {
      const client = await connected({}, { max: 4 });
      const tokens = Array.from({ length: 60 }, () => newToken());
      let calls = 0;
      const rule = lab.proxy.cutAfter({ from: 'client', message: 'Statement', sql: /^BEGIN$/, times: 5 });
      await Promise.all(
        tokens.map((token, i) => {
          if (i % 3 === 0) return array(client, token, newToken());
          if (i % 3 === 1) return nested(client, token);
          return client.$transaction(async (tx) => {
            calls += 1;
            await create(tx, token);
          });
        }),
      );
      expect(rule.hits).toBeGreaterThan(0);
      expect(calls).toBe(20);
      expect(await lab.count(...tokens)).toEqual(tokens.map(() => 1));
    });
  });
}
