/** Raw statements in all their forms. */
import type { Scenario, Stage } from '../scenario';

const calls: Record<string, (stage: Stage) => unknown> = {
  'a tagged query': ({ prisma }) => prisma.$queryRaw`SELECT id, email FROM "User" WHERE id > ${1} ORDER BY id`,
  'a query of Prisma.sql': ({ prisma, module: { Prisma } }) =>
    prisma.$queryRaw(Prisma.sql`SELECT id FROM "User" WHERE id IN (${Prisma.join([1, 2])}) ORDER BY id`),
  'a tagged query with parts': ({ prisma, module: { Prisma } }) =>
    prisma.$queryRaw`SELECT id FROM ${Prisma.raw('"User"')} ${Prisma.sql`WHERE id = ${1}`} ${Prisma.empty}`,
  'an unsafe query': ({ prisma }) => prisma.$queryRawUnsafe('SELECT email FROM "User" WHERE id = $1', 2),
  'every kind of value': ({ prisma }) =>
    prisma.$queryRaw`SELECT 1::bigint AS big, 1.50::numeric AS dec, now() IS NOT NULL AS yes, '{"a":1}'::jsonb AS json,
      'x'::bytea AS bytes, ARRAY[1,2] AS list, NULL AS nothing, ${new Date(0)}::timestamptz AS at`,
  'a tagged command': ({ prisma }) => prisma.$executeRaw`UPDATE "Post" SET views = views + ${1}`,
  'a command of Prisma.sql': ({ prisma, module: { Prisma } }) =>
    prisma.$executeRaw(Prisma.sql`DELETE FROM "Tag" WHERE name = ${'red'}`),
  'an unsafe command': ({ prisma }) => prisma.$executeRawUnsafe('UPDATE "Post" SET title = $1 WHERE id < $2', 'u', 3),
  'a syntax error': ({ prisma }) => prisma.$queryRaw`SELEC 1`,
  'a constraint': ({ prisma }) => prisma.$executeRaw`INSERT INTO "User" (email) VALUES ('ada@x.org')`,
  'a text where a template belongs': ({ prisma }) => prisma.$queryRaw('SELECT 1'),
  'a text where a template of a command belongs': ({ prisma }) => prisma.$executeRaw('SELECT 1'),
  'ALTER with values': ({ prisma }) => prisma.$executeRaw`ALTER USER x WITH PASSWORD ${'y'}`,
  'nothing at all': ({ prisma }) => prisma.$queryRaw(),
  'a Mongo command': ({ prisma }) => prisma.$runCommandRaw({ ping: 1 }),
};

export const raw: Scenario[] = [
  ...Object.entries(calls).map(([name, call]): Scenario => ({
    name,
    onlyPostgres: 'its SQL',
    run: (stage) =>
      stage.attempt(() => {
        const promise = call(stage);
        return stage.between().then(() => promise);
      }),
  })),
  {
    name: 'typed SQL where the feature is off',
    lacking: { '5': '$queryRawTyped came with 5.19, on preview clients only' },
    run: ({ prisma, attempt, between }) =>
      attempt(() => {
        const promise = prisma.$queryRawTyped({ sql: 'SELECT 1 AS one', values: [] });
        return between().then(() => promise);
      }),
  },
];
