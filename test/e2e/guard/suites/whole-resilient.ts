/** What a caller is told of transactions that end while something of them is under way, and what is in the table. */
import type { EventEmitter } from 'node:events';
import { ResilientPrismaClient, type ResilienceAnnotation, type ResilientConfig } from '../../../../lib';
import type { PrismaVersion, Queries, TestClient } from '../../errors/prisma-version';
import { paced } from '../../../support/pace';
import { GuardLab, newToken } from '../lab';

/** What is written with this number takes a while. */
const kSlow = 7;
/** And the COMMIT of what is written with this one a while longer. */
const kSlowCommit = 8;
const kSlowWrites = `
  CREATE FUNCTION sleep_a_little() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END';
  CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON tokens
    FOR EACH ROW WHEN (NEW.small = ${kSlow}) EXECUTE FUNCTION sleep_a_little();
  CREATE FUNCTION sleep_longer() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END';
  CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON tokens DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.small = ${kSlowCommit}) EXECUTE FUNCTION sleep_longer();`;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const kOfTheCaller = 'of the caller';
/** On a busy machine a run that is not slow may take longer than its limit, too. */
const kPatience = { maxAttempts: 50, initialDelay: 10, maxDelay: 100 };

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(10);
}

type Client = TestClient & { $connect(): Promise<void> };

