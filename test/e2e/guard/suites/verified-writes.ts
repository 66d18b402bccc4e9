/**
 * Writes whose acknowledgement is lost, or whose COMMIT never arrives: verified, they end as they ended in the database.
 */
import type { PrismaVersion, Queries, TestClient } from '../../errors/prisma-version';
import { type Failure, GuardLab, type Guarded, expectRecord, failureOf, kVerified, kWays, newToken } from '../lab';

interface Shape {
  readonly name: string;
  /** Writes the token, and answers with what the statement answers. */
  write(client: TestClient, token: string): PromiseLike<unknown>;
  readonly answer: (token: string) => unknown;
  /** Majors in which it is a transaction of Prisma's: to be run again as a whole, by whoever stands above Prisma. */
  readonly transactionIn: readonly number[];
  /** It cannot carry a mark: it runs in a transaction of the guard's own. */
  readonly needsTransaction?: true;
}

const create = (client: Queries, token: string): PromiseLike<unknown> => client.token.create({ data: { token } });

const kShapes: Shape[] = [
  { name: 'create', write: create, answer: (token) => expect.objectContaining({ token, small: 0 }), transactionIn: [] },
  {
    name: 'createMany',
    write: (client, token) =>
      (client.token as unknown as { createMany(args: object): PromiseLike<unknown> }).createMany({ data: [{ token }] }),
    answer: () => ({ count: 1 }),
    transactionIn: [6],
  },
  {
    name: '$executeRaw',
    write: (client, token) => client.$executeRawUnsafe('INSERT INTO tokens (token) VALUES ($1)', token),
    answer: () => 1,
    transactionIn: [],
  },
  {
    name: '$queryRaw … RETURNING, with the value inside',
    write: (client, token) =>
      client.$queryRawUnsafe(`INSERT INTO tokens (token) VALUES ('${token}') RETURNING token AS made`),
    answer: (token) => [{ made: token }],
    transactionIn: [],
    needsTransaction: true,
  },
  {
    name: 'nested create',
    write: (client, token) =>
      client.token.create({ data: { token, notes: { create: [{ text: 'a' }, { text: 'b' }] } } }),
    answer: (token) => expect.objectContaining({ token }),
    transactionIn: [6, 7],
  },
  {
    name: 'array transaction',
    write: (client, token) => client.$transaction([create(client, token), client.token.findMany({ where: { token } })]),
    answer: (token) => [expect.objectContaining({ token }), [expect.objectContaining({ token })]],
    transactionIn: [6, 7],
  },
  {
    name: 'interactive transaction',
    write: (client, token) =>
      client.$transaction(async (tx) => {
        await create(tx, token);
        return 'from the callback';
      }),
    answer: () => 'from the callback',
    transactionIn: [6, 7],
  },
];

