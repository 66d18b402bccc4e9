import { started, summary, setup } from './setup';

interface Delegate {
  findMany(): Promise<unknown>;
  $parent: unknown;
}

const methods = {
  who(this: unknown) {
    return this;
  },
  sum: (a: never, b: never) => (a as number) + (b as number),
  all(this: Delegate) {
    return this.findMany();
  },
  async later(this: Delegate) {
    return [await this.findMany()];
  },
};

describe('a method that an extension has added', () => {
  test('gets our delegate as `this`', () => {
    const { prisma } = started(undefined, { methods });
    expect(prisma.user.who!()).toBe(prisma.user);
    const { who } = prisma.user;
    expect(who!()).toBeUndefined();
  });

  test('answers at once where it is synchronous', () => {
    const { prisma } = started(undefined, { methods });
    expect(prisma.user.sum!(1, 2)).toBe(3);
  });

  test('passes on a promise of ours', async () => {
    const { prisma, runner } = started(undefined, { methods });
    expect(await prisma.user.all!()).toBe('findMany on client 1');
    expect(await prisma.user.later!()).toEqual(['findMany on client 1']);
    expect(runner.ran.map(({ action }) => action)).toEqual(['findMany', 'findMany']);
  });

  test('runs on the current client wherever it is kept', async () => {
    const { prisma, runner } = started(undefined, { methods });
    const { user } = prisma;
    runner.reset();
    expect(await user.later!()).toEqual(['findMany on client 2']);
  });

  test('makes an operation of ours out of a bare PrismaPromise', async () => {
    const bare = { user: undefined as { findMany(): unknown } | undefined };
    const { prisma, runner, calls } = started(undefined, { methods: { bare: () => bare.user!.findMany() } });
    bare.user = runner.current()!.client.user as { findMany(): unknown };
    const promise = prisma.user.bare!();
    expect(calls).toEqual([]);
    expect(await promise).toBe('findMany on client 1');
    expect(runner.ran[0]).toMatchObject({ action: 'bare', model: 'User', hasUserCode: true });
    await runner.again(runner.ran[0]!);
    expect(summary(calls)).toEqual(['client 1: findMany', 'client 1: findMany']);
  });

  test('replaces an operation of the same name', () => {
    const { prisma } = started(undefined, { methods: { findMany: () => 'mine' } });
    expect(prisma.user.findMany!()).toBe('mine');
  });

  test('that a later client lacks is a clear error', () => {
    const lacking: Record<string, () => unknown> = { mine: () => 1 };
    const { prisma, runner } = setup(undefined, { methods: lacking });
    runner.reset();
    const { mine } = prisma.user;
    delete lacking.mine;
    runner.reset();
    expect(prisma.user.mine).toBeUndefined();
    expect(() => mine!()).toThrow(/prisma\.user\.mine does not exist on the client that the factory made last/);
  });

  test('that is a class stays one', () => {
    class Helper {}
    const { prisma } = started(undefined, { methods: { Helper: Helper as never } });
    expect(prisma.user.Helper).toBe(Helper);
  });
});
