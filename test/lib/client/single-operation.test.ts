import type { Operation } from '../../../lib/contracts/operation';
import { started, summary } from './setup';

const where = (id: number) => ({ where: { id } });

describe('an operation', () => {
  test('is sent when it is awaited, and once', async () => {
    const { prisma, calls } = started();
    const promise = prisma.user.findMany!();
    expect(calls).toEqual([]);
    expect(await promise).toBe('findMany on client 1');
    expect(await promise).toBe('findMany on client 1');
    await promise.finally(() => {});
    expect(summary(calls)).toEqual(['client 1: findMany']);
  });

  test('runs on the client that serves when it is awaited', async () => {
    const { prisma, calls, runner } = started();
    const promise = prisma.user.findMany!(where(1));
    runner.reset();
    expect(await promise).toBe('findMany on client 2');
    expect(summary(calls)).toEqual(['client 1: $disconnect', 'client 2: findMany']);
  });

  test('rejects with what Prisma throws, the same object', async () => {
    const error = new Error('no');
    const { prisma } = started(() => Promise.reject(error));
    await expect(prisma.user.create!()).rejects.toBe(error);
  });

  test('tells the core what it is', async () => {
    const { prisma, runner, kinds } = started();
    await prisma.user.create!(where(1));
    const [operation] = runner.ran as Operation<unknown>[];
    expect(operation).toMatchObject({
      action: 'create',
      model: 'User',
      shape: 'single',
      hasUserCode: false,
      args: where(1),
    });
    expect(operation!.kind).toBe('read');
    expect(kinds.asked).toContain('create');
  });
});

describe('a second try', () => {
  test('runs again on the same client', async () => {
    const { prisma, calls, runner } = started();
    await prisma.user.findMany!(where(1));
    await runner.again(runner.ran[0]!);
    expect(summary(calls)).toEqual(['client 1: findMany', 'client 1: findMany']);
    expect(calls[1]!.args).toEqual(where(1));
  });

  test('is outside of any transaction', async () => {
    const { prisma, calls, runner } = started();
    await prisma.user.findMany!();
    await runner.again(runner.ran[0]!);
    expect(calls[1]!.inTransaction).toBe(false);
  });

  test('is made again on the client that serves then', async () => {
    const { prisma, calls, runner } = started();
    await prisma.user.findMany!(where(1));
    runner.reset();
    await runner.again(runner.ran[0]!);
    await runner.again(runner.ran[0]!);
    expect(summary(calls)).toEqual([
      'client 1: findMany',
      'client 1: $disconnect',
      'client 2: findMany',
      'client 2: findMany',
    ]);
  });

  test.each(['on the same client', 'after a reset'])('sends the arguments of the first one, %s', async (when) => {
    const { prisma, calls, runner } = started();
    const args = where(1);
    await prisma.user.create!(args);
    args.where.id = 2;
    if (when === 'after a reset') runner.reset();
    await runner.again(runner.ran[0]!);
    expect(calls.filter(({ action }) => action === 'create').map(({ args: sent }) => sent)).toEqual([
      where(1),
      where(1),
    ]);
  });

  test('works where Prisma cannot run a promise again', async () => {
    const { prisma, calls, runner } = started(undefined, { properties: { _createPrismaPromise: undefined } });
    await prisma.user.findMany!(where(1));
    await runner.again(runner.ran[0]!);
    expect(summary(calls)).toEqual(['client 1: findMany', 'client 1: findMany']);
  });
});

describe('arguments', () => {
  test('changed between making and awaiting count, as on a bare client', async () => {
    const { prisma, calls } = started();
    const args = where(1);
    const promise = prisma.user.findMany!(args);
    args.where.id = 2;
    await promise;
    expect(calls[0]!.args).toEqual(where(2));
  });
});

describe('relations', () => {
  test('are followed, however far', async () => {
    const { prisma, calls, runner } = started();
    expect(await prisma.user.findUnique!(where(1)).posts({ take: 1 }).kind()).toBe('findUnique.posts.kind on client 1');
    expect(calls).toHaveLength(1);
    expect(runner.ran[0]).toMatchObject({ action: 'findUnique', model: 'User', shape: 'single' });
  });

  test('follow a reset', async () => {
    const { prisma, runner } = started();
    const user = prisma.user.findUnique!(where(1));
    runner.reset();
    const posts = user.posts();
    runner.reset();
    expect(await posts).toBe('findUnique.posts on client 3');
  });

  test('may be called like the properties of an operation', async () => {
    const { prisma, runner } = started();
    expect(await prisma.user.findUnique!(where(1)).kind()).toBe('findUnique.kind on client 1');
    expect(runner.ran[0]!.kind).toBe('read');
  });

  test('keep the arguments of all their parts for a second try', async () => {
    const { prisma, calls, runner } = started();
    const [args, relationArgs] = [where(1), { take: 1 }];
    await prisma.user.findUnique!(args).posts(relationArgs);
    args.where.id = 2;
    relationArgs.take = 2;
    runner.reset();
    await runner.again(runner.ran[0]!);
    expect(calls[2]!.args).toEqual([where(1), { take: 1 }]);
  });

  test('are not there where Prisma has none', () => {
    const { prisma } = started();
    expect('posts' in prisma.user.findUnique!()).toBe(true);
    expect('posts' in prisma.user.findMany!()).toBe(false);
  });
});

describe('raw statements', () => {
  const raw = (text: string) => ({ strings: [text], values: [], sql: text });

  test.each<[string, (sql: (strings: TemplateStringsArray, ...values: unknown[]) => unknown) => unknown, string]>([
    ['values', (sql) => sql`SELECT ${1} + ${'x'}`, 'SELECT  0  +  0 '],
    [
      'parts of statements',
      (sql) => sql`WITH a AS (${raw('DELETE FROM b')}) SELECT 1`,
      'WITH a AS (DELETE FROM b) SELECT 1',
    ],
  ])('are read with their %s', async (_what, call, text) => {
    const { prisma, runner, kinds } = started();
    await call(prisma.$queryRaw);
    expect(runner.ran[0]!.kind).toBe('read');
    expect(kinds.asked.at(-1)).toBe(`undefined: ${text}`);
  });

  test('tell whether they may commit inside', async () => {
    const { prisma, runner } = started();
    await prisma.$queryRaw`CALL work()`;
    await prisma.$queryRaw`SELECT 1`;
    expect(runner.ran.map(({ mayCommitInside }) => mayCommitInside)).toEqual([true, false]);
  });
});