export function verifiedWrites(version: PrismaVersion): void {
  describe.each(kWays)(`${version.name}, verified %s`, (way) => {
    const byMark = way === 'by mark';
    let lab: GuardLab;
    let guarded: Guarded;

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
      // A pool of one: whoever asks for the outcome must not wait for the connection it was lost on.
      guarded = lab.guarded(kVerified[way], { max: 1 }, version);
    });
    afterAll(() => lab.dispose());
    beforeEach(() => {
      guarded.host.failures.length = 0;
      guarded.host.verdicts.length = 0;
      guarded.host.answers.length = 0;
    });

    /** What was decided, by whichever rule. */
    const verdicts = (): { verdict: string; reason: string }[] =>
      [...guarded.host.verdicts, ...guarded.host.answers].map(({ verdict: { reason, verdict } }) => ({
        reason,
        verdict,
      }));
    const reason = byMark ? 'marker' : 'no-recovery';

    describe.each(kShapes)('$name', ({ answer, needsTransaction, transactionIn, write }) => {
      const ofPrisma = transactionIn.includes(version.major);
      const carriesMark = byMark && !ofPrisma && !needsTransaction;
      /** The message without which nothing is committed. */
      const decisive = carriesMark ? /^WITH/ : /COMMIT$/;

      test('a lost acknowledgement: answers as if nothing had happened, and wrote once', async () => {
        const token = newToken();
        const cut = lab.proxy.loseAcknowledgements({ times: 1 });
        expect(await write(guarded.client, token)).toEqual(answer(token));
        expect(cut.hits).toBe(1);
        expect(await lab.count(token)).toEqual([1]);
        expect(verdicts()).toEqual([{ verdict: 'committed', reason }]);
      });

      test('a COMMIT that did not arrive: runs again beneath Prisma, or is proven not to be applied', async () => {
        const token = newToken();
        const cut = lab.proxy.cutAfter({ from: 'client', message: 'Statement', sql: decisive, drop: true, times: 1 });
        const writing = write(guarded.client, token);
        if (ofPrisma) {
          const { record } = await failureOf(writing);
          expectRecord(version, record, { phase: 'commit', outcome: 'not-applied', reason });
          expect(await lab.count(token)).toEqual([0]);
        } else {
          expect(await writing).toEqual(answer(token));
          expect(await lab.count(token)).toEqual([1]);
        }
        expect(cut.hits).toBe(1);
      });

      test('a COMMIT swallowed by the network: its ghost is ended, so that it cannot be applied later', async () => {
        const token = newToken();
        const cut = lab.proxy.cutAfter({
          then: 'swallow',
          from: 'client',
          message: 'Statement',
          sql: decisive,
          drop: true,
          times: 1,
        });
        const writing = write(guarded.client, token);
        const settled = ofPrisma ? failureOf(writing) : Promise.resolve(writing);
        while (cut.hits === 0) await new Promise((resolve) => setTimeout(resolve, 2));
        expect(lab.proxy.counters().ghosts + lab.proxy.counters().open).toBeGreaterThan(0);
        await lab.abandonAll(guarded.guard);
        const result = await settled;
        const decided = verdicts().map(({ verdict }) => verdict);
        if (!byMark) expect(decided[0]).toBe('in-progress');
        expect(decided[decided.length - 1]).toBe('not-committed');
        if (!ofPrisma) expect(result).toEqual(answer(token));
        else expectRecord(version, (result as Failure).record, { phase: 'commit', outcome: 'not-applied' });
        expect(await lab.count(token)).toEqual([ofPrisma ? 0 : 1]);
        await lab.nobodyInTransaction();
      });

      test('an answer to COMMIT swallowed by the network', async () => {
        const token = newToken();
        const cut = carriesMark
          ? lab.proxy.cutAfter({ then: 'swallow', from: 'client', message: 'Statement', sql: decisive, times: 1 })
          : lab.proxy.swallowAfterCommit({ times: 1 });
        const writing = Promise.resolve(write(guarded.client, token));
        while (cut.hits === 0) await new Promise((resolve) => setTimeout(resolve, 2));
        await lab.abandonAll(guarded.guard);
        expect(await writing).toEqual(answer(token));
        expect(await lab.count(token)).toEqual([1]);
      });

      test('a connection cut before the write arrives', async () => {
        const token = newToken();
        const cut = lab.proxy.cutAfter({ from: 'client', message: 'Statement', sql: /INSERT/, drop: true, times: 1 });
        const writing = write(guarded.client, token);
        if (ofPrisma) {
          // Prisma may show the failure of the ROLLBACK that it sends behind.
          const phase = expect.stringMatching(/^(statement|rollback)$/);
          expectRecord(version, (await failureOf(writing)).record, { phase, outcome: 'not-applied' });
        } else {
          expect(await writing).toEqual(answer(token));
        }
        expect(cut.hits).toBe(1);
        expect(await lab.count(token)).toEqual([ofPrisma ? 0 : 1]);
      });

      test("a refusal by the database is the caller's", async () => {
        const token = newToken();
        await guarded.client.token.create({ data: { token } });
        const { error, record } = await failureOf(write(guarded.client, token));
        expect(['P2002', 'P2010']).toContain(error.code);
        const phase = 'statement';
        expectRecord(version, record, { phase, inTransaction: !carriesMark, outcome: 'not-applied' });
        expect(await lab.count(token)).toEqual([1]);
      });
    });

    test('a constraint that is only checked at COMMIT is reported as without the guard', async () => {
      await lab.cluster.query(
        `CREATE TABLE IF NOT EXISTS later (id int PRIMARY KEY, tid int REFERENCES tokens DEFERRABLE INITIALLY DEFERRED);
       ALTER TABLE later OWNER TO app`,
      );
      const bare = lab.bare({}, version);
      const insert = (client: TestClient): PromiseLike<unknown> =>
        client.$executeRawUnsafe('INSERT INTO later VALUES (1, 123456)');
      const [with_, without] = [await failureOf(insert(guarded.client)), await failureOf(insert(bare))];
      expect({ ...with_.error, message: with_.error.message }).toEqual({
        ...without.error,
        message: without.error.message,
      });
      const phase = byMark ? 'statement' : 'commit';
      expectRecord(version, with_.record, { phase, outcome: 'not-applied' });
      expect(await guarded.client.$queryRawUnsafe('SELECT count(*)::int AS n FROM later')).toEqual([{ n: 0 }]);
    });

    test('a callback that caught the error of a statement resolves, as without the guard', async () => {
      const token = newToken();
      await guarded.client.token.create({ data: { token } });
      const other = newToken();
      const result = await guarded.client.$transaction(async (tx) => {
        await create(tx, other);
        await Promise.resolve(create(tx, token)).catch(() => undefined);
        return 'resolved';
      });
      expect(result).toBe('resolved');
      expect(await lab.count(other)).toEqual([0]);
    });

    test('a transaction that only read needs no verification, and its lost COMMIT harms nobody', async () => {
      const cut = lab.proxy.loseAcknowledgements({ times: 1, tag: /COMMIT/ });
      expect(await guarded.client.$transaction(async (tx) => (await tx.token.findMany()).length)).toBeGreaterThan(0);
      expect(cut.hits).toBe(1);
      expect(verdicts()).toEqual([{ verdict: 'committed', reason: 'nothing-written' }]);
    });

    test('so does one that wrote by a function that looks harmless only to the eye', async () => {
      await lab.cluster.query(
        `CREATE OR REPLACE FUNCTION public.write_token(t text) RETURNS int LANGUAGE sql AS
         'INSERT INTO tokens (token) VALUES (t) RETURNING id'`,
      );
      const token = newToken();
      const cut = lab.proxy.loseAcknowledgements({ times: 1, tag: /COMMIT/ });
      await guarded.client.$transaction(async (tx) => tx.$queryRawUnsafe(`SELECT write_token('${token}')`));
      expect(cut.hits).toBe(1);
      expect(verdicts()).toEqual([{ verdict: 'committed', reason }]);
      expect(await lab.count(token)).toEqual([1]);
    });
  });
}
