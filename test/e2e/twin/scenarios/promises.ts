/** PrismaPromises: lazy, run once, batched by tick. */
import { inspect } from 'node:util';
import type { Scenario } from '../scenario';

export const promises: Scenario[] = [
  {
    name: 'nothing is sent before an await',
    async run({ prisma, note, between }) {
      const promise = prisma.user.create({ data: { email: 'lazy@x.org' } });
      await between();
      note(await prisma.user.count());
      await promise;
      note(await prisma.user.count());
    },
  },
  {
    name: 'never awaited, never sent',
    async run({ prisma, between }) {
      const never = [prisma.user.create({ data: { email: 'lazy@x.org' } }), prisma.$executeRaw`DELETE FROM "Tag"`];
      await between();
      return [never.length, await prisma.user.count(), await prisma.tag.count()];
    },
  },
  {
    name: 'awaited twice, sent once',
    async run({ prisma, between }) {
      const promise = prisma.post.update({ where: { id: 1 }, data: { views: { increment: 1 } } });
      await between();
      return [await promise, await promise, (await promise) === (await promise)];
    },
  },
  {
    name: 'then, catch and finally',
    async run({ prisma, note, between }) {
      const promise = prisma.user.findUnique({ where: { id: 1 } });
      await between();
      await promise.then((user: { id: number }) => note(user.id));
      await promise.catch(() => note('never')).then((user: { id: number }) => note(user.id));
      await promise.finally(() => note('finally'));
      return promise.then();
    },
  },
  {
    name: 'findUnique of one tick in one statement',
    async run({ prisma, between }) {
      const wanted = [3, 1, 99, 1].map((id) => prisma.user.findUnique({ where: { id }, select: { email: true } }));
      await between();
      return Promise.all(wanted);
    },
  },
  {
    name: 'findUnique of several ticks in several statements',
    unordered: true,
    async run({ prisma }) {
      const first = prisma.user.findUnique({ where: { id: 1 } }).then((user: unknown) => user);
      await new Promise((resolve) => setImmediate(resolve));
      return [await prisma.user.findUnique({ where: { id: 2 } }), await first];
    },
  },
  {
    name: 'several operations side by side',
    unordered: true,
    async run({ prisma, between }) {
      const all = [prisma.user.count(), prisma.tag.findMany(), prisma.post.count(), prisma.$queryRaw`SELECT 2 AS two`];
      await between();
      return Promise.allSettled(all);
    },
  },
  {
    name: 'arguments that change before the await',
    async run({ prisma, between }) {
      const args = { where: { id: 1 } };
      const promise = prisma.user.findUnique(args);
      args.where.id = 2;
      await between();
      return promise;
    },
  },
  {
    name: 'arguments that change after it',
    async run({ prisma, between }) {
      const args = { data: { name: 'before' } };
      const promise = prisma.tag.create(args);
      await between();
      const created = promise.then((tag: unknown) => tag);
      args.data.name = 'after';
      return created;
    },
  },
  {
    name: 'how they look',
    async run({ prisma, note, between }) {
      const promises = [
        prisma.user.findMany({ where: { id: 1 } }),
        prisma.user.findUnique({ where: { id: 1 } }),
        prisma.user.count(),
        prisma.$queryRaw`SELECT 1 AS one`,
      ];
      await between();
      for (const promise of promises) {
        note(String(promise), promise[Symbol.toStringTag], inspect(promise), JSON.stringify(promise), promise.spec);
        note(promise instanceof Promise, 'then' in promise, typeof promise.requestTransaction, 'posts' in promise);
      }
    },
  },
];
