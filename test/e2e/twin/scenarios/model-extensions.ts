/** `model` extensions: methods of the user's own on delegates, sync and async. */
import type { AnyClient, Scenario } from '../scenario';

export const modelExtensions: Scenario[] = [
  {
    name: 'async, sync, and with a PrismaPromise',
    async run({ prisma, note, between }) {
      const extended = prisma.$extends({
        model: {
          user: {
            async named(this: AnyClient, name: string) {
              return [await this.findFirst({ where: { name } })];
            },
            twice: (n: number) => n * 2,
            lazily(this: AnyClient) {
              return this.findMany({ where: { id: 1 } });
            },
          },
        },
      });
      const lazy = extended.user.lazily();
      note(extended.user.twice(21), String(lazy));
      await between();
      note(await extended.user.named('Ada'), await lazy, await lazy);
      return prisma.user.named;
    },
  },
  {
    name: '`this` and the context',
    async run({ prisma, module: { Prisma }, note, between }) {
      const extended = prisma.$extends({
        model: {
          $allModels: {
            who(this: AnyClient) {
              const context = Prisma.getExtensionContext(this);
              note(context === this, this === extended[context.$name.toLowerCase()], context.$name, context.name);
              note(context.$parent === prisma, typeof context.$parent.$queryRaw, typeof context.fields);
            },
            async exists(this: AnyClient, where: object) {
              const context = Prisma.getExtensionContext(this);
              return (await context.count({ where })) > 0;
            },
            siblings(this: AnyClient) {
              const context = Prisma.getExtensionContext(this);
              return context.$parent[context.$name].count();
            },
          },
        },
      });
      extended.user.who();
      extended.tag.who();
      const { who } = extended.user;
      await between();
      extended.post.who();
      note(await extended.tag.exists({ name: 'red' }), await extended.tag.siblings());
      try {
        who();
      } catch (error) {
        note(error instanceof TypeError);
      }
    },
  },
  {
    name: 'in the place of an operation',
    async run({ prisma, between, note }) {
      const extended = prisma.$extends({
        model: {
          user: {
            findMany: async () => [...(await prisma.user.findMany({ take: 1 })), 'and mine'],
            count: () => 'no promise',
          },
        },
      });
      await between();
      note(await extended.user.findMany(), extended.user.count());
      return extended.post.findMany();
    },
  },
  {
    name: 'one over the other',
    async run({ prisma, between }) {
      const first = prisma.$extends({ model: { user: { a: () => 'a1', b: () => 'b1' } } });
      const second = first.$extends({
        model: { user: { b: () => 'b2', c: () => 'c2' }, $allModels: { a: () => 'a2' } },
      });
      await between();
      return ['a', 'b', 'c'].map((name) => [first.user[name]?.(), second.user[name]?.(), second.tag[name]?.()]);
    },
  },
  {
    name: 'in transactions',
    async run({ prisma, between, note }) {
      const extended = prisma.$extends({
        model: {
          user: {
            named(this: AnyClient, name: string) {
              return this.findMany({ where: { name } });
            },
            async add(this: AnyClient, email: string) {
              await this.create({ data: { email } });
              return this.count();
            },
          },
        },
      });
      const members = [extended.user.named('Ada'), extended.user.named('Cy'), extended.tag.count()];
      await between();
      note(await extended.$transaction(members));
      note(await extended.$transaction((tx: AnyClient) => tx.user.add('in@x.org')));
      const failing = extended.$transaction(async (tx: AnyClient) => {
        await tx.user.add('gone@x.org');
        throw new Error('back');
      });
      note(await failing.catch((error: Error) => error.message), await prisma.user.count());
    },
  },
  {
    name: 'that throws and that rejects',
    async run({ prisma, attempt, between }) {
      const extended = prisma.$extends({
        model: {
          user: {
            now() {
              throw new RangeError('now');
            },
            async later(this: AnyClient) {
              await this.create({ data: { email: 'ada@x.org' } });
            },
          },
        },
      });
      await between();
      await attempt(() => extended.user.now());
      await attempt(() => extended.user.later());
    },
  },
  {
    name: 'of values that are no functions',
    async run({ prisma, between }) {
      class Helper {}
      const extended = prisma.$extends({ model: { user: { limit: 5, settings: { deep: true }, Helper } } });
      await between();
      return [extended.user.limit, extended.user.settings, extended.user.Helper === Helper, new extended.user.Helper()];
    },
  },
];
