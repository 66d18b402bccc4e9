/** What was not sent is sent again beneath everything that Prisma and its extensions do. */
import type { PrismaVersion, Queries } from '../../errors/prisma-version';
import { GuardLab, type Guarded, newToken } from '../lab';

/** `$extends` of a client with a query hook, for whichever version. */
interface Extendable {
  $extends(extension: object): Queries & { $transaction(members: readonly unknown[]): Promise<unknown[]> };
}

export function notSent(version: PrismaVersion): void {
  describe(version.name, () => {
    let lab: GuardLab;
    let guarded: Guarded;

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
    });
    afterAll(() => lab.dispose());
    afterEach(() => lab.disconnectAll());
    beforeEach(() => {
      guarded = lab.guarded(undefined, {}, version);
    });

    /** Runs `work` while the server is gone, and brings it back once the guard has met that. */
    async function acrossOutage<T>(work: () => PromiseLike<T>, comeBack: () => Promise<unknown>): Promise<T> {
      const running = Promise.resolve(work());
      while (guarded.host.failures.length < 3) await new Promise((resolve) => setTimeout(resolve, 2));
      await comeBack();
      return running;
    }

    const work: [string, (token: string) => PromiseLike<unknown>][] = [
      ['a create', (token) => guarded.client.token.create({ data: { token } })],
      ['a raw write', (token) => guarded.client.$executeRawUnsafe('INSERT INTO tokens (token) VALUES ($1)', token)],
      [
        'a nested create',
        (token) => guarded.client.token.create({ data: { token, notes: { create: [{ text: 'a' }] } } }),
      ],
      [
        'an array',
        (token) =>
          guarded.client.$transaction([
            guarded.client.token.create({ data: { token } }),
            guarded.client.note.findMany(),
          ]),
      ],
      [
        'a callback',
        (token) => guarded.client.$transaction(async (tx) => tx.token.create({ data: { token } }), { maxWait: 10_000 }),
      ],
    ];

    test.each(work)('%s while the server is stopped', async (_name, write) => {
      const token = newToken();
      await guarded.client.$queryRawUnsafe('SELECT 1');
      await lab.cluster.stop('fast');
      await acrossOutage(
        () => write(token),
        () => lab.cluster.start(),
      );
      expect(await lab.count(token)).toEqual([1]);
      expect(guarded.host.settlements).toBe(1);
    });

    test('a callback is called once, however often its transaction began', async () => {
      let calls = 0;
      await lab.proxy.refuse();
      await acrossOutage(
        () =>
          guarded.client.$transaction(
            async (tx) => {
              calls += 1;
              return tx.token.findMany();
            },
            { maxWait: 10_000 },
          ),
        () => lab.proxy.pass(),
      );
      expect(calls).toBe(1);
    });

    test('a query extension runs once, and so does what it writes itself', async () => {
      guarded = lab.guarded(undefined, { idleTimeoutMillis: 1 }, version);
      let runs = 0;
      const audit = newToken();
      const token = newToken();
      const extended = (guarded.client as unknown as Extendable).$extends({
        query: {
          token: {
            async create({ args, query }: { args: object; query: (args: object) => Promise<unknown> }) {
              runs += 1;
              await guarded.client.$executeRawUnsafe('INSERT INTO tokens (token) VALUES ($1)', audit);
              // The connection of the audit row is given up when idle, so that what follows needs a new one.
              while (lab.proxy.counters().open > 0) await new Promise((resolve) => setTimeout(resolve, 2));
              await lab.proxy.refuse();
              return query(args);
            },
          },
        },
      });
      await acrossOutage(
        () => extended.token.create({ data: { token } }),
        () => lab.proxy.pass(),
      );
      expect(runs).toBe(1);
      expect(await lab.count(audit, token)).toEqual([1, 1]);
    });

    test('$connect of a fresh client, and the first query of one', async () => {
      await lab.proxy.refuse();
      const reading = acrossOutage(
        () => guarded.client.token.findMany(),
        () => lab.proxy.pass(),
      );
      expect(Array.isArray(await reading)).toBe(true);
    });

    test('a server in recovery or shutting down (57P03) has not run anything', async () => {
      const token = newToken();
      const holder = lab.bare({ max: 1, idleTimeoutMillis: 0 }, version);
      await holder.$queryRawUnsafe('SELECT 1');
      // A smart shutdown lets the holder stay and tells everybody else 57P03.
      const stopped = lab.cluster.stop('smart');
      const refused = lab.proxy.cutAfter({ message: 'ErrorResponse', probability: 0 });
      await acrossOutage(
        () => guarded.client.token.create({ data: { token } }),
        async () => {
          while (refused.matches === 0) await new Promise((resolve) => setTimeout(resolve, 2));
          await holder.$disconnect();
          await stopped;
          await lab.cluster.start();
        },
      );
      expect(await lab.count(token)).toEqual([1]);
    });

    test('a client that was disconnected does not linger', async () => {
      await lab.proxy.refuse();
      const reading = Promise.resolve(guarded.client.token.findMany()).then(
        () => 'answered',
        () => 'failed',
      );
      while (guarded.host.failures.length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
      await guarded.client.$disconnect();
      expect(await reading).toBe('failed');
      await lab.proxy.pass();
    });
  });
}
