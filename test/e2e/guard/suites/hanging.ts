/** Work that hangs on frozen servers and silent networks: seen, told from what makes progress, and ended. */
import type { PrismaVersion } from '../../errors/prisma-version';
import type { GuardWork } from '../../../../lib/adapter/guard-host';
import { failureOf, GuardLab, type Guarded, newToken, until } from '../lab';

export function hanging(version: PrismaVersion): void {
  describe(version.name, () => {
    let lab: GuardLab;
    let guarded: Guarded;

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
    });
    afterAll(() => lab.dispose());
    beforeEach(() => {
      guarded = lab.guarded(undefined, { max: 2 }, version);
    });
    afterEach(async () => {
      lab.cluster.thaw();
      await lab.proxy.pass();
      await lab.disconnectAll();
    });

    test('what hangs shows no progress, what works does', async () => {
      const { client, guard } = guarded;
      const rows = Promise.resolve(client.$queryRawUnsafe("SELECT repeat('x', 1000) FROM generate_series(1, 20000)"));
      await until(() => (guard.inFlight()[0]?.bytesRead() ?? 0) > 0);
      const [work] = guard.inFlight();
      const first = work.bytesRead()!;
      await until(() => work.bytesRead()! > first);
      expect(work.connectionDead()).toBe(false);
      await rows;

      await lab.cluster.freeze();
      const frozen = client.$queryRawUnsafe('SELECT 1 AS one');
      const settled = Promise.resolve(frozen);
      await until(() => guard.inFlight().some(({ sentAt }) => sentAt > 0));
      const [hanging] = guard.inFlight();
      const before = hanging.bytesRead();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(hanging.bytesRead()).toBe(before);
      lab.cluster.thaw();
      expect(await settled).toEqual([{ one: 1 }]);
      expect(guard.inFlight()).toEqual([]);
    });

    test('a read on a silent connection is ended and may run again', async () => {
      const { client, guard, host } = guarded;
      await client.token.findMany();
      await lab.proxy.swallow();
      const { record } = await failureOf(
        Promise.all([client.token.findMany(), lab.abandonAll(guard)]).finally(() => lab.proxy.pass()),
      );
      expect(record).toMatchObject({ phase: 'statement', outcome: undefined });
      expect(host.failures).toHaveLength(1);
      expect(Array.isArray(await client.token.findMany())).toBe(true);
    });

    test('its connection is not handed back to anybody', async () => {
      const single = lab.guarded(undefined, { max: 1 }, version);
      await single.client.$queryRawUnsafe('SELECT 1');
      const before = lab.proxy.counters().total;
      await lab.proxy.swallow();
      await failureOf(
        Promise.all([single.client.$queryRawUnsafe('SELECT pg_sleep(1)::text'), lab.abandonAll(single.guard)]),
      );
      await lab.proxy.pass();
      expect(await single.client.$queryRawUnsafe('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(lab.proxy.counters().total).toBe(before + 1);
    });

    test('a connection that hangs while it is opened is given up, and nothing was sent', async () => {
      await lab.cluster.freeze();
      const token = newToken();
      const writing = Promise.resolve(guarded.client.token.create({ data: { token } }));
      await until(() => guarded.guard.inFlight().some(({ phase, kind }) => phase === 'acquire' && kind === 'query'));
      await until(() => lab.proxy.counters().open > 0);
      const [work] = guarded.guard.inFlight();
      lab.cluster.thaw();
      guarded.guard.abandon(work);
      await writing;
      expect(await lab.count(token)).toEqual([1]);
    });

    test('a transaction whose statement hangs is not applied, and its place in the pool is free again', async () => {
      const single = lab.guarded(undefined, { max: 1 }, version);
      const token = newToken();
      let inside: readonly GuardWork[] = [];
      const failing = failureOf(
        single.client.$transaction(
          async (tx) => {
            await tx.token.create({ data: { token } });
            await lab.proxy.swallow();
            const hanging = Promise.resolve(tx.token.findMany());
            await until(() => single.guard.inFlight().length > 0);
            inside = single.guard.inFlight();
            for (const work of inside) single.guard.abandon(work);
            return hanging;
          },
          { timeout: 30_000 },
        ),
      );
      const { record } = await failing;
      await lab.proxy.pass();
      expect(inside.map(({ inTransaction }) => inTransaction)).toEqual([true]);
      expect(record).toMatchObject({ outcome: 'not-applied', inTransaction: true });
      expect(await single.client.$queryRawUnsafe('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(await lab.count(token)).toEqual([0]);
    });

    test('a connection that the server has killed is known to be dead', async () => {
      const { client, guard } = guarded;
      const failing = failureOf(client.$queryRawUnsafe('SELECT pg_sleep(30)::text'));
      await until(() => guard.inFlight().some(({ sentAt }) => sentAt > 0));
      const [work] = guard.inFlight();
      expect(work.connectionDead()).toBe(false);
      await lab.proxy.reset();
      await failing;
      expect(work.connectionDead()).toBe(true);
    });

    test("a COMMIT that the driver's own timeout gave up on does not leave a transaction in the pool", async () => {
      const impatient = lab.guarded(undefined, { max: 1, query_timeout: 200 }, version);
      await impatient.client.$queryRawUnsafe('SELECT 1');
      const cut = lab.proxy.cutAfter({
        from: 'client',
        message: 'Statement',
        sql: /^COMMIT/,
        drop: true,
        then: 'stall',
        times: 1,
      });
      const { record } = await failureOf(
        impatient.client.$transaction(async (tx) => tx.token.create({ data: { token: newToken() } })),
      );
      expect(cut.hits).toBe(1);
      expect(record).toMatchObject({ phase: 'commit', outcome: undefined });
      await lab.proxy.pass();
      // On the old connection it would run inside the open transaction, and be rolled back with it.
      const token = newToken();
      await impatient.client.token.create({ data: { token } });
      expect(await lab.count(token)).toEqual([1]);
    });
  });
}
