/**
 * A transaction stays whole, whatever Prisma sends after its end: none of its statements goes out alone, and its
 * connection is handed back outside of any transaction.
 */
import type { PrismaVersion, Queries } from '../../errors/prisma-version';
import { failureOf, GuardLab, type Guarded, newToken, until } from '../lab';

/** What is written with this number takes a while. */
const kSlow = 7;
/** What is written with this number takes a while to be committed. */
const kSlowCommit = 8;

const kSlowWrites = `
  CREATE FUNCTION sleep_a_little() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END';
  CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON tokens
    FOR EACH ROW WHEN (NEW.small = ${kSlow}) EXECUTE FUNCTION sleep_a_little();
  CREATE FUNCTION sleep_long() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(4); RETURN NEW; END';
  CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON tokens DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.small = ${kSlowCommit}) EXECUTE FUNCTION sleep_long();`;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function whole(version: PrismaVersion): void {
  describe(version.name, () => {
    let lab: GuardLab;
    let guarded: Guarded;
    /** Of a row that is there from the start. */
    let parent: string;

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
      await lab.cluster.query(kSlowWrites);
    });
    afterAll(() => lab.dispose());
    beforeEach(async () => {
      parent = newToken();
      guarded = onPool({ max: 1 });
      await create(guarded.client, parent);
    });
    afterEach(async () => {
      await lab.disconnectAll();
      await lab.nobodyInTransaction();
    });

    function onPool(pool: object): Guarded {
      const made = lab.guarded(undefined, pool, version);
      jest.spyOn(made.host, 'failed').mockReturnValue(false);
      return made;
    }

    const create = (queries: Queries, token: string, small = 0): PromiseLike<Record<string, unknown>> =>
      queries.token.create({ data: { token, small } });

    /** Two statements: the first is slow, the second would do by itself. */
    const nested = (queries: Queries, note: string): PromiseLike<unknown> =>
      queries.token.update({ where: { token: parent }, data: { small: kSlow, notes: { create: { text: note } } } });

    const notes = async (text: string): Promise<number> =>
      (await lab.cluster.query('SELECT FROM notes WHERE text = $1', [text])).length;

    const parentIsChanged = async (): Promise<boolean> =>
      (await lab.cluster.query('SELECT FROM tokens WHERE token = $1 AND small <> 0', [parent])).length > 0;

    test('a nested write when the time of its transaction is up', async () => {
      const note = newToken();
      const { error, record } = await failureOf(
        guarded.client.$transaction((tx) => nested(tx, note) as Promise<unknown>, { timeout: 100 }),
      );
      expect(error.code).toBe('P2028');
      expect(error.message).toContain('Transaction already closed');
      expect(record).toMatchObject({ outcome: 'not-applied' });
      expect([await notes(note), await parentIsChanged()]).toEqual([0, false]);
    });

    test('a nested write when another branch of the callback throws', async () => {
      const note = newToken();
      let late: Promise<unknown> | undefined;
      const work = guarded.client.$transaction((tx) => {
        late = Promise.resolve(nested(tx, note));
        return Promise.all([late, pause(50).then(() => Promise.reject(new Error('of the caller')))]);
      });
      await expect(work).rejects.toThrow('of the caller');
      expect((await failureOf(late!)).error).toMatchObject({ code: 'P2028' });
      expect([await notes(note), await parentIsChanged()]).toEqual([0, false]);
    });

    test('no statement of it lands in the transaction of a stranger', async () => {
      const note = newToken();
      const [first, second] = [newToken(), newToken()];
      const { client } = guarded;
      const failing = client.$transaction((tx) =>
        Promise.all([nested(tx, note), pause(50).then(() => Promise.reject(new Error('of the caller')))]),
      );
      const stranger = client.$transaction(
        async (tx) => {
          await create(tx, first);
          await pause(50);
          await create(tx, second);
        },
        { maxWait: 20_000, timeout: 20_000 },
      );
      await expect(failing).rejects.toThrow('of the caller');
      await stranger;
      expect(await lab.count(first, second)).toEqual([1, 1]);
      expect(await notes(note)).toBe(0);
    });

    test('a write that nobody awaits is part of the transaction that commits', async () => {
      const [note, token] = [newToken(), newToken()];
      let late: Promise<unknown> | undefined;
      await guarded.client.$transaction(async (tx) => {
        await create(tx, token);
        late = Promise.resolve(nested(tx, note));
        await pause(50);
      });
      await late;
      expect([await lab.count(token), await notes(note), await parentIsChanged()]).toEqual([[1], 1, true]);
    });

    test('a write that comes too late for COMMIT is refused as a whole', async () => {
      const [note, token] = [newToken(), newToken()];
      let late: Promise<unknown> | undefined;
      await guarded.client.$transaction(async (tx) => {
        await create(tx, token);
        late = Promise.resolve(nested(tx, note));
      });
      expect((await failureOf(late!)).error).toMatchObject({ code: 'P2028' });
      expect([await lab.count(token), await notes(note), await parentIsChanged()]).toEqual([[1], 0, false]);
    });

    test('a write that nobody awaits goes with the transaction that rolls back', async () => {
      const [note, token] = [newToken(), newToken()];
      let late: Promise<unknown> | undefined;
      const work = guarded.client.$transaction(async (tx) => {
        await create(tx, token);
        late = Promise.resolve(nested(tx, note));
        late.catch(() => undefined);
        await pause(50);
        throw new Error('of the caller');
      });
      await expect(work).rejects.toThrow('of the caller');
      expect((await failureOf(late!)).error).toMatchObject({ code: 'P2028' });
      expect([await lab.count(token), await notes(note), await parentIsChanged()]).toEqual([[0], 0, false]);
    });

    test('a write that nobody awaits, and that fails, fails its transaction', async () => {
      const token = newToken();
      const work = guarded.client.$transaction(async (tx) => {
        await create(tx, token);
        void Promise.resolve(create(tx, parent, kSlow)).catch(() => undefined);
        await pause(50);
      });
      const { error, record } = await failureOf(work);
      expect(error).toMatchObject({ code: 'P2028' });
      expect(record).toMatchObject({ outcome: 'not-applied' });
      expect(await lab.count(token)).toEqual([0]);
    });

    test('maxWait runs out while BEGIN is under way: the connection comes back outside of it', async () => {
      const [acknowledged, undone] = [newToken(), newToken()];
      const { client } = guarded;
      await lab.cluster.freeze();
      const late = failureOf(client.$transaction((tx) => create(tx, undone) as Promise<unknown>, { maxWait: 100 }));
      await pause(150);
      lab.cluster.thaw();
      expect((await late).error).toMatchObject({ code: 'P2028' });
      await create(client, acknowledged);
      await expect(
        client.$transaction(async (tx) => {
          await create(tx, undone);
          throw new Error('of the caller');
        }),
      ).rejects.toThrow('of the caller');
      expect(await lab.count(acknowledged, undone)).toEqual([1, 0]);
    });

    test('a COMMIT that times out releases its connection once', async () => {
      const { client } = onPool({ max: 1, query_timeout: 1500 });
      const token = newToken();
      const { record } = await failureOf(
        client.$transaction((tx) => create(tx, token, kSlowCommit) as Promise<unknown>),
      );
      expect(record).toMatchObject({ phase: 'commit', outcome: undefined });
      const next = [newToken(), newToken(), newToken()];
      await Promise.all(next.map((each) => create(client, each)));
      expect(await lab.count(...next)).toEqual([1, 1, 1]);
    });

    test('what is asked of it after its end is refused as Prisma refuses it', async () => {
      let kept: Queries | undefined;
      await guarded.client.$transaction(async (tx) => {
        kept = tx;
        await create(tx, newToken());
      });
      const { error } = await failureOf(create(kept!, newToken()));
      expect(error).toMatchObject({ code: 'P2028' });
    });

    test('nothing is in flight in the end', async () => {
      await until(() => guarded.guard.inFlight().length === 0);
    });
  });
}
