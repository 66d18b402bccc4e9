/**
 * Transactions that MariaDB has rolled back by itself, for a deadlock or a lock that was waited for too long. Prisma does not
 * know that, and what it sends next on the connection would be committed at once.
 */
import { ResilientPrismaClient, type ResilienceAnnotation, type ResilientConfig } from '../../lib';
import { markMigration } from '../../lib/tables/mark-migration';
import { newToken } from '../e2e/guard/lab';
import { PrismaVersion, type Queries, type TestClient } from '../e2e/errors/prisma-version';
import { MariaLab } from '../matrix-errors/mariadb-lab';

type Client = TestClient & { $connect(): Promise<void> };
type Told = Error & { code?: string; resilience?: ResilienceAnnotation };

const kPatient = { maxWait: 60_000, timeout: 60_000 };
/** Nobody takes a wait for a lock for a dead connection. */
const kConfig = { logging: { level: 'silent' }, probe: { suspectAfterMs: 60_000 } } as const satisfies ResilientConfig;
const kMarks = { onUnknownOutcome: 'verify', markerTable: 'resilience_marks' } as const;
/** What the rival has written before: the server rolls back whoever has changed less. */
const kBallast = Array.from({ length: 50 }, (_, n) => `(${n})`).join(', ');

const create = (queries: Queries, token: string): PromiseLike<unknown> => queries.token.create({ data: { token } });
const touch = (queries: Queries, token: string): PromiseLike<unknown> =>
  queries.token.update({ where: { token }, data: { small: { increment: 1 } } });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const toldOf = async (work: PromiseLike<unknown>): Promise<Told> =>
  work.then(
    () => Promise.reject(new Error('it resolved')),
    (error: Told) => error,
  );

