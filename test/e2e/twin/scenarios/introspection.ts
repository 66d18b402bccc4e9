/** How a client looks from outside: to `await`, `in`, Object.keys, inspect, and to code that asks odd questions. */
import { inspect } from 'node:util';
import { isProxy } from 'node:util/types';
import type { AnyClient, Scenario, Stage } from '../scenario';

/** Without the adapter, which is not Prisma's own: the guard's is another one. */
const shown = (value: unknown): string => inspect(value).replace(/^( *)adapter: .*(\n\1 .*)*/gm, '$1adapter: …');

function look(client: AnyClient, { note, module: { PrismaClient, Prisma } }: Stage): void {
  const { hasOwnProperty, propertyIsEnumerable } = client;
  note(typeof client, client instanceof PrismaClient, client instanceof Object, client.constructor === PrismaClient);
  note(Object.getPrototypeOf(client) === Object.prototype, isProxy(client), Array.isArray(client));
  note(
    String(client),
    Object.prototype.toString.call(client),
    client[Symbol.toStringTag],
    `${typeof client.valueOf()}`,
  );
  note(Object.keys(client), Reflect.ownKeys(client).map(String));
  note(inspectKeys(client));
  note(
    ['user', 'User', 'nobody', '$on', '$queryRaw', '_engine', 'toString', Symbol.iterator].map((key) => key in client),
  );
  note(client.nobody, client.toJSON, client[Symbol.iterator], client[Symbol.asyncIterator], client.$nothing, client[0]);
  note(client.user === client.user, client.user === client.User, client.$queryRaw === client.$queryRaw);
  note(hasOwnProperty.call(client, 'user'), Object.hasOwn(client, 'nobody'), propertyIsEnumerable.call(client, 'User'));
  note(describe(client, 'user'), describe(client, 'User'), describe(client, '$connect'), describe(client, 'nobody'));
  note(client._clientVersion === Prisma.prismaVersion.client, client._activeProvider, typeof client._engine);
  note(client.$parent === client, Object.isFrozen(client), Object.isExtensible(client));
}

const inspectKeys = (client: AnyClient): string[] => {
  const keys: string[] = [];
  for (const key in client) keys.push(key);
  return keys;
};

const describe = (object: object, key: string): object | undefined => Object.getOwnPropertyDescriptor(object, key);

export const introspection: Scenario[] = [
  {
    name: 'a client',
    async run(stage) {
      look(stage.prisma, stage);
      await stage.between();
      look(stage.prisma, stage);
    },
  },
  {
    name: 'a client is no promise',
    async run({ prisma, note, between }) {
      note(typeof prisma.then, (await prisma) === prisma, (await Promise.resolve(prisma)) === prisma);
      await between();
      note(await (async () => prisma === (await prisma))());
    },
  },
  {
    name: 'inspect',
    async run({ prisma, note, between }) {
      const extended = prisma.$extends({ client: { $mine: 1 } });
      const { user } = prisma;
      await between();
      note(shown(prisma), shown(extended), shown(user));
    },
    lacking: { '5': 'shows what its engine ran last, which is our own look at the database' },
  },
  {
    name: 'inspect, not in depth',
    async run({ prisma, note, between }) {
      const { user } = prisma;
      await between();
      note(inspect(user, { depth: 0 }), inspect([{ prisma }], { depth: 1 }));
    },
  },
  {
    name: 'JSON',
    async run({ prisma, attempt, note, between }) {
      const promise = prisma.user.findMany({ where: { id: 1 } });
      await between();
      note(JSON.stringify(prisma.user.fields), JSON.stringify(promise));
      return attempt(() => JSON.stringify(prisma));
    },
  },
  {
    name: 'a delegate',
    async run({ prisma, note, between }) {
      const { user } = prisma;
      await between();
      note(typeof user, Object.keys(user), String(user), user.toString === String);
      // Ours is an ordinary object: it lists symbols last, and its descriptors show the values.
      note(Reflect.ownKeys(user).map(String).sort(), { ...describe(user, 'findMany'), value: 'the method' });
      note(user.name, user.$name, prisma.User.$name, user.$parent === prisma, user.nothing, user.then, user.toJSON);
      note('findMany' in user, 'nothing' in user, describe(user, 'nothing'));
      note(user.fields === user.fields, user instanceof Object);
      note(user.fields.email, Object.keys(user.fields), user.fields.nothing);
    },
  },
  {
    name: 'names and lengths of methods',
    async run({ prisma, note, between }) {
      await between();
      for (const name of ['findMany', 'findUnique', 'create', 'count', 'groupBy'] as const) {
        note(name, prisma.user[name].name, prisma.user[name].length);
      }
      for (const name of ['$connect', '$queryRaw', '$transaction', '$extends', '$on', '$disconnect'] as const) {
        note(name, prisma[name].name, prisma[name].length);
      }
    },
  },
  {
    name: 'symbols are what they are on a bare client',
    async run({ prisma, note, between }) {
      await between();
      for (const symbol of [
        Symbol.toPrimitive,
        Symbol.hasInstance,
        Symbol.species,
        Symbol.isConcatSpreadable,
        Symbol(),
      ]) {
        note(prisma[symbol], symbol in prisma, prisma.user[symbol]);
      }
      note([1].concat(prisma).length, typeof prisma[inspect.custom], typeof prisma.user[inspect.custom]);
    },
  },
  {
    name: 'a copy by spreading works',
    async run({ prisma, between }) {
      const copy = { ...prisma };
      await between();
      return [await copy.user.count(), Object.keys(copy)];
    },
  },
  {
    name: 'what is set stays set',
    async run({ prisma, note, between }) {
      prisma.mine = 1;
      const { findMany } = prisma.user;
      prisma.user.findMany = () => 'mocked';
      await between();
      note(prisma.mine, 'mine' in prisma, Object.keys(prisma).includes('mine'), describe(prisma, 'mine'));
      note(prisma.user.findMany(), await prisma.tag.findMany());
      prisma.user.findMany = findMany;
      note(await prisma.user.findMany({ select: { id: true }, orderBy: { id: 'asc' } }));
    },
  },
  {
    name: 'it cannot be frozen',
    run: ({ note, prisma }) => {
      try {
        Object.freeze(prisma.user.$parent);
        note('frozen');
      } catch (error) {
        note(error instanceof TypeError);
      }
    },
  },
  {
    name: 'models with names of their own kind',
    async run({ prisma, note, between }) {
      const report = await prisma.report.create({ data: { on: 'you' } });
      const then = prisma.then.create();
      await between();
      note(report, await then, await prisma.read.create(), await prisma.on.count(), await prisma.shutdown.count());
      note(await prisma.cache.count(), typeof prisma.then, typeof prisma.on.create, (await prisma) === prisma);
      return prisma.$transaction([prisma.then.count(), prisma.on.create(), prisma.report.findMany()]);
    },
  },
  {
    name: 'a model whose table and column are called like methods of a client',
    async run({ prisma, note, between }) {
      const dollar = prisma.dollar.create({ data: { extending: '$on' } });
      await between();
      note(await dollar, await prisma.dollar.findFirst({ where: { extending: '$on' } }));
      note(prisma.$resilience, '$resilience' in prisma, typeof prisma.$extends);
      return prisma.$queryRaw`SELECT "$extends" FROM "$resilience"`;
    },
  },
];
