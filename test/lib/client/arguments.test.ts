import { argumentsOf, calledWith, copyOf, isSameAs } from '../../../lib/client/arguments';

class Decimal {
  constructor(readonly digits: string) {}
}

describe('copyOf', () => {
  test('gives the very same value where nothing in it can change', () => {
    for (const value of [undefined, null, 'SELECT 1', 2, true, 5n]) expect(copyOf(value)).toBe(value);
  });

  test('does not see later changes of objects, arrays and dates', () => {
    const when = new Date(0);
    const args = [{ where: { id: 1, tags: ['a', { deep: 'b' }] }, at: when }];
    const copy = copyOf(args);
    args[0]!.where.id = 2;
    args[0]!.where.tags.push('c');
    when.setFullYear(2000);
    expect(copy).toEqual([{ where: { id: 1, tags: ['a', { deep: 'b' }] }, at: new Date(0) }]);
  });

  test('keeps what is immutable or big by reference', () => {
    const values = { decimal: new Decimal('1.5'), bytes: Buffer.from('x'), call: () => 1 };
    const [copy] = copyOf([values]) as [typeof values];
    expect(copy).not.toBe(values);
    expect(copy.decimal).toBe(values.decimal);
    expect(copy.bytes).toBe(values.bytes);
    expect(copy.call).toBe(values.call);
  });

  test('keeps a tagged template a tagged template', () => {
    const capture = (strings: TemplateStringsArray, ...values: unknown[]): unknown[] => [strings, ...values];
    const args = capture`SELECT ${[1, 2]}`;
    const copy = argumentsOf(copyOf(calledWith(args)));
    expect(copy[0]).toBe(args[0]);
    expect(copy[1]).not.toBe(args[1]);
  });

  test('survives what contains itself', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect(copyOf([cyclic])).toHaveLength(1);
  });
});

describe('isSameAs', () => {
  const original = (): unknown[] => [{ where: { id: 1, at: new Date(5), in: [1, NaN] }, take: undefined }];

  test('holds for a fresh copy', () => {
    const args = original();
    expect(isSameAs(args, copyOf(args))).toBe(true);
  });

  test.each<[string, (args: { where: Record<string, unknown>; skip?: number }) => void]>([
    ['a changed value', ({ where }) => (where.id = 2)],
    ['a key that was added', (args) => (args.skip = 1)],
    ['a key that was removed', ({ where }) => delete where.id],
    ['a key that was renamed', ({ where }) => (delete where.id, (where.ID = 1))],
    ['a longer array', ({ where }) => (where.in as number[]).push(3)],
    ['a date that was moved', ({ where }) => (where.at as Date).setTime(6)],
    ['another kind of value', ({ where }) => (where.at = null)],
  ])('notices %s', (_what, change) => {
    const args = original();
    const copy = copyOf(args);
    change(args[0] as never);
    expect(isSameAs(args, copy)).toBe(false);
  });

  test.each([[[]], [[{ id: 1 }]], [['SELECT $1', { id: 1 }]]])(
    'tells calls with %j and with one more apart',
    (args) => {
      const copy = copyOf(calledWith(args));
      expect(argumentsOf(copy)).toEqual(args);
      expect(isSameAs(calledWith([...args]), copy)).toBe(true);
      expect(isSameAs(calledWith([...args, undefined]), copy)).toBe(false);
    },
  );

  test('notices a change in one of several arguments', () => {
    const args = ['SELECT $1', { id: 1 }] as [string, { id: number }];
    const called = calledWith(args);
    const copy = copyOf(called);
    args[1].id = 2;
    expect(isSameAs(called, copy)).toBe(false);
  });

  test('comes to an end with what contains itself', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect(isSameAs([cyclic], copyOf([cyclic]))).toBe(true);
  });
});
