import { Decimal } from '@prisma/client/runtime/client';

import { ValueCodec } from '../../../lib/toolbox/value-codec';

function roundTrip(value: unknown, codec = new ValueCodec()): unknown {
  return codec.decode(codec.encode(value));
}

test('what Prisma answers comes back as what it was', () => {
  const row = {
    id: 1n,
    name: 'Zoë "quoted" \u2028',
    born: new Date('1999-12-31T23:59:59.999Z'),
    bytes: new Uint8Array([0, 255, 128]),
    buffer: Buffer.from('abc'),
    nothing: null,
    missing: undefined,
    ratio: 0.1,
    odd: [NaN, Infinity, -Infinity, -0, undefined],
    nested: { list: [{ deep: 2n ** 70n }], empty: {}, none: [] },
    $type: 'a user may well have such a column',
  };
  const back = roundTrip(row);
  expect(roundTrip(new Date(NaN))).toHaveProperty('getTime');
  expect((roundTrip(new Date(NaN)) as Date).getTime()).toBeNaN();
  expect(back).toStrictEqual(row);
  expect((back as typeof row).buffer).toBeInstanceOf(Buffer);
  expect(Object.is((back as typeof row).odd[3], -0)).toBe(true);
});

test.each([[null], [undefined], [0], ['text'], [true], [10n], [[]], [{}]])('%p alone', (value) => {
  expect(roundTrip(value)).toStrictEqual(value);
});

test('decimals come back as decimals of the class that this process has seen', () => {
  const codec = new ValueCodec();
  const back = roundTrip({ price: new Decimal('12345678901234567890.123456789') }, codec) as { price: Decimal };
  expect(back.price).toBeInstanceOf(Decimal);
  expect(back.price.toFixed()).toBe('12345678901234567890.123456789');
  // A process that has seen none cannot make one: it must fetch rather than hand out something else.
  expect(() => new ValueCodec().decode(codec.encode(new Decimal(1)))).toThrow(TypeError);
});

test('keys that JavaScript itself cares about are keys like others', () => {
  const tricky = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as object;
  const back = roundTrip(tricky) as object;
  expect(Object.keys(back)).toEqual(['__proto__', 'constructor']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
});

test('what cannot come back is refused, not bent', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  class Own {}
  for (const value of [() => 1, Symbol('x'), cycle, new Own(), new Map(), { deep: [new Error('x')] }]) {
    expect(() => new ValueCodec().encode(value)).toThrow(TypeError);
  }
  const shared = { twice: 1 };
  expect(roundTrip([shared, shared])).toEqual([shared, shared]); // no cycle
});

test.each(['', '{', '{"$type":"strange"}', '{"$type":"bigint","value":"x"}', '{"$type":"decimal","value":"1"}'])(
  'the text %p is no entry',
  (text) => {
    expect(() => new ValueCodec().decode(text)).toThrow();
  },
);
