/** What every mock of a client must do, whichever library it is of. The expectations are Jest's and Vitest's alike. */
import { ResilientPrismaClient, resilientExtension } from '../../../lib';
import type { PrismaClientLike, ResilientConfig } from '../../../lib';

export interface User {
  readonly id: number;
}

/** As much of a generated client as these tests call. */
export interface Mocked extends PrismaClientLike {
  readonly user: {
    findMany(args?: object): Promise<User[]>;
    create(args: object): Promise<User>;
  };
  $queryRawUnsafe(sql: string): Promise<unknown>;
  $extends(extension: unknown): Mocked;
}

/** A function of a mock, as far as the libraries agree. */
interface MockedFunction {
  mockResolvedValue?(value: unknown): unknown;
  resolves?(value: unknown): unknown;
}

const kConfig: ResilientConfig = { probe: { url: false }, logging: { level: 'silent' } };

const kForms: Record<string, (make: () => Mocked) => { prisma: Mocked; end(): Promise<void> }> = {
  'a factory'(make) {
    const resilient = new ResilientPrismaClient(make, kConfig);
    return { prisma: resilient.getClient(), end: () => resilient.shutdown() };
  },
  'an asynchronous factory'(make) {
    // Deep mocks are not to be taken for promises.
    const resilient = new ResilientPrismaClient(async () => Promise.resolve(make()), kConfig);
    return { prisma: resilient.getClient(), end: () => resilient.shutdown() };
  },
  'a ready-made client'(make) {
    const resilient = new ResilientPrismaClient(make(), kConfig);
    return { prisma: resilient.getClient(), end: () => resilient.shutdown() };
  },
  'the options form'(make) {
    const client = function PrismaClient(): Mocked {
      return make();
    } as unknown as new () => Mocked;
    const prisma = new ResilientPrismaClient({ client, resilient: kConfig });
    const { $resilience } = prisma as unknown as { $resilience: { shutdown(): Promise<void> } };
    return { prisma: prisma as unknown as Mocked, end: () => $resilience.shutdown() };
  },
};

function answers(mocked: unknown, value: unknown): void {
  const { mockResolvedValue, resolves } = mocked as MockedFunction;
  if (mockResolvedValue) mockResolvedValue.call(mocked, value);
  else resolves?.call(mocked, value);
}

export function describeMocks(mocks: Record<string, () => Mocked>): void {
  describe.each(Object.keys(mocks))('%s', (name) => {
    let mocked: Mocked;
    const make = (): Mocked => {
      mocked = mocks[name]();
      answers(mocked.user.findMany, [{ id: 1 }]);
      answers(mocked.user.create, { id: 2 });
      answers(mocked.$queryRawUnsafe, [{ one: 1 }]);
      answers(mocked.$connect, undefined);
      answers(mocked.$disconnect, undefined);
      return mocked;
    };

    test.each(Object.keys(kForms))('as %s', async (form) => {
      const { prisma, end } = kForms[form](make);
      expect(await prisma.user.findMany({ take: 1 })).toEqual([{ id: 1 }]);
      expect(await prisma.user.create({ data: {} })).toEqual({ id: 2 });
      const { findMany } = mocked.user as unknown as { findMany: { mock?: { calls: unknown[] }; args?: unknown[] } };
      expect(findMany.mock?.calls ?? findMany.args).toEqual([[{ take: 1 }]]);
      await end();
    });

    test('as a client to extend', async () => {
      make();
      const extension = resilientExtension(kConfig) as unknown as (client: Mocked) => Mocked;
      const prisma = extension(mocked);
      expect(await prisma.user.findMany({ take: 1 })).toEqual([{ id: 1 }]);
    });
  });
}
