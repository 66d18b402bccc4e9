/** Values as no caller should pass them: of any type, any size, with getters and traps that throw or come back to us. */
import { type Random } from './random';

type Make = (random: Random, depth: number) => unknown;

const rude = (): never => {
  throw new EvalError('rude');
};
const kTraps = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'] as const;

const makers: readonly [Make, ...Make[]] = [
  () => undefined,
  () => null,
  (random) => random.chance(0.5),
  number,
  number,
  (random) => BigInt(random.between(-5, 5)) ** 70n,
  text,
  text,
  () => Symbol('hostile'),
  () => rude,
  () => class Hostile {},
  (random, depth) => Array.from({ length: random.between(0, 5) }, () => hostile(random, depth + 1)),
  (random) => new Array(random.between(0, 100_000)),
  object,
  object,
  object,
  throwing,
  proxy,
  revoked,
  circle,
  deep,
  detached,
  (random) => new Float64Array(random.between(0, 2000)),
  () => new Date(NaN),
  () => Object.assign(Object.create(null) as object, { length: 2 ** 32 }),
  () => ({ toString: rude, valueOf: rude, toJSON: rude, [Symbol.toPrimitive]: rude }),
];

/** `known`: property names that mean something to whom it is passed. */
export function hostile(random: Random, depth = 0, known: readonly string[] = kNoNames): unknown {
  if (depth > 4) return undefined;
  if (known.length > 0 && random.chance(0.5)) return ofKnown(random, depth, known);
  return random.pick(makers)(random, depth);
}

const kNoNames: readonly string[] = [];

export function ofKnown(random: Random, depth: number, known: readonly string[]): object {
  const made: Record<string, unknown> = {};
  for (let i = random.between(0, Math.min(known.length, 8)); i > 0; --i) {
    const name = known[random.between(0, known.length - 1)];
    const holder = made;
    if (random.chance(0.05)) Object.defineProperty(holder, name, { get: rude, enumerable: true, configurable: true });
    else
      Object.defineProperty(holder, name, { value: hostile(random, depth + 1), enumerable: true, configurable: true });
  }
  return made;
}

function number(random: Random): number {
  const odd = [NaN, Infinity, -Infinity, -0, 5e-324, 1e300, -1e300, 2 ** 53, 2 ** 31, 2 ** 32, 2 ** 64, -1] as const;
  return random.chance(0.5) ? random.pick(odd) : random.between(-3, 30) + (random.chance(0.3) ? 0.5 : 0);
}

function text(random: Random): string {
  const pieces = [
    'postgres://app:hunter2@127.0.0.1:1/app?sslmode=require',
    'SELECT 1; /* ',
    "E'\\'' $a$",
    "password='",
    '://',
    '@',
    '57P01',
    'P1001',
    '\0',
    '\ud800',
    '\udfff',
    '\u202e',
    '🦀',
    'é'.normalize('NFD'),
    '\n',
    '%s%n%p{}',
    String.fromCharCode(random.between(0, 0xffff)),
  ] as const;
  let made = '';
  for (let i = random.between(0, 6); i > 0; --i) made += random.pick(pieces);
  return random.chance(0.01) ? made.repeat(20_000) : made;
}

function object(random: Random, depth: number): object {
  const made: Record<PropertyKey, unknown> = {};
  for (let i = random.between(0, 4); i > 0; --i) {
    const name = random.chance(0.1) ? '__proto__' : text(random);
    Object.defineProperty(made, name, { value: hostile(random, depth + 1), enumerable: true, configurable: true });
  }
  return made;
}

function throwing(): object {
  return {
    get message(): never {
      return rude();
    },
    get code(): never {
      return rude();
    },
    get reconnect(): never {
      return rude();
    },
    get ticket(): never {
      return rude();
    },
    get block(): never {
      return rude();
    },
  };
}

function proxy(random: Random): object {
  return new Proxy({}, { [random.pick(kTraps)]: rude });
}

function revoked(): object {
  const made = Proxy.revocable({}, {});
  made.revoke();
  return made.proxy;
}

function circle(): object {
  const made: Record<string, unknown> = {};
  for (const name of ['reconnect', 'cause', 'meta', 'probe', 'bulkheads', 'read']) made[name] = made;
  return made;
}

function deep(): object {
  let made: object = {};
  for (let i = 0; i < 1000; ++i) made = { reconnect: made, cause: made };
  return made;
}

function detached(): unknown {
  const array = new Float64Array(8);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}
