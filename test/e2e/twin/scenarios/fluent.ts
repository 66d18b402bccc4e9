/** Relations that are followed from a promise: `prisma.user.findUnique(…).posts()`. */
import type { Scenario, Stage } from '../scenario';

const chains: Record<string, (stage: Stage) => unknown> = {
  'one step': ({ prisma }) => prisma.user.findUnique({ where: { id: 1 } }).posts(),
  'with arguments': ({ prisma }) =>
    prisma.user.findUnique({ where: { id: 1 } }).posts({ where: { views: { gt: 1 } }, orderBy: { id: 'desc' } }),
  'two steps': ({ prisma }) =>
    prisma.post
      .findUnique({ where: { id: 1 } })
      .author()
      .profile(),
  'three steps': ({ prisma }) =>
    prisma.profile
      .findUnique({ where: { id: 1 } })
      .user()
      .posts()
      .tags(),
  'to nothing': ({ prisma }) => prisma.user.findUnique({ where: { id: 2 } }).profile(),
  'from nothing': ({ prisma }) => prisma.user.findUnique({ where: { id: 99 } }).posts(),
  'through nothing': ({ prisma }) =>
    prisma.post
      .findUnique({ where: { id: 3 } })
      .author()
      .posts(),
  'from findFirst': ({ prisma }) => prisma.user.findFirst({ where: { name: 'Ada' } }).profile(),
  'from findUniqueOrThrow': ({ prisma }) => prisma.user.findUniqueOrThrow({ where: { id: 99 } }).posts(),
  'from create': ({ prisma }) =>
    prisma.post.create({ data: { title: 'c', author: { connect: { id: 1 } } } }).author({ select: { email: true } }),
  'from update': ({ prisma }) => prisma.post.update({ where: { id: 1 }, data: { views: 0 } }).tags(),
  'from upsert': ({ prisma }) =>
    prisma.profile.upsert({ where: { id: 1 }, create: { bio: 'x', userId: 1 }, update: { bio: 'y' } }).user(),
  'from delete': ({ prisma }) => prisma.profile.delete({ where: { id: 1 } }).user(),
  'with wrong arguments': ({ prisma }) => prisma.user.findUnique({ where: { id: 1 } }).posts({ wher: 1 }),
  'of wrong arguments': ({ prisma }) => prisma.user.findUnique({ where: { id: 'x' } }).posts(),
};

export const fluent: Scenario[] = [
  ...Object.entries(chains).map(([name, chain]): Scenario => ({
    name,
    run: (stage) =>
      stage.attempt(() => {
        const promise = chain(stage);
        return stage.between().then(() => promise);
      }),
  })),
  {
    name: 'followed after a while',
    async run({ prisma, between }) {
      const user = prisma.user.findUnique({ where: { id: 1 } });
      await between();
      const posts = user.posts({ select: { id: true } });
      await between();
      return [await posts, await user];
    },
  },
  {
    name: 'several from one promise',
    unordered: true,
    async run({ prisma, between }) {
      const user = prisma.user.findUnique({ where: { id: 1 } });
      const all = [user.posts(), user.profile(), user];
      await between();
      return Promise.all(all);
    },
  },
  {
    name: 'detached',
    async run({ prisma, between }) {
      const { posts } = prisma.user.findUnique({ where: { id: 1 } });
      await between();
      return posts();
    },
  },
  {
    name: 'in an array transaction',
    async run({ prisma, between }) {
      const members = [
        prisma.user.findUnique({ where: { id: 1 } }).posts(),
        prisma.post
          .findUnique({ where: { id: 1 } })
          .author()
          .profile(),
      ];
      await between();
      return prisma.$transaction(members);
    },
  },
];
