/** `client` and `result` extensions, and all four kinds together. */
import type { AnyClient, Scenario, Stage } from '../scenario';

const greeting = {
  result: {
    user: {
      greeting: {
        needs: { name: true, id: true },
        compute: (user: AnyClient) => `${user.name ?? 'nobody'} ${user.id}`,
      },
    },
  },
};

/** All four kinds in one. */
const everything = ({ note }: Stage) => ({
  name: 'everything',
  ...greeting,
  client: {
    $version: () => 1,
    async $countAll(this: AnyClient) {
      return (await this.user.count()) + (await this.tag.count());
    },
  },
  model: {
    user: {
      first(this: AnyClient) {
        return this.findFirst({ orderBy: { id: 'asc' } });
      },
    },
  },
  query: {
    user: {
      findFirst({ args, query }: AnyClient) {
        note('hook', args);
        return query(args);
      },
    },
  },
});

const tour = async (client: AnyClient): Promise<unknown> => [
  client.$version(),
  await client.$countAll(),
  await client.user.first(),
  (await client.user.findMany({ select: { greeting: true } })).map((user: AnyClient) => user.greeting),
  await client.$transaction([client.user.first(), client.tag.count()]),
  await client.$transaction(async (tx: AnyClient) => [await tx.user.first(), tx.$version()]),
];

export const clientExtensions: Scenario[] = [
  {
    name: 'methods, sync and async, and what else a client may carry',
    async run({ prisma, note, between }) {
      const extended = prisma.$extends({
        client: {
          $self(this: AnyClient) {
            return this === extended;
          },
          async $users(this: AnyClient) {
            return this.user.count();
          },
          $settings: { deep: { value: 1 } },
          $limit: 5,
        },
      });
      note(extended.$self(), extended.$settings, extended.$limit, '$self' in extended, '$self' in prisma);
      await between();
      note(extended.$self(), await extended.$users(), prisma.$users);
      const { $self } = extended;
      note($self());
    },
  },
  {
    name: 'in the place of methods of Prisma',
    async run({ prisma, note, between }) {
      const extended = prisma.$extends({
        client: {
          async $transaction(...args: unknown[]) {
            note('$transaction', args.length);
            return ['mine', await prisma.$transaction(...args)];
          },
          $queryRaw: () => 'no SQL',
          $disconnect: () => Promise.resolve('still connected'),
        },
      });
      await between();
      note(
        await extended.$transaction([extended.user.count()]),
        extended.$queryRaw`SELECT`,
        await extended.$disconnect(),
      );
      return extended.user.count();
    },
  },
  {
    name: 'computed fields',
    async run({ prisma, between }) {
      const extended = prisma.$extends(greeting);
      const promise = extended.user.findMany({ orderBy: { id: 'asc' } });
      await between();
      const users = await promise;
      return [
        users.map((user: AnyClient) => [user.greeting, Object.keys(user), 'greeting' in user, JSON.stringify(user)]),
        await extended.post.findFirst({ include: { author: true } }),
        await extended.user.findFirst({ select: { greeting: true } }),
        await extended.user.create({ data: { email: 'g@x.org' } }),
      ];
    },
    unordered: true,
  },
  {
    name: 'computed fields that build on each other',
    async run({ prisma, between }) {
      const extended = prisma.$extends(greeting).$extends({
        result: {
          user: { loud: { needs: { greeting: true }, compute: (user: AnyClient) => user.greeting.toUpperCase() } },
          $allModels: { kind: { compute: () => 'row' } },
        },
      });
      await between();
      const user = await extended.user.findUnique({ where: { id: 1 } });
      return [user.loud, user.greeting, user.kind, (await extended.tag.findFirst()).kind];
    },
  },
  {
    name: 'methods on results',
    async run({ prisma, between }) {
      const extended = prisma.$extends({
        result: {
          tag: {
            rename: {
              needs: { id: true },
              compute:
                ({ id }: AnyClient) =>
                (name: string) =>
                  prisma.tag.update({ where: { id }, data: { name } }),
            },
          },
        },
      });
      const tag = await extended.tag.findFirst({ where: { name: 'red' } });
      await between();
      return tag.rename('crimson');
    },
  },
  {
    name: 'all four kinds',
    async run(stage) {
      const extended = stage.prisma.$extends(everything(stage));
      await stage.between();
      return tour(extended);
    },
  },
  {
    name: 'all four kinds, step by step, each client kept',
    async run(stage) {
      const { name: _, ...kinds } = everything(stage);
      const clients: AnyClient[] = [stage.prisma];
      for (const [kind, part] of Object.entries(kinds)) clients.push(clients.at(-1).$extends({ [kind]: part }));
      await stage.between();
      stage.note(await tour(clients.at(-1)));
      await stage.between();
      stage.note(...clients.map((client) => [typeof client.$version, typeof client.user.first]));
      stage.note(...clients.map((client, i) => client.$parent === (clients[i - 1] ?? client)));
    },
  },
  {
    name: 'an extension that is a function',
    async run(stage) {
      let calls = 0;
      const extension = stage.module.Prisma.defineExtension((client: AnyClient) => {
        calls++;
        stage.note(client === stage.prisma, typeof client.$extends);
        return client.$extends({ client: { $again: () => client.user.count() } });
      });
      const extended = stage.prisma.$extends(extension);
      await stage.between();
      stage.note(await extended.$again(), await extended.$extends(everything(stage)).$countAll());
      return calls;
    },
  },
  {
    name: 'an extension that is a function and returns something else',
    run: ({ prisma, note }) => {
      note(prisma.$extends(() => 'something else'));
      note(prisma.$extends((client: AnyClient) => client) === prisma);
    },
  },
  ...Object.entries({ undefined: undefined, null: null, 'a number': 5, 'an empty object': {} }).map(
    ([what, extension]): Scenario => ({
      name: `${what} for an extension`,
      run({ prisma, note }) {
        try {
          note(typeof prisma.$extends(extension).user.count);
        } catch (error) {
          note(error);
        }
      },
    }),
  ),
  {
    name: 'a factory that extends its client',
    options: {
      extend: (client) =>
        client.$extends({
          ...greeting,
          client: { $version: () => 2 },
          model: {
            $allModels: {
              async size(this: AnyClient) {
                return this.count();
              },
              bare: () => client.tag.findMany(),
            },
          },
          query: { tag: { count: async ({ args, query }: AnyClient) => [await query(args)] } },
        }),
    },
    async run({ prisma, note, between }) {
      const tags = prisma.tag;
      const bare = prisma.tag.bare();
      await between();
      note(prisma.$version(), await tags.size(), await tags.count(), await bare, await prisma.user.size());
      note((await prisma.user.findFirst()).greeting, await prisma.$transaction([tags.count(), tags.bare()]));
      note(prisma.$on, prisma.$parent === prisma, prisma.$parent.$version, await prisma.$parent.tag.count());
      const further = prisma.$extends({ client: { $version: () => 3 } });
      note(further.$version(), await further.tag.count(), further.$parent === prisma);
    },
  },
];
