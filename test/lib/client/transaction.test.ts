import { started, summary } from './setup';

describe('an array transaction', () => {
  test('starts at once and is one operation', async () => {
    const { prisma, calls, runner, kinds } = started();
    const promise = prisma.$transaction([prisma.user.findMany!(), prisma.user.create!()], { isolationLevel: 'x' });
    expect(summary(calls)).toEqual(['client 1: findMany in transaction', 'client 1: create in transaction']);
    expect(await promise).toEqual(['findMany on client 1', 'create on client 1']);
    expect(runner.ran).toHaveLength(1);
    expect(runner.ran[0]).toMatchObject({ action: '$transaction', shape: 'array', hasUserCode: false });
    expect(runner.ran[0]!.kind).toBe('read');
    expect(kinds.asked.at(-1)).toBe('transaction of 2');
  });

  test('makes members of an earlier client again, all on one client', async () => {
    const { prisma, calls, runner } = started();
    const old = prisma.user.create!();
    runner.reset();
    await prisma.$transaction([old, prisma.user.findMany!()]);
    expect(summary(calls)).toEqual([
      'client 1: $disconnect',
      'client 2: create in transaction',
      'client 2: findMany in transaction',
    ]);
  });

  test('can be tried again, with the arguments of the first try', async () => {
    const { prisma, calls, runner } = started();
    const args = { data: { id: 1 } };
    await prisma.$transaction([prisma.user.create!(args)]);
    args.data.id = 2;
    await runner.again(runner.ran[0]!);
    runner.reset();
    await runner.again(runner.ran[0]!);
    const sent = calls.filter(({ action }) => action === 'create');
    expect(sent.map(({ client, args: seen }) => [client, seen])).toEqual(
      ['client 1', 'client 1', 'client 2'].map((client) => [client, { data: { id: 1 } }]),
    );
  });

  test('takes relations, raw statements and a promise twice', async () => {
    const { prisma, calls } = started();
    const raw = prisma.$queryRaw`SELECT 1`;
    await prisma.$transaction([prisma.user.findUnique!().posts(), raw, raw]);
    expect(summary(calls)).toEqual([
      'client 1: findUnique.posts in transaction',
      'client 1: $queryRaw in transaction',
      'client 1: $queryRaw in transaction',
    ]);
  });

  test('runs user code where one of its members does', async () => {
    const { prisma, runner } = started(undefined, { hooked: ['create'] });
    await prisma.$transaction([prisma.user.findMany!(), prisma.user.create!()]);
    await prisma.$transaction([prisma.user.findMany!()]);
    expect(runner.ran.map(({ hasUserCode }) => hasUserCode)).toEqual([true, false]);
  });

  test('of a bare client may have members of ours', async () => {
    const { prisma, calls, runner } = started();
    const member = prisma.user.create!();
    runner.reset();
    await (runner.current()!.client.$transaction as typeof prisma.$transaction)([member]);
    expect(summary(calls)).toEqual(['client 1: $disconnect', 'client 2: create in transaction']);
  });
});

describe('an interactive transaction', () => {
  test('hands over the transaction as it is, and its options', async () => {
    const { prisma, runner } = started();
    const options = { timeout: 100 };
    expect(await prisma.$transaction((tx: unknown) => Promise.resolve(tx), options)).toEqual({
      tx: 'client 1',
      transactionOptions: options,
    });
    expect(runner.ran[0]).toMatchObject({ action: '$transaction', shape: 'interactive' });
  });

  test('tells how far it has come', async () => {
    const { prisma, runner } = started();
    const seen: unknown[] = [];
    const progress = (): unknown => {
      const [operation] = runner.ran;
      return [operation!.callbackStarted!(), operation!.commitStarted!()];
    };
    const promise = prisma.$transaction(() => Promise.resolve().then(() => seen.push(progress())));
    seen.push(progress());
    await promise;
    seen.push(progress());
    expect(seen).toEqual([
      [false, false],
      [true, false],
      [true, true],
    ]);
  });

  test('has not returned where its callback threw', async () => {
    const { prisma, runner } = started();
    const error = new Error('rolled back');
    await expect(prisma.$transaction(() => Promise.reject(error))).rejects.toBe(error);
    expect(runner.ran[0]!.callbackStarted!()).toBe(true);
    expect(runner.ran[0]!.commitStarted!()).toBe(false);
  });

  test.each([
    [undefined, 5000 + 2000],
    [{ timeout: 60_000 }, 60_000 + 2000],
    [{ timeout: 60_000, maxWait: 1 }, 60_001],
  ])('with options %j tells the limit it runs under', async (options, limit) => {
    const limits = { _engineConfig: { transactionOptions: { maxWait: 2000, timeout: 5000 } } };
    const { prisma, runner } = started(undefined, { properties: limits });
    await prisma.$transaction(() => Promise.resolve(), options);
    expect(runner.ran[0]!.ownLimitMs).toBe(limit);
  });
});
