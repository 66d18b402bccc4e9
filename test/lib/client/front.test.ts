import type { OperationKinds } from '../../../lib/client/operation-info';
import { createClientProxy } from '../../../lib/client/proxy';
import type { ClientLike } from '../../../lib/contracts/operation';
import { Front } from '../../../lib/client/front';
import { FakeRunner } from './fake-runner';

const kinds: OperationKinds = {
  operationKind: () => 'read',
  sqlKind: () => 'read',
  sqlMayCommitInside: () => false,
  transactionKind: () => 'read',
};
const ordinary = (value: unknown) => ({ value, configurable: true, enumerable: true, writable: true });
const shown = (properties: object) =>
  new Map(Object.entries(properties).map(([key, value]) => [key, ordinary(value)] as const));

describe('a front', () => {
  test('has what is shown of its own, in that order, and everything else from behind', () => {
    const front = new Front<Record<string, unknown>>({ b: 'behind', c: 'behind' });
    front.show(shown({ b: 1, a: 2 }));
    expect(Object.entries(front.object)).toEqual([
      ['b', 1],
      ['a', 2],
    ]);
    expect(front.object.c).toBe('behind');
  });

  test('lets go of what is no longer shown, but not of what the user has set', () => {
    const front = new Front<Record<string, unknown>>({});
    front.show(shown({ a: 1, b: 2, c: 3 }));
    front.object.a = 'mine';
    front.object.b = 'mine';
    front.show(shown({ b: 4, d: 5 }));
    expect(front.object).toEqual({ a: 'mine', b: 'mine', d: 5 });
  });
});

describe('a delegate kept across generations', () => {
  type Delegate = Record<string, (() => unknown) | undefined>;

  function clientWith(...methods: string[]): ClientLike {
    const user = Object.fromEntries(methods.map((name) => [name, () => Promise.resolve(name)]));
    return { $connect: async () => {}, $disconnect: async () => {}, user } as unknown as ClientLike;
  }

  function keptDelegate(...shapes: string[][]) {
    const runner = FakeRunner.started(() => clientWith(...shapes.shift()!));
    return { runner, user: createClientProxy(runner, kinds).user as Delegate };
  }

  test('has the methods of the new client once it is used', async () => {
    const { runner, user } = keptDelegate(['findMany', 'count'], ['findMany', 'create']);
    const { findMany } = user;
    runner.reset();
    expect(await user.findMany!()).toBe('findMany');
    expect(Object.keys(user)).toEqual(['findMany', 'create']);
    expect(user.findMany).toBe(findMany);
    expect(user.count).toBeUndefined();
  });

  test('says what the new client lacks', () => {
    const { runner, user } = keptDelegate(['findMany', 'count'], ['findMany']);
    runner.reset();
    expect(() => user.count!()).toThrow(/prisma\.user\.count does not exist/);
    expect(user.count).toBeUndefined();
  });

  test('keeps what the user has put in the place of a method', async () => {
    const { runner, user } = keptDelegate(['findMany', 'count'], ['findMany', 'count']);
    user.findMany = () => 'mocked';
    user.mine = () => 'mine';
    expect(Object.keys(user)).toEqual(['findMany', 'count', 'mine']);
    runner.reset();
    expect(await user.count!()).toBe('count');
    expect([user.findMany(), user.mine()]).toEqual(['mocked', 'mine']);
  });
});
