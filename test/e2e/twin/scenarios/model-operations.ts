/** Every operation on a model, with what it answers and what it sends. Rows: see rows.ts. */
import type { Scenario, Stage } from '../scenario';

type Call = (stage: Stage) => unknown;

const calls: Record<string, Call> = {
  findUnique: ({ prisma }) => prisma.user.findUnique({ where: { id: 1 } }),
  'findUnique without a row': ({ prisma }) => prisma.user.findUnique({ where: { id: 99 } }),
  'findUnique with relations': ({ prisma }) =>
    prisma.user.findUnique({
      where: { email: 'ada@x.org' },
      include: { posts: { include: { tags: true } }, profile: true },
    }),
  findUniqueOrThrow: ({ prisma }) => prisma.user.findUniqueOrThrow({ where: { id: 1 }, select: { name: true } }),
  findFirst: ({ prisma }) => prisma.post.findFirst({ orderBy: { id: 'desc' }, skip: 1 }),
  findFirstOrThrow: ({ prisma }) => prisma.post.findFirstOrThrow({ where: { views: { gt: 5 } } }),
  findMany: ({ prisma }) => prisma.post.findMany({ orderBy: { id: 'asc' } }),
  'findMany without arguments': ({ prisma }) => prisma.tag.findMany(),
  'findMany with a cursor': ({ prisma }) =>
    prisma.post.findMany({ cursor: { id: 2 }, take: 2, orderBy: { id: 'asc' } }),
  'findMany by relation': ({ prisma }) =>
    prisma.user.findMany({ where: { posts: { some: { title: { contains: 'first' } } } }, distinct: ['role'] }),
  'findMany by a field': ({ prisma }) =>
    prisma.post.findMany({ where: { id: { gte: prisma.post.fields.views } }, select: { id: true } }),
  create: ({ prisma }) => prisma.user.create({ data: { email: 'new@x.org' } }),
  'create nested': ({ prisma }) =>
    prisma.user.create({
      data: {
        email: 'nested@x.org',
        profile: { create: { bio: 'b' } },
        posts: {
          create: [{ title: 'n1', tags: { connectOrCreate: { where: { name: 'new' }, create: { name: 'new' } } } }],
        },
      },
      include: { posts: { include: { tags: true } }, profile: true },
    }),
  createMany: ({ prisma }) => prisma.tag.createMany({ data: [{ name: 'x' }, { name: 'y' }] }),
  update: ({ prisma }) => prisma.post.update({ where: { id: 1 }, data: { views: { increment: 5 } } }),
  'update nested': ({ prisma }) =>
    prisma.user.update({
      where: { id: 1 },
      data: { posts: { updateMany: { where: {}, data: { views: 0 } } } },
      include: { posts: true },
    }),
  updateMany: ({ prisma }) => prisma.post.updateMany({ where: { authorId: 1 }, data: { title: 'same' } }),
  'upsert that creates': ({ prisma }) =>
    prisma.tag.upsert({ where: { name: 'fresh' }, create: { name: 'fresh' }, update: { name: 'stale' } }),
  'upsert that updates': ({ prisma }) =>
    prisma.tag.upsert({ where: { name: 'red' }, create: { name: 'x' }, update: { name: 'crimson' } }),
  delete: ({ prisma }) => prisma.profile.delete({ where: { id: 1 } }),
  deleteMany: ({ prisma }) => prisma.tag.deleteMany({ where: { name: { startsWith: 'r' } } }),
  count: ({ prisma }) => prisma.post.count(),
  'count of fields': ({ prisma }) => prisma.user.count({ select: { _all: true, name: true } }),
  aggregate: ({ prisma }) => prisma.post.aggregate({ _sum: { views: true }, _avg: { views: true }, _count: true }),
  groupBy: ({ prisma }) =>
    prisma.post.groupBy({ by: ['authorId'], _count: true, _max: { views: true }, orderBy: { authorId: 'asc' } }),
  'every kind of value': ({ prisma, module }) =>
    prisma.sample.create({
      data: {
        id: 7,
        big: 9007199254740993n,
        dec: new module.Prisma.Decimal('12345.67890'),
        float: 0.1,
        bool: true,
        at: new Date('2020-02-29T12:00:00.123Z'),
        bytes: Buffer.from([0, 255]),
        json: { a: [1, null, { b: 'c' }] },
      },
    }),
  'JSON and database null': async ({ prisma, module: { Prisma } }) => [
    await prisma.sample.create({ data: { id: 8, json: Prisma.JsonNull } }),
    await prisma.sample.update({ where: { id: 8 }, data: { json: Prisma.DbNull } }),
    await prisma.sample.count({ where: { json: { equals: Prisma.AnyNull } } }),
  ],
};

const skipping: Record<string, Call> = {
  'createMany that skips duplicates': ({ prisma }) =>
    prisma.tag.createMany({ data: [{ name: 'x' }, { name: 'red' }], skipDuplicates: true }),
};

const omitting: Record<string, Call> = {
  omit: ({ prisma }) => prisma.user.findMany({ omit: { email: true }, orderBy: { id: 'asc' } }),
};

const returning: Record<string, Call> = {
  createManyAndReturn: ({ prisma }) => prisma.tag.createManyAndReturn({ data: [{ name: 'p' }, { name: 'q' }] }),
};

const returningUpdates: Record<string, Call> = {
  updateManyAndReturn: ({ prisma }) =>
    prisma.post.updateManyAndReturn({ where: { authorId: 1 }, data: { views: 1 }, select: { id: true } }),
};

function scenarios(group: Record<string, Call>, lacks: Pick<Scenario, 'lacking' | 'lackingOn'> = {}): Scenario[] {
  return Object.entries(group).map(([name, call]) => ({
    name,
    ...lacks,
    // Prisma loads the relations of one row side by side.
    unordered: name.includes('relations') || name.includes('nested'),
    async run(stage) {
      const promise = call(stage);
      await stage.between();
      return promise;
    },
  }));
}

const kNoReturning = 'MariaDB and MySQL have no RETURNING that Prisma uses';

export const modelOperations: Scenario[] = [
  ...scenarios(calls),
  ...scenarios(skipping, { lackingOn: { sqlite: 'skipDuplicates is not supported' } }),
  ...scenarios(omitting),
  ...scenarios(returning, { lackingOn: { mysql: kNoReturning } }),
  ...scenarios(returningUpdates, {
    lacking: { '5': 'updateManyAndReturn came with 6.2' },
    lackingOn: { mysql: kNoReturning },
  }),
];
