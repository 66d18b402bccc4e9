/** Connecting, listening, options, tracing. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AnyClient, Scenario } from '../scenario';

const query = (event: AnyClient): unknown => [
  event.query,
  event.params,
  typeof event.duration,
  event.timestamp instanceof Date,
];

export const life: Scenario[] = [
  {
    name: '$connect and $disconnect',
    async run({ prisma, note, between, attempt }) {
      await attempt(() => prisma.$connect());
      note(await prisma.user.count());
      await between();
      await attempt(() => prisma.$disconnect());
      await attempt(() => prisma.$disconnect());
      note(await prisma.user.count());
      await prisma.$connect();
      note(await prisma.user.findUnique({ where: { id: 1 } }));
      note(prisma.$connect() instanceof Promise);
    },
  },
  {
    name: '$on, before and after',
    async run({ prisma, note, between }) {
      const seen: unknown[] = [];
      note(prisma.$on('query', (event: AnyClient) => seen.push(query(event))) === prisma);
      await prisma.user.count();
      await between();
      prisma.$on('query', (event: AnyClient) => seen.push(['second', event.query]));
      await prisma.tag.create({ data: { name: 'on' } });
      const extended = prisma.$extends({ client: { $x: 1 } });
      note(extended.$on, '$on' in extended);
      await extended.tag.count();
      return seen;
    },
  },
  {
    name: '$on of errors',
    options: {
      log: [
        { emit: 'event', level: 'query' },
        { emit: 'event', level: 'error' },
      ],
    },
    async run({ prisma, between }) {
      const seen: unknown[] = [];
      prisma.$on('error', ({ message, target }: AnyClient) => seen.push([message.split('\n').pop(), target]));
      await prisma.user.create({ data: { email: 'ada@x.org' } }).catch(() => {});
      await between();
      await prisma.user.create({ data: { email: 'bob@x.org' } }).catch(() => {});
      return seen;
    },
  },
  {
    name: '$on of what there is not',
    async run({ prisma, attempt }) {
      await attempt(() => typeof prisma.$on('beforeExit', () => {}));
      await attempt(() => typeof prisma.$on('nothing', () => {}));
      await attempt(() => typeof prisma.$on());
      return prisma.user.count();
    },
  },
  {
    name: 'fields omitted by the client',
    options: { omit: { user: { email: true } } },
    async run({ prisma, between }) {
      const promise = prisma.user.findMany({ orderBy: { id: 'asc' } });
      await between();
      return [await promise, await prisma.user.findFirst({ omit: { email: false } })];
    },
  },
  {
    name: 'tracing',
    async run({ prisma, note, between }) {
      // What the package asks by itself is not the application's.
      const application = new AsyncLocalStorage<true>();
      const helper = {
        isEnabled: () => true,
        getTraceParent: () => '00-10-10-00',
        dispatchEngineSpans: () => {},
        createEngineSpan: () => {},
        getActiveContext: () => undefined,
        runInChildSpan(span: AnyClient, callback: () => unknown) {
          if (application.getStore()) note(typeof span === 'string' ? span : [span.name, span.attributes ?? null]);
          return callback();
        },
      };
      const holder = globalThis as AnyClient;
      const names = ['PRISMA_INSTRUMENTATION', ...[5, 6, 7].map((major) => `V${major}_PRISMA_INSTRUMENTATION`)];
      for (const name of names) holder[name] = { helper };
      await prisma.$connect();
      try {
        const promise = prisma.user.findUnique({ where: { id: 1 } }).posts();
        await between();
        await application.run(true, () => promise.then(() => {}));
        await application.run(true, () => prisma.$transaction([prisma.user.count(), prisma.tag.count()]));
        await application.run(true, () => prisma.$transaction((tx: AnyClient) => tx.user.count()));
        await application.run(true, () => prisma.$queryRaw`SELECT 3 AS three`.then(() => {}));
      } finally {
        for (const name of names) delete holder[name];
      }
    },
  },
  {
    name: 'comments in SQL',
    options: { comments: [() => ({ app: 'twin' })] } as object,
    lacking: { '5': 'came with 7.1', '6': 'came with 7.1' },
    async run({ prisma, between }) {
      const promise = prisma.user.count();
      await between();
      return promise;
    },
  },
  {
    name: 'middlewares',
    lacking: { '6': '$use was removed with 6.14', '7': '$use was removed with 6.14' },
    async run({ prisma, note, between }) {
      prisma.$use(async (params: AnyClient, next: AnyClient) => {
        note(params.model, params.action, params.runInTransaction);
        return next(params);
      });
      const promise = prisma.user.count();
      await between();
      note(await promise, await prisma.$transaction([prisma.tag.count()]));
    },
  },
  {
    name: 'a delegate and methods that are kept',
    async run({ prisma, note, between }) {
      const { user, $queryRaw: _raw, ...rest } = prisma;
      const { findMany, count } = user;
      note(await count(), await findMany({ take: 1 }));
      await between();
      note(await count(), await findMany({ take: 1 }), await user.count(), await rest.tag.count());
    },
  },
];