/** As what other people put around a client may show it. */
function withoutInternals(client: Client): Client {
  return new Proxy(client, {
    get(target, name): unknown {
      if (String(name).startsWith('_')) return undefined;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

export function wholeResilient(version: PrismaVersion, guarded: boolean): void {
  describe(`${version.name}, ${guarded ? 'with' : 'without'} the guard`, () => {
    let lab: GuardLab;
    let parent: string;
    const open: ResilientPrismaClient<Client>[] = [];

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
      await lab.cluster.query(kSlowWrites);
    });
    afterAll(() => lab.dispose());
    afterEach(async () => {
      await Promise.all(open.splice(0).map((resilient) => resilient.shutdown()));
      await lab.nobodyInTransaction();
    });

    async function connected(config: ResilientConfig = {}, around = (client: Client) => client): Promise<Client> {
      const resilient = new ResilientPrismaClient<Client>(
        (ctx) => {
          const factory = adapter();
          return around(version.newClient('postgresql', guarded ? ctx.guard(factory) : factory) as Client);
        },
        { logging: { level: 'silent' }, probe: { url: lab.cluster.url() }, ...config },
      );
      open.push(resilient);
      await resilient.ready();
      const client = resilient.getClient();
      parent = newToken();
      await client.token.create({ data: { token: parent } });
      return client;
    }

    function adapter(): unknown {
      const config = { connectionString: lab.cluster.url(), max: 2 };
      if (version.major > 5) return version.make('@prisma/adapter-pg', 'PrismaPg', config);
      const pool = version.make('pg', 'Pool', config) as EventEmitter;
      // Its server goes before it does.
      pool.on('error', () => undefined);
      return version.make('@prisma/adapter-pg', 'PrismaPg', pool);
    }

    /** Two statements: the first is slow where asked for, the second would do by itself. */
    const nested = (queries: Queries, note: string, small = kSlow): PromiseLike<unknown> =>
      queries.token.update({ where: { token: parent }, data: { small, notes: { create: { text: note } } } });

    const notes = async (text: string): Promise<number> =>
      (await lab.cluster.query('SELECT FROM notes WHERE text = $1', [text])).length;

    async function failureOf(promise: Promise<unknown>): Promise<Error & { resilience?: ResilienceAnnotation }> {
      return promise.then(
        () => Promise.reject(new Error('it resolved')),
        (error) => error,
      );
    }

    test("its time is up, transactions.retry: 'safe'", async () => {
      const client = await connected();
      const note = newToken();
      const error = await failureOf(
        client.$transaction(
          async (tx) => {
            await nested(tx, note);
            await pause(50);
          },
          { timeout: 100 },
        ),
      );
      const outrun = !guarded && !version.hasRustEngine;
      expect(error.resilience).toMatchObject({ attempts: 1, outcome: outrun ? 'unknown' : 'not-applied' });
      if (!outrun) expect(await notes(note)).toBe(0);
    });

    if (!guarded) {
      test('its time is up on a client that does not show its engine: nobody is told that it was not applied', async () => {
        const client = await connected({}, withoutInternals);
        const note = newToken();
        const error = await failureOf(
          client.$transaction(
            async (tx) => {
              await nested(tx, note);
              await pause(50);
              await tx.token.findMany();
            },
            { timeout: 100 },
          ),
        );
        expect(error.resilience).toMatchObject({ attempts: 1, outcome: 'unknown' });
        expect(await notes(note)).toBe(version.hasRustEngine ? 0 : 1);
      });
    }

    test('its time is up while COMMIT is under way: nobody is told that it was not applied', async () => {
      const client = await connected();
      const token = newToken();
      const told = await client
        .$transaction((tx) => tx.token.create({ data: { token, small: kSlowCommit } }) as Promise<unknown>, {
          timeout: paced(300),
        })
        .then(
          () => 'acknowledged',
          (error) => error.resilience.outcome,
        );
      await until(async () => (await lab.cluster.connectionCount("state = 'active'")) === 0);
      // The Rust engine says that the transaction has expired, and so it would not have been committed.
      expect(await lab.count(token)).toEqual([1]);
      expect(['acknowledged', 'unknown', 'applied']).toContain(told);
    });

    test("its time is up, transactions.retry: 'always': never twice", async () => {
      const client = await connected({ transactions: { retry: 'always' }, reconnect: kPatience });
      const note = newToken();
      let runs = 0;
      const ended = client.$transaction((tx) => nested(tx, note, runs++ === 0 ? kSlow : 0) as Promise<unknown>, {
        timeout: 100,
      });
      if (guarded) await ended;
      else await ended.catch(() => undefined);
      expect(await notes(note)).toBeLessThanOrEqual(1);
      if (guarded) expect(await notes(note)).toBe(1);
    });

    if (guarded) {
      const kQuickRetries = { initialDelay: 10, maxDelay: 10 };

      test('no run begins while the BEGIN of the last one is under way, though maxWait has run out', async () => {
        // Nobody takes the connection for dead meanwhile.
        const probe = { url: lab.cluster.url(), suspectAfterMs: 60_000 };
        const client = await connected({ reconnect: kQuickRetries, probe });
        const [{ pid }] = (await client.$queryRawUnsafe('SELECT pg_backend_pid() AS pid')) as { pid: number }[];
        // The one connection that is open, and that BEGIN is sent on; the pool may open another.
        process.kill(pid, 'SIGSTOP');
        let underWay = true;
        const retry = new Promise((resolve) => open[0].once('retry', resolve));
        const token = newToken();
        const running = client.$transaction(
          async (tx) => {
            expect(underWay).toBe(false);
            await tx.token.create({ data: { token } });
          },
          { maxWait: 100, timeout: 10_000 },
        );
        running.catch(() => undefined);
        try {
          // Up to 7.9 Prisma itself waits for BEGIN.
          await Promise.race([retry, pause(1000)]);
          await pause(300);
        } finally {
          underWay = false;
          process.kill(pid, 'SIGCONT');
        }
        await running;
        expect(await lab.count(token)).toEqual([1]);
      });

      test("no run begins while a statement of the last one is under way, transactions.retry: 'always'", async () => {
        const client = await connected({ transactions: { retry: 'always' }, reconnect: kPatience });
        const token = newToken();
        const inTransaction: number[] = [];
        await client.$transaction(
          async (tx) => {
            inTransaction.push(await lab.cluster.connectionCount("state IN ('active', 'idle in transaction')"));
            const small = inTransaction.length === 1 ? kSlow : 0;
            const late = Promise.resolve(tx.token.create({ data: { token, small } }));
            late.catch(() => undefined);
            await (small === kSlow ? pause(200) : late);
          },
          { timeout: 100 },
        );
        // Its own, each time.
        expect(inTransaction.length).toBeGreaterThan(1);
        expect(new Set(inTransaction)).toEqual(new Set([1]));
        expect(await lab.count(token)).toEqual([1]);
      });
    }

    test('another branch of the callback throws', async () => {
      const client = await connected();
      const note = newToken();
      const error = await failureOf(
        client.$transaction((tx) =>
          Promise.all([nested(tx, note), pause(50).then(() => Promise.reject(new Error(kOfTheCaller)))]),
        ),
      );
      expect(error.message).toContain(kOfTheCaller);
      expect(error.resilience).toMatchObject({ attempts: 1, outcome: 'not-applied' });
      await pause(50);
      expect(await notes(note)).toBe(0);
    });

    test('a write that nobody awaits is part of the transaction', async () => {
      const client = await connected();
      const note = newToken();
      let late: Promise<unknown> | undefined;
      await client.$transaction(async (tx) => {
        late = Promise.resolve(nested(tx, note));
        await pause(50);
      });
      await late;
      expect(await notes(note)).toBe(1);
    });

    test.each([
      ['alone', 0],
      ['with others of its tick', 2],
    ])('a write that nobody awaits, and that fails, fails the transaction: %s', async (_name, others) => {
      const client = await connected();
      const token = newToken();
      const error = await failureOf(
        client.$transaction(async (tx) => {
          await tx.token.create({ data: { token } });
          const writes = Array.from({ length: others }, () => tx.token.create({ data: { token: newToken() } }));
          const failing = tx.token.create({ data: { token: parent, small: kSlow } });
          for (const write of [failing, ...writes]) void Promise.resolve(write).catch(() => undefined);
          await pause(50);
        }),
      );
      expect(error.resilience).toMatchObject({ outcome: 'not-applied' });
      expect(await lab.count(token)).toEqual([0]);
    });
  });
}
