/** How far work had come when it failed: known for real faults, from the very error that the caller gets. */
import type { PrismaVersion } from '../../errors/prisma-version';
import { failureOf, GuardLab, type Guarded, newToken } from '../lab';

export function phases(version: PrismaVersion): void {
  describe(version.name, () => {
    let lab: GuardLab;
    let guarded: Guarded;

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
    });
    afterAll(() => lab.dispose());
    beforeEach(() => {
      guarded = lab.guarded(undefined, {}, version);
      // Nothing is taken again here.
      jest.spyOn(guarded.host, 'failed').mockReturnValue(false);
    });
    afterEach(() => lab.proxy.pass());

    const create = (token = newToken()): PromiseLike<unknown> => guarded.client.token.create({ data: { token } });

    test('refused: nothing was sent', async () => {
      await lab.proxy.refuse();
      for (const work of [
        () => create(),
        () => guarded.client.$queryRawUnsafe('SELECT 1'),
        () => guarded.client.$transaction([create(), create()]),
        () => guarded.client.$transaction(async (tx) => tx.token.findMany()),
      ]) {
        const { record } = await failureOf(work());
        expect(record).toMatchObject({ phase: 'acquire', outcome: 'not-applied', inTransaction: false, tries: 1 });
      }
    });

    test('connections that are reset while they are opened: nothing was sent', async () => {
      await lab.proxy.reset({ newConnections: true });
      expect((await failureOf(create())).record).toMatchObject({ phase: 'acquire', outcome: 'not-applied' });
    });

    test('a server that stops in the middle of opening a connection: nothing was sent', async () => {
      const cut = lab.proxy.cutAfter({ message: 'BackendKeyData', times: 1 });
      expect((await failureOf(create())).record).toMatchObject({ phase: 'acquire', outcome: 'not-applied' });
      expect(cut.hits).toBe(1);
    });

    test('an error with a code of its own, which Prisma replaces by another object, keeps its record and nothing else', async () => {
      // Both ::1 and 127.0.0.1 refuse: an AggregateError with code ECONNREFUSED, which the adapter does not map.
      const url = new URL(lab.cluster.url());
      url.hostname = 'localhost';
      url.port = '1';
      const pool = { connectionString: url.toString() };
      const client = lab.guarded(undefined, pool, version);
      jest.spyOn(client.host, 'failed').mockReturnValue(false);
      const bare = lab.bare(pool, version);
      for (const ask of [
        (queries: typeof bare) => queries.$queryRawUnsafe('SELECT 1'),
        (queries: typeof bare) => queries.token.findMany(),
      ]) {
        const { error, record } = await failureOf(ask(client.client));
        const { error: without } = await failureOf(ask(bare));
        expect(record).toMatchObject({ phase: 'acquire', outcome: 'not-applied' });
        expect(error.constructor.name).toBe(without.constructor.name);
        expect({ ...error }).toEqual({ ...without });
        expect(Reflect.ownKeys(error.meta ?? {})).toEqual(Reflect.ownKeys(without.meta ?? {}));
      }
    });

    test('BEGIN unanswered: none of its statements was sent', async () => {
      const cut = lab.proxy.cutAfter({ message: 'CommandComplete', tag: /BEGIN/, drop: true, times: 1 });
      const { record } = await failureOf(guarded.client.$transaction([create(), create()]));
      expect(record).toMatchObject({ phase: 'begin', outcome: 'not-applied', inTransaction: false });
      expect(cut.hits).toBe(1);
    });

    test('a single statement unanswered: nothing is proven', async () => {
      const token = newToken();
      lab.proxy.loseAcknowledgements({ times: 1 });
      const { record } = await failureOf(create(token));
      expect(record).toMatchObject({ phase: 'statement', outcome: undefined, inTransaction: false });
      expect(await lab.count(token)).toEqual([1]);
    });

    test('a statement of a transaction unanswered: not applied', async () => {
      const token = newToken();
      lab.proxy.cutAfter({ message: 'CommandComplete', tag: /INSERT/, drop: true, times: 1 });
      const { record } = await failureOf(
        guarded.client.$transaction(async (tx) => tx.token.create({ data: { token } })),
      );
      expect(record).toMatchObject({ phase: 'statement', outcome: 'not-applied', inTransaction: true });
      expect(await lab.count(token)).toEqual([0]);
    });

    test.each([
      [
        'a nested create',
        (token: string) => guarded.client.token.create({ data: { token, notes: { create: { text: 'a' } } } }),
      ],
      ['an array transaction', (token: string) => guarded.client.$transaction([create(token), create()])],
      [
        'an interactive one',
        (token: string) => guarded.client.$transaction(async (tx) => tx.token.create({ data: { token } })),
      ],
    ])('COMMIT of %s unanswered: nothing is proven', async (_name, write) => {
      const token = newToken();
      const cut = lab.proxy.loseAcknowledgements({ times: 1, tag: /COMMIT/ });
      const { record } = await failureOf(write(token));
      expect(cut.hits).toBe(1);
      expect(record).toMatchObject({ phase: 'commit', outcome: undefined, inTransaction: true });
      expect(await lab.count(token)).toEqual([1]);
    });

    test('an ordinary error of a statement', async () => {
      const token = newToken();
      await create(token);
      const { error, record } = await failureOf(create(token));
      expect(error.code).toBe('P2002');
      expect(record).toMatchObject({ phase: 'statement', outcome: undefined });
    });

    test('no connection is lost to the pool, whatever failed on it', async () => {
      const small = lab.guarded(undefined, { max: 1, connectionTimeoutMillis: 2000 }, version);
      jest.spyOn(small.host, 'failed').mockReturnValue(false);
      const { client } = small;
      const nested = (): PromiseLike<unknown> =>
        client.token.create({ data: { token: newToken(), notes: { create: { text: 'a' } } } });
      const interactive = (): PromiseLike<unknown> =>
        client.$transaction(async (tx) => tx.token.create({ data: { token: newToken() } }));
      for (const write of [nested, interactive]) {
        for (const statement of [/^BEGIN/, /INSERT/, /^COMMIT/]) {
          const cut = lab.proxy.cutAfter({
            from: 'client',
            message: 'Statement',
            sql: statement,
            drop: true,
            times: 1,
          });
          await failureOf(write());
          expect(cut.hits).toBe(1);
          await write();
        }
        lab.proxy.loseAcknowledgements({ times: 1, tag: /COMMIT/ });
        await failureOf(write());
        await write();
      }
      await lab.nobodyInTransaction();
    });
  });
}
