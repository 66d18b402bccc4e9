/** `query` extensions: the user's code around operations. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AnyClient, Scenario } from '../scenario';

interface Params {
  model?: string;
  operation: string;
  args: AnyClient;
  query(args: unknown): Promise<AnyClient>;
}

/** Notes each run of the hook, under `name`. */
const watching = (name: string, note: (...values: unknown[]) => void) => ({
  async $allOperations({ model, operation, args, query }: Params) {
    note(name, 'before', model, operation, args);
    const result = await query(args);
    note(name, 'after', model, operation);
    return result;
  },
});

export const queryExtensions: Scenario[] = [
  {
    name: 'of one operation of one model',
    async run({ prisma, between }) {
      const extended = prisma.$extends({
        query: { user: { findMany: ({ args, query }: Params) => query({ ...args, where: { id: 2 } }) } },
      });
      await between();
      return [await extended.user.findMany(), await extended.user.count(), await prisma.user.count()];
    },
  },
  {
    name: 'of everything, with every kind of operation',
    async run({ prisma, note, between }) {
      const extended = prisma.$extends({ query: watching('all', note) });
      const user = extended.user.findUnique({ where: { id: 1 } });
      await between();
      note(await user, await extended.user.findUnique({ where: { id: 1 } }).posts());
      note(
        await extended.$queryRaw`SELECT ${1}::int AS one`,
        await extended.$executeRawUnsafe('SELECT 2', 3).catch(() => 0),
      );
      note(await extended.post.aggregate({ _max: { views: true } }));
      note(await extended.$transaction([extended.tag.count(), extended.tag.findFirst()]));
      note(await extended.$transaction((tx: AnyClient) => tx.tag.create({ data: { name: 'in' } })));
    },
    onlyPostgres: 'its SQL',
  },
  {
    name: 'one over the other',
    async run({ prisma, note, between }) {
      const first = prisma.$extends({ query: { user: watching('inner', note) } });
      const second = first.$extends({ query: { $allModels: watching('outer', note) } });
      await between();
      return [await second.user.count(), await first.user.count(), await second.tag.count()];
    },
  },
  {
    name: 'that changes results',
    async run({ prisma, between }) {
      const extended = prisma.$extends({
        query: { tag: { findMany: async ({ args, query }: Params) => [...(await query(args)), 'mine'] } },
      });
      const promise = extended.tag.findMany();
      await between();
      return promise;
    },
  },
  {
    name: 'that answers by itself',
    async run({ prisma, between }) {
      const extended = prisma.$extends({ query: { tag: { count: () => Promise.resolve(-1), findMany: () => 'now' } } });
      const promise = extended.tag.count();
      await between();
      return [await promise, await extended.tag.findMany()];
    },
  },
  {
    name: 'that throws, before and after',
    async run({ prisma, attempt, between }) {
      const extended = prisma.$extends({
        query: {
          tag: {
            create() {
              throw new RangeError('before');
            },
            async count({ args, query }: Params) {
              await query(args);
              throw new RangeError('after');
            },
          },
        },
      });
      const promise = extended.tag.create({ data: { name: 'x' } });
      await between();
      await attempt(() => promise);
      await attempt(() => extended.tag.count());
    },
  },
  {
    name: 'that lets an error of Prisma through',
    async run({ prisma, note, attempt, between }) {
      const extended = prisma.$extends({ query: watching('all', note) });
      await between();
      await attempt(() => extended.user.create({ data: { email: 'ada@x.org' } }));
      await attempt(() => extended.user.findMany({ where: { nope: 1 } }));
      await attempt(() =>
        extended.$transaction([extended.tag.count(), extended.user.create({ data: { email: 'ada@x.org' } })]),
      );
    },
  },
  {
    name: 'that uses another client',
    async run({ prisma, between }) {
      const extended = prisma.$extends({
        query: {
          user: {
            async create({ args, query }: Params) {
              await prisma.tag.create({ data: { name: 'audit' } });
              return query(args);
            },
          },
        },
      });
      const promise = extended.user.create({ data: { email: 'e@x.org' } });
      await between();
      await promise;
      return [await prisma.tag.count(), await prisma.user.count()];
    },
  },
  {
    name: 'that puts each query in a transaction with another (row-level security)',
    async run({ prisma, module: { Prisma }, between }) {
      const forTenant = (tenant: string) =>
        Prisma.defineExtension((base: AnyClient) =>
          base.$extends({
            query: {
              $allModels: {
                async $allOperations({ args, query }: Params) {
                  await between();
                  const [, result] = await base.$transaction([
                    base.$executeRaw`SELECT set_config('app.tenant', ${tenant}, TRUE)`,
                    query(args),
                  ]);
                  return result;
                },
              },
            },
          }),
        );
      const extended = prisma.$extends(forTenant('t1'));
      return [await extended.user.count(), await extended.user.findUnique({ where: { id: 1 } }).posts()];
    },
    onlyPostgres: 'set_config',
  },
  {
    name: 'that reads the context of its caller',
    async run({ prisma, note, between }) {
      const request = new AsyncLocalStorage<string>();
      const extended = prisma.$extends({
        query: {
          $allOperations: ({ args, query }: Params) => {
            note(request.getStore());
            return query(args);
          },
        },
      });
      const promise = request.run('made here', () => extended.user.count());
      await between();
      await request.run('awaited here', () => promise.then(() => note('then', request.getStore())));
      await request.run('in a transaction', () => extended.$transaction([extended.user.count()]));
    },
  },
  {
    name: 'of a raw statement',
    async run({ prisma, module: { Prisma }, note, between }) {
      const extended = prisma.$extends({
        query: {
          $queryRaw: ({ args, query }: Params) => {
            note('raw', Array.isArray(args), args.length);
            return query(args);
          },
        },
      });
      const promises = [extended.$queryRaw`SELECT 1 AS one`, extended.$queryRaw(Prisma.sql`SELECT ${2}::int AS two`)];
      await between();
      return Promise.all(promises);
    },
    unordered: true,
    onlyPostgres: 'its SQL',
  },
];
