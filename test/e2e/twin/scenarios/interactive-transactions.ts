/** `$transaction(async (tx) => …)`. `tx` is Prisma's own: what happens inside is not ours. */
import type { AnyClient, Scenario } from '../scenario';

const email = (name: string) => ({ data: { email: `${name}@x.org` } });

export const interactiveTransactions: Scenario[] = [
  {
    name: 'what it returns, and what it writes',
    async run({ prisma, between, note }) {
      const users = prisma.user;
      await between();
      note(
        await prisma.$transaction(async (tx: AnyClient) => {
          await tx.user.create(email('in'));
          await tx.$executeRaw`UPDATE "Post" SET views = 7`;
          return [await tx.user.count(), await tx.user.findUnique({ where: { id: 1 } }).posts()];
        }),
      );
      return users.count();
    },
  },
  {
    name: 'a value that is no promise',
    run: ({ prisma, attempt }) => attempt(() => prisma.$transaction(() => 5)),
  },
  {
    name: 'rolled back by a throw',
    async run({ prisma, attempt, between }) {
      await attempt(() =>
        prisma.$transaction(async (tx: AnyClient) => {
          await tx.user.create(email('gone'));
          await between();
          throw new RangeError('no');
        }),
      );
      await attempt(() =>
        prisma.$transaction(() => {
          throw new TypeError('at once');
        }),
      );
      return prisma.user.count();
    },
  },
  {
    name: 'an error inside, caught and not caught',
    async run({ prisma, attempt, between }) {
      await attempt(() => prisma.$transaction((tx: AnyClient) => tx.user.create(email('ada'))));
      await attempt(() =>
        prisma.$transaction(async (tx: AnyClient) => {
          await tx.user.create(email('ada')).catch(() => {});
          await between();
          return 'went on';
        }),
      );
    },
  },
  {
    name: 'options',
    async run({ prisma, attempt }) {
      const level = (tx: AnyClient) => tx.$queryRaw`SHOW transaction_isolation`;
      await attempt(() => prisma.$transaction(level, { isolationLevel: 'Serializable', timeout: 1000, maxWait: 1000 }));
      await attempt(() => prisma.$transaction(level, { isolationLevel: 'Nonsense' }));
      await attempt(() => prisma.$transaction(level, undefined));
    },
    onlyPostgres: 'SHOW transaction_isolation',
  },
  {
    name: 'options of the client',
    options: { transactionOptions: { isolationLevel: 'RepeatableRead' } },
    run: ({ prisma }) => prisma.$transaction((tx: AnyClient) => tx.$queryRaw`SHOW transaction_isolation`),
    onlyPostgres: 'SHOW transaction_isolation',
  },
  {
    name: 'longer than its timeout',
    async run({ prisma }) {
      // Prisma 5 forgets a timeout that is over before BEGIN is answered, and connecting alone may take that long.
      await prisma.user.count();
      const error: Error & { code?: string } = await prisma
        .$transaction(
          async (tx: AnyClient) => {
            await tx.user.create(email('slow'));
            await new Promise((resolve) => setTimeout(resolve, 500));
            await tx.user.count();
          },
          { timeout: 250 },
        )
        .catch((caught: unknown) => caught);
      // The message tells how many milliseconds had passed.
      return [error.name, error.code, error.message.replace(/\d+ ms/g, '… ms'), await prisma.user.count()];
    },
  },
  {
    name: 'tx that escapes',
    async run({ prisma, between }) {
      const escaped: AnyClient = await prisma
        .$transaction((tx: AnyClient) => Promise.resolve(tx))
        .catch((e: unknown) => e);
      await between();
      // After a reset it says that it does not know the transaction, as after $disconnect, and else that it was committed.
      const answerOf = async (asked: PromiseLike<unknown>) => {
        const error: AnyClient = await asked.then(null, (caught: unknown) => caught);
        return [error.constructor.name, error.name, error.code, Object.keys(error.meta), error.meta.modelName];
      };
      return [
        await answerOf(escaped.user.count()),
        await answerOf(escaped.user.create(email('escaped'))),
        await answerOf(escaped.$queryRaw`SELECT 1`),
        await prisma.user.count(),
      ];
    },
  },
  {
    name: 'what tx has and has not',
    run: ({ prisma }) =>
      prisma.$transaction(async (tx: AnyClient) => [
        tx.$connect,
        tx.$disconnect,
        tx.$on,
        tx.$extends,
        typeof tx.$transaction,
        typeof tx.$queryRaw,
        '$connect' in tx,
        Object.keys(tx).filter((key) => !key.startsWith('_')),
        typeof tx.then,
      ]),
  },
  {
    name: 'a delegate of the client inside is outside of the transaction',
    lackingOn: { sqlite: 'on its one connection everything is inside' },
    async run({ prisma, attempt }) {
      await attempt(() =>
        prisma.$transaction(async (tx: AnyClient) => {
          await tx.user.create(email('inside'));
          const seen = await prisma.user.count();
          await prisma.tag.create({ data: { name: 'outside' } });
          throw new Error(`saw ${seen}`);
        }),
      );
      return [await prisma.user.count(), await prisma.tag.count()];
    },
  },
  {
    name: 'a transaction within',
    lacking: {
      '5': 'tx.$transaction is not there',
      '6': 'tx.$transaction is not there',
    },
    async run({ prisma, attempt, between }) {
      await attempt(() =>
        prisma.$transaction(async (tx: AnyClient) => {
          await tx.tag.create({ data: { name: 'outer' } });
          await between();
          await tx
            .$transaction(async (inner: AnyClient) => {
              await inner.tag.create({ data: { name: 'inner' } });
              throw new Error('inner only');
            })
            .catch(() => {});
          return tx.tag.count();
        }),
      );
    },
  },
  {
    name: 'an array inside',
    run: ({ prisma, attempt, between }) =>
      attempt(() =>
        prisma.$transaction(async (tx: AnyClient) => {
          const reads = [
            tx.user.count(),
            tx.user.findUnique({ where: { id: 1 } }),
            tx.user.findUnique({ where: { id: 2 } }),
          ];
          await between();
          return [typeof tx.$transaction, await Promise.all(reads)];
        }),
      ),
  },
  {
    name: 'it starts without being awaited',
    async run({ prisma, note }) {
      const promise = prisma.$transaction((tx: AnyClient) => tx.user.count());
      note(promise instanceof Promise, String(promise));
      return promise;
    },
  },
];
