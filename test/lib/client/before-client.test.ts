/** An asynchronous factory has no client at first, and one that throws none for a while. */
import { setup, summary } from './setup';

function waiting(options?: Parameters<typeof setup>[1]) {
  const parts = setup(undefined, options);
  parts.runner.beforeRun = () => {
    if (!parts.runner.current()) parts.runner.reset();
  };
  return parts;
}

describe('before there is a client', () => {
  test('operations can be called, and wait', async () => {
    const { prisma, calls } = waiting();
    const promise = prisma.user.findMany!({ take: 1 });
    expect(calls).toEqual([]);
    expect(await promise).toBe('findMany on client 1');
    expect(calls[0]!.args).toEqual({ take: 1 });
  });

  test('so can relations, raw statements and transactions', async () => {
    const { prisma, runner } = waiting();
    const members = [prisma.user.findUnique!().posts(), prisma.$queryRaw`SELECT 1`];
    expect(runner.current()).toBeUndefined();
    expect(await prisma.$transaction(members)).toEqual(['findUnique.posts on client 1', '$queryRaw on client 1']);
  });

  test('so can added methods, which then answer with a promise', async () => {
    const { prisma } = waiting({ methods: { twice: (n: never) => (n as number) * 2 } });
    expect(await prisma.user.twice!(2)).toBe(4);
    expect(prisma.user.twice!(2)).toBe(4);
  });

  test('the client is no thenable and shows nothing', () => {
    const { prisma } = setup();
    const client = prisma as unknown as Record<string, unknown>;
    expect(client.then).toBeUndefined();
    expect(client.toJSON).toBeUndefined();
    expect(Object.keys(client)).toEqual([]);
    expect(String(client)).toBe('[object PrismaClient]');
    expect((client.user as Record<string, unknown>).then).toBeUndefined();
  });

  test('delegates stay the same objects', async () => {
    const { prisma, runner } = setup();
    const { user } = prisma;
    runner.reset();
    expect(prisma.user).toBe(user);
    expect(await user.findMany!()).toBe('findMany on client 1');
  });

  test('what turns out not to be there is a clear error', async () => {
    const { prisma, calls } = waiting();
    const missing = prisma as unknown as Record<string, { findMany(): Promise<unknown> }>;
    const promise = missing.nobody!.findMany();
    await expect(promise).rejects.toThrow(/prisma\.nobody does not exist on the client/);
    expect(missing.nobody).toBeUndefined();
    expect(summary(calls)).toEqual([]);
  });
});
