/** The adapter replaced beneath living clients, on real pools and under load. */
import type { PrismaVersion } from '../../errors/prisma-version';
import type { Pool } from 'pg';
import { createGuard } from '../../../../lib/adapter/guard';
import { PatientHost } from '../patient-host';
import { failureOf, GuardLab, type Guarded, newToken, until } from '../lab';

export function swap(version: PrismaVersion): void {
  describe(version.name, () => {
    let lab: GuardLab;
    let guarded: Guarded;

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
    });
    afterAll(() => lab.dispose());
    beforeEach(() => {
      guarded = lab.guarded(undefined, { max: 4 }, version);
    });
    afterEach(async () => {
      await lab.proxy.pass();
      await lab.disconnectAll();
    });

    const backend = async (): Promise<unknown> =>
      ((await guarded.client.$queryRawUnsafe('SELECT pg_backend_pid() AS pid')) as { pid: unknown }[])[0].pid;

    test('new connections after it, none of the old ones left, one SELECT 1 to verify', async () => {
      const before = await backend();
      lab.proxy.resetCounters();
      const { drained } = await guarded.guard.swap();
      expect(lab.proxy.counters().roundTrips).toBe(1);
      await drained;
      expect(await backend()).not.toBe(before);
      await until(() => lab.proxy.counters().open === 1);
    });

    test('under load nothing fails, and transactions that run across it are whole', async () => {
      const { client, guard } = guarded;
      const written: string[] = [];
      let over = false;
      const lane = async (n: number): Promise<void> => {
        while (!over) {
          const token = newToken();
          const create = (queries: typeof client): PromiseLike<unknown> => queries.token.create({ data: { token } });
          if (n % 3 === 0) await create(client);
          else if (n % 3 === 1)
            await client.$transaction([create(client), client.token.findMany({ where: { token } })]);
          else {
            await client.$transaction(async (tx) => {
              await tx.token.create({ data: { token } });
              const [{ pid }] = (await tx.$queryRawUnsafe('SELECT pg_backend_pid() AS pid')) as { pid: number }[];
              await new Promise((resolve) => setTimeout(resolve, 5));
              const [later] = (await tx.$queryRawUnsafe('SELECT pg_backend_pid() AS pid')) as { pid: number }[];
              expect(later.pid).toBe(pid);
            });
          }
          written.push(token);
        }
      };
      const lanes = Array.from({ length: 12 }, (_each, n) => lane(n));
      const swaps = [];
      for (let i = 0; i < 5; i += 1) {
        const enough = written.length + 20;
        await until(() => written.length >= enough);
        swaps.push((await guard.swap()).drained);
      }
      over = true;
      await Promise.all(lanes);
      await Promise.all(swaps);
      expect(guarded.host.failures).toEqual([]);
      expect(await lab.count(...written)).toEqual(written.map(() => 1));
      await until(() => lab.proxy.counters().open <= 4);
    });

    test('to another server', async () => {
      const other = await GuardLab.start({}, version);
      try {
        await guarded.client.$queryRawUnsafe('SELECT 1');
        await guarded.guard.swap({ makeFactory: () => other.factory({}, version) });
        const token = newToken();
        await guarded.client.token.create({ data: { token } });
        expect(await other.count(token)).toEqual([1]);
        expect(await lab.count(token)).toEqual([0]);
      } finally {
        await guarded.client.$disconnect();
        await other.dispose();
      }
    });

    test('a server that is down leaves the old adapter in place', async () => {
      await guarded.client.$queryRawUnsafe('SELECT 1');
      const url = new URL(lab.cluster.url());
      url.port = '1';
      await expect(
        guarded.guard.swap({ makeFactory: () => lab.factory({ connectionString: url.toString() }, version) }),
      ).rejects.toMatchObject({ name: 'DriverAdapterError', cause: { kind: 'DatabaseNotReachable' } });
      expect(await guarded.client.$queryRawUnsafe('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    test('work that was sent to a dead server goes to the new one', async () => {
      const { client, guard, host } = guarded;
      await client.$queryRawUnsafe('SELECT 1');
      await lab.proxy.refuse();
      await lab.proxy.reset();
      const token = newToken();
      const writing = Promise.resolve(
        client.$transaction(async (tx) => tx.token.create({ data: { token } }), { maxWait: 10_000 }),
      );
      await until(() => host.failures.length > 2);
      await guard.swap({ makeFactory: () => lab.factory({ connectionString: lab.cluster.url() }, version) });
      await writing;
      expect(await lab.count(token)).toEqual([1]);
    });

    test('forced: what still runs after drainMs fails, and may run again on the new adapter', async () => {
      const { client, guard } = guarded;
      const hanging = failureOf(client.$queryRawUnsafe('SELECT pg_sleep(30)::text'));
      await until(() => guard.inFlight().some(({ sentAt }) => sentAt > 0));
      const { drained } = await guard.swap({ drainMs: 20 });
      expect(await client.$queryRawUnsafe('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect((await hanging).record).toMatchObject({ phase: 'statement', epoch: 0 });
      await drained;
    });

    test('forced, with a transaction open on a silent connection', async () => {
      const { client, guard } = guarded;
      let swapped: Promise<unknown> = Promise.resolve();
      const { record } = await failureOf(
        client.$transaction(
          async (tx) => {
            await tx.token.findMany();
            await lab.proxy.swallow();
            const reading = Promise.resolve(tx.token.findMany());
            await until(() => guard.inFlight().length > 0);
            const direct = { connectionString: lab.cluster.url() };
            swapped = guard
              .swap({ drainMs: 20, makeFactory: () => lab.factory(direct, version) })
              .then(({ drained }) => drained);
            return reading;
          },
          { timeout: 30_000 },
        ),
      );
      expect(record).toMatchObject({ outcome: 'not-applied', inTransaction: true });
      await swapped;
      expect(await client.$queryRawUnsafe('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    test('a pool that was handed in cannot be replaced by itself', async () => {
      const pool = version.make('pg', 'Pool', { connectionString: lab.cluster.url() }) as Pool;
      const factory = version.make('@prisma/adapter-pg', 'PrismaPg', pool) as never;
      const guard = createGuard(new PatientHost());
      const client = lab.clientOn(guard.wrap(factory), version);
      await client.$queryRawUnsafe('SELECT 1');
      await expect(guard.swap()).rejects.toThrow('already used by an earlier client');
      expect(await client.$queryRawUnsafe('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await client.$disconnect();
      await pool.end();
    });

    test('an idle connection that breaks in a pool that was handed in does not end the process', async () => {
      const pool = version.make('pg', 'Pool', { connectionString: lab.proxy.via(lab.cluster.url()) }) as Pool;
      const guard = createGuard(new PatientHost());
      const client = lab.clientOn(guard.wrap(version.make('@prisma/adapter-pg', 'PrismaPg', pool) as never), version);
      await client.$queryRawUnsafe('SELECT 1');
      await client.$disconnect();
      // The adapter has taken its own listener away by now.
      expect(pool.totalCount).toBe(1);
      await lab.proxy.reset();
      await until(() => pool.totalCount === 0);
      await pool.end();
    });
  });
}