describe.each([6, 7] as const)('Prisma %i', (major) => {
  const version = new PrismaVersion(major);
  const open: ResilientPrismaClient<Client>[] = [];
  let lab: MariaLab;
  let first: string;
  let second: string;

  beforeAll(async () => {
    lab = await MariaLab.start(version, ['--innodb-lock-wait-timeout=60']);
    await lab.query(markMigration('mysql', 'resilience_marks').sql.replace(/;\n$/, ''));
    await lab.query('CREATE TABLE ballast (id INT PRIMARY KEY)');
  });
  afterAll(() => lab.dispose());
  beforeEach(async () => {
    [first, second] = [newToken(), newToken()];
    await lab.query('INSERT INTO tokens (token) VALUES (?), (?)', [first, second]);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((resilient) => resilient.shutdown()));
  });

  async function connected(config: ResilientConfig = {}): Promise<Client> {
    const resilient = new ResilientPrismaClient<Client>(
      (ctx) => {
        const factory = lab.adapterFactory({ connectionLimit: 3, acquireTimeout: 60_000 });
        return version.newClient('mysql', ctx.guard(factory as never)) as Client;
      },
      { ...kConfig, ...config },
    );
    open.push(resilient);
    await resilient.ready();
    return resilient.getClient();
  }

  /**
   * Holds the lock that `held` takes. `strike` waits until `running` waits for it, or has ended, and then asks for the lock
   * on `first`: one of the two is undone.
   */
  async function rival(held?: string): Promise<{ strike(running: PromiseLike<unknown>): Promise<void> }> {
    const connection = await lab.connect();
    const lock = (token: string): Promise<unknown> =>
      connection.query('UPDATE tokens SET small = small + 10 WHERE token = ?', [token]);
    await connection.query('BEGIN');
    await connection.query(`INSERT INTO ballast VALUES ${kBallast}`);
    await (held === undefined ? lock(second) : connection.query(held));
    return {
      strike: async (running) => {
        try {
          await somebodyWaits(running);
          const before = await counted('deadlocks');
          await lock(first);
          await connection.query('DELETE FROM ballast');
          await connection.query('COMMIT');
          expect(await counted('deadlocks')).toBe(before + 1);
        } finally {
          connection.destroy();
        }
      },
    };
  }

  async function counted(name: 'deadlocks' | 'row_lock_current_waits'): Promise<number> {
    const [row] = await lab.query<{ Value: string }>(`SHOW GLOBAL STATUS LIKE 'Innodb_${name}'`);
    return Number(row.Value);
  }

  /** Or never will, as `running` has ended. */
  async function somebodyWaits(running: PromiseLike<unknown>): Promise<void> {
    let ended = false;
    const end = (): void => void (ended = true);
    running.then(end, end);
    while (!ended && (await counted('row_lock_current_waits')) === 0) await pause(5);
  }

  const count = async (...tokens: string[]): Promise<number[]> =>
    Promise.all(tokens.map(async (token) => (await lab.query('SELECT 1 FROM tokens WHERE token = ?', [token])).length));
  const small = async (token: string): Promise<number> =>
    (await lab.query<{ small: number }>('SELECT small FROM tokens WHERE token = ?', [token]))[0].small;

  describe.each([
    ['verified by marks', { writes: kMarks }],
    ['unverified', {}],
  ] as const)('%s', (_mode, mode) => {
    test('what follows a deadlock that the callback has caught is refused', async () => {
      const client = await connected(mode);
      const { strike } = await rival();
      const [before, after] = [newToken(), newToken()];
      let late: Told | undefined;
      const running = toldOf(
        client.$transaction(async (tx) => {
          await create(tx, before);
          await touch(tx, first);
          await toldOf(touch(tx, second));
          late = await toldOf(create(tx, after));
          throw late;
        }, kPatient),
      );
      await strike(running);
      const error = await running;
      expect(late).toMatchObject({ code: 'P2028' });
      expect(late?.message).toContain('Transaction already closed');
      expect(error.resilience).toMatchObject({ attempts: 1, outcome: 'not-applied' });
      expect(await count(before, after)).toEqual([0, 0]);
    });

    test('a callback that has caught a deadlock and returns commits nothing', async () => {
      const client = await connected(mode);
      const { strike } = await rival();
      const before = newToken();
      const running = toldOf(
        client.$transaction(async (tx) => {
          await create(tx, before);
          await touch(tx, first);
          await toldOf(touch(tx, second));
        }, kPatient),
      );
      await strike(running);
      const error = await running;
      expect(error).toMatchObject({ code: 'P2028', resilience: { attempts: 1, outcome: 'not-applied' } });
      expect(await count(before)).toEqual([0]);
      expect(await small(first)).toBe(10);
    });

    test('what was asked for beside the statement that deadlocks is refused', async () => {
      const client = await connected(mode);
      const { strike } = await rival();
      const beside = [newToken(), newToken(), newToken()];
      let settled: PromiseSettledResult<unknown>[] = [];
      let asked = (): void => undefined;
      const allAsked = new Promise<void>((resolve) => (asked = resolve));
      const running = toldOf(
        client.$transaction(async (tx) => {
          await touch(tx, first);
          const change = 'UPDATE tokens SET small = small + 1 WHERE token = ?';
          const waits = Promise.resolve(tx.$executeRawUnsafe(change, second));
          await somebodyWaits(waits);
          const insert = 'INSERT INTO tokens (token) VALUES (?)';
          const work: PromiseLike<unknown>[] = [waits];
          for (const ask of [
            () => create(tx, beside[0]),
            () => tx.$executeRawUnsafe(insert, beside[1]),
            () => tx.$queryRawUnsafe(`${insert} RETURNING id`, beside[2]),
          ]) {
            // Of what is asked for in one turn of the event loop, Prisma sends nothing more once one of it has failed.
            await pause(5);
            work.push(Promise.resolve(ask()));
          }
          const all = Promise.allSettled(work);
          // What does not wait for an answer is on its way by then.
          await pause(50);
          asked();
          settled = await all;
          throw (settled[0] as PromiseRejectedResult).reason;
        }, kPatient),
      );
      await Promise.race([allAsked, running]);
      await strike(running);
      expect((await running).resilience).toMatchObject({ attempts: 1, outcome: 'not-applied' });
      expect(await count(...beside)).toEqual([0, 0, 0]);
      expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    });

    test.each([
      ['always', 'goes on', (tx: Queries, token: string) => create(tx, token), 1],
      ['conflict', 'goes on', (tx: Queries, token: string) => create(tx, token), 1],
      ['conflict', 'returns', () => undefined, 0],
    ] as const)(
      'transactions.retry: %s: a callback that has caught the deadlock and %s runs again whole',
      async (retry, _how, then, afterwards) => {
        const client = await connected({ ...mode, transactions: { retry } });
        const { strike } = await rival();
        const [before, after] = [newToken(), newToken()];
        let runs = 0;
        const running = client.$transaction(async (tx) => {
          runs += 1;
          await create(tx, before);
          await touch(tx, first);
          await Promise.resolve(touch(tx, second)).catch(() => undefined);
          await then(tx, after);
        }, kPatient);
        await strike(running);
        await running;
        expect(runs).toBe(2);
        expect(await count(before, after)).toEqual([1, afterwards]);
        expect([await small(first), await small(second)]).toEqual([11, 11]);
      },
    );

    test('an array transaction runs again whole', async () => {
      const client = await connected(mode);
      const { strike } = await rival();
      const [before, after] = [newToken(), newToken()];
      const running = client.$transaction([
        create(client, before),
        touch(client, first),
        touch(client, second),
        create(client, after),
      ]);
      await strike(running);
      await running;
      expect(await count(before, after)).toEqual([1, 1]);
      expect([await small(first), await small(second)]).toEqual([11, 11]);
    });

    test('a nested write runs again whole', async () => {
      const client = await connected(mode);
      const [{ id: tokenId }] = await lab.query<{ id: number }>('SELECT id FROM tokens WHERE token = ?', [first]);
      await lab.query("INSERT INTO notes (text, token_id) VALUES ('before', ?)", [tokenId]);
      const [{ id }] = await lab.query<{ id: number }>('SELECT id FROM notes WHERE token_id = ?', [tokenId]);
      const { strike } = await rival(`UPDATE notes SET text = 'by the rival' WHERE id = ${id}`);
      const notes = { update: { where: { id }, data: { text: 'after' } }, create: [{ text: 'one' }, { text: 'two' }] };
      const running = client.token.update({ where: { token: first }, data: { small: { increment: 1 }, notes } });
      await strike(running);
      await running;
      const texts = await lab.query<{ text: string }>('SELECT text FROM notes WHERE token_id = ?', [tokenId]);
      expect(texts.map(({ text }) => text).sort()).toEqual(['after', 'one', 'two']);
      expect(await small(first)).toBe(11);
    });
  });

  describe('what else undoes a transaction', () => {
    async function restarted(...options: string[]): Promise<void> {
      lab.dropControl();
      await lab.server.stop();
      await lab.server.start('--innodb-lock-wait-timeout=1', ...options);
    }

    /** Writes, waits in vain for a lock, and goes on. */
    async function goesOn(client: Client, before: string, after: string): Promise<void> {
      const holder = await lab.connect();
      await holder.query('BEGIN');
      await holder.query('UPDATE tokens SET small = 5 WHERE token = ?', [second]);
      try {
        await client.$transaction(async (tx) => {
          await create(tx, before);
          await toldOf(touch(tx, second));
          await create(tx, after);
        }, kPatient);
      } finally {
        holder.destroy();
      }
    }

    test('a lock that is waited for too long, with innodb_rollback_on_timeout', async () => {
      await restarted('--innodb-rollback-on-timeout=1');
      const [before, after] = [newToken(), newToken()];
      const error = await toldOf(goesOn(await connected(), before, after));
      expect(error).toMatchObject({ code: 'P2028', resilience: { attempts: 1, outcome: 'not-applied' } });
      expect(await count(before, after)).toEqual([0, 0]);
    });

    test('without it only the statement is undone, and the transaction goes on', async () => {
      await restarted();
      const [before, after] = [newToken(), newToken()];
      await goesOn(await connected(), before, after);
      expect(await count(before, after)).toEqual([1, 1]);
    });

    test('a record that has changed since, with innodb_snapshot_isolation', async () => {
      await restarted('--innodb-snapshot-isolation=1');
      const client = await connected();
      const [before, after] = [newToken(), newToken()];
      const error = await toldOf(
        client.$transaction(async (tx) => {
          await tx.token.findMany();
          await create(tx, before);
          await lab.query('UPDATE tokens SET small = 5 WHERE token = ?', [second]);
          await toldOf(touch(tx, second));
          await create(tx, after);
        }, kPatient),
      );
      expect(error).toMatchObject({ code: 'P2028', resilience: { attempts: 1, outcome: 'not-applied' } });
      expect(await count(before, after)).toEqual([0, 0]);
    });

    test("such a record is a conflict: transactions.retry: 'conflict' runs the transaction again", async () => {
      const client = await connected({ transactions: { retry: 'conflict' } });
      const token = newToken();
      let runs = 0;
      await client.$transaction(async (tx) => {
        runs += 1;
        await tx.token.findMany();
        await create(tx, token);
        if (runs === 1) await lab.query('UPDATE tokens SET small = 5 WHERE token = ?', [second]);
        await touch(tx, second);
      }, kPatient);
      expect(runs).toBe(2);
      expect(await count(token)).toEqual([1]);
      expect(await small(second)).toBe(6);
    });
  });
});
