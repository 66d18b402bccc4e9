/** `$transaction([…])`: all or nothing, in order, whatever its members are. */
import type { AnyClient, Scenario } from '../scenario';

const everyKind = (prisma: AnyClient): unknown[] => [
  prisma.user.create({ data: { email: 'tx@x.org' } }),
  prisma.post.updateMany({ data: { views: 0 } }),
  prisma.user.findUnique({ where: { id: 1 } }).posts({ select: { id: true }, orderBy: { id: 'asc' } }),
  prisma.user.findUnique({ where: { id: 2 } }),
  prisma.$queryRaw`SELECT count(*) AS users FROM "User"`,
  prisma.$executeRaw`UPDATE "Tag" SET name = upper(name)`,
  prisma.$queryRawUnsafe('SELECT name FROM "Tag" ORDER BY id'),
  prisma.post.count(),
  prisma.post.aggregate({ _sum: { views: true } }),
  prisma.post.groupBy({ by: ['authorId'], _count: true, orderBy: { authorId: 'asc' } }),
  prisma.tag.deleteMany(),
];

const rows = async (prisma: AnyClient): Promise<unknown> => [
  await prisma.user.findMany({ orderBy: { id: 'asc' } }),
  await prisma.tag.findMany({ orderBy: { id: 'asc' } }),
  await prisma.post.findMany({ orderBy: { id: 'asc' } }),
];

export const arrayTransactions: Scenario[] = [
  {
    name: 'members of every kind',
    async run({ prisma, between, note }) {
      const members = everyKind(prisma);
      await between();
      note(await prisma.$transaction(members));
      return rows(prisma);
    },
  },
  {
    name: 'empty',
    run: ({ prisma, attempt }) => attempt(() => prisma.$transaction([])),
  },
  ...['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable', 'Nonsense'].map(
    (isolationLevel): Scenario => ({
      name: `isolation level ${isolationLevel}`,
      async run({ prisma, between, attempt }) {
        const members = [prisma.$queryRaw`SHOW transaction_isolation`, prisma.user.count()];
        await between();
        await attempt(() => prisma.$transaction(members, { isolationLevel }));
      },
      onlyPostgres: 'SHOW transaction_isolation',
    }),
  ),
  ...[0, 1, 2].map((position): Scenario => ({
    name: `member ${position} fails and nothing is written`,
    async run({ prisma, between, attempt }) {
      const members = [0, 1, 2].map((i) =>
        prisma.user.create({ data: { email: i === position ? 'ada@x.org' : `m${i}@x.org` } }),
      );
      await between();
      await attempt(() => prisma.$transaction(members));
      return prisma.user.count();
    },
  })),
  {
    name: 'a member with wrong arguments',
    async run({ prisma, between, attempt }) {
      const members = [prisma.tag.create({ data: { name: 'ok' } }), prisma.tag.create({ data: { nme: 'x' } })];
      await between();
      await attempt(() => prisma.$transaction(members));
      return prisma.tag.count();
    },
  },
  {
    name: 'a statement that fails',
    async run({ prisma, between, attempt }) {
      const members = [prisma.tag.create({ data: { name: 'ok' } }), prisma.$executeRaw`SELEC 1`];
      await between();
      await attempt(() => prisma.$transaction(members));
      return prisma.tag.count();
    },
  },
  ...Object.entries({
    'a number': () => 1,
    'a promise': () => Promise.resolve(1),
    nothing: () => undefined,
    null: () => null,
    'a member that is on its way': (prisma: AnyClient) => prisma.tag.count().then((n: number) => n),
  }).map(([what, make]): Scenario => ({
    name: `${what} among its members`,
    async run({ prisma, attempt, note, between }) {
      const member: unknown = make(prisma);
      const members = [prisma.tag.create({ data: { name: 'beside' } }), member];
      await between();
      try {
        const promise: unknown = prisma.$transaction(members);
        note('did not throw at once', typeof promise);
        await attempt(() => promise);
      } catch (error) {
        note('threw at once', error);
      }
      await member;
      return prisma.tag.count();
    },
  })),
  ...Object.entries({ undefined: undefined, 'a number': 1, 'an object': {}, 'a text': 'x' }).map(
    ([what, input]): Scenario => ({
      name: `${what} instead of an array`,
      run({ prisma, note }) {
        try {
          note('returned', typeof prisma.$transaction(input));
        } catch (error) {
          note('threw at once', error);
        }
      },
    }),
  ),
  {
    name: 'the same member twice',
    async run({ prisma, between, attempt }) {
      const member = prisma.post.update({ where: { id: 1 }, data: { views: { increment: 1 } } });
      await between();
      await attempt(() => prisma.$transaction([member, member]));
      return prisma.post.findUnique({ where: { id: 1 } });
    },
  },
  {
    name: 'a member that was awaited before',
    async run({ prisma, between, attempt }) {
      const member = prisma.post.update({ where: { id: 1 }, data: { views: { increment: 1 } } });
      await member;
      await between();
      await attempt(() => prisma.$transaction([member, prisma.post.count()]));
      return prisma.post.findUnique({ where: { id: 1 } });
    },
  },
  {
    name: 'a member that is awaited afterwards',
    async run({ prisma, between, attempt }) {
      const member = prisma.post.update({ where: { id: 1 }, data: { views: { increment: 1 } } });
      await between();
      await prisma.$transaction([member]);
      await attempt(() => member);
    },
  },
  {
    name: 'the same array twice',
    async run({ prisma, between, note }) {
      const members = [prisma.post.update({ where: { id: 1 }, data: { views: { increment: 1 } } })];
      await between();
      note(await prisma.$transaction(members));
      await between();
      note(await prisma.$transaction(members));
    },
  },
  {
    name: 'it starts without being awaited',
    async run({ prisma, between }) {
      const promise = prisma.$transaction([prisma.tag.create({ data: { name: 'eager' } })]);
      await between();
      await promise;
      return [await prisma.tag.count(), promise instanceof Promise, String(promise)];
    },
  },
  {
    name: 'nobody catches its error',
    strayRejections: 1,
    async run({ prisma, between }) {
      const members = [prisma.user.create({ data: { email: 'ada@x.org' } })];
      await between();
      const promise = prisma.$transaction(members);
      void promise.then(() => {});
      await promise.catch(() => {});
    },
  },
  {
    name: 'several at once',
    unordered: true,
    async run({ prisma, between }) {
      const arrays = [1, 2, 3].map((id) => [prisma.user.findUnique({ where: { id } }), prisma.tag.count()]);
      await between();
      return Promise.all(arrays.map((members) => prisma.$transaction(members)));
    },
  },
];
