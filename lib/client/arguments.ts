/**
 * Arguments as they were when an operation was first run. Prisma serialises them at that moment, so what the caller
 * changes in them afterwards has no effect on a bare client; a retry, which serialises them again, must not see it
 * either.
 *
 * Plain objects, arrays and dates are copied; everything else (Prisma.sql, Decimal, Buffer, class instances) is kept by
 * reference: it is immutable, or too big to copy for a retry that nearly never comes.
 */

type Keyed = Record<string, unknown>;

/** Deeper values (or cyclic ones, which Prisma itself rejects) are kept by reference. */
const kMaxDepth = 64;

/**
 * What a method was called with where that is not one argument. Nearly all calls have one, which stands for itself: a
 * list of one, made for each call, would be garbage a moment later.
 */
export class ArgumentList {
  constructor(readonly items: readonly unknown[]) {}
}

export function calledWith(args: readonly unknown[]): unknown {
  return args.length === 1 ? args[0] : new ArgumentList(args);
}

export function argumentsOf(called: unknown): readonly unknown[] {
  return called instanceof ArgumentList ? called.items : [called];
}

/** Of what a method was called with. */
export function copyOf(called: unknown): unknown {
  return typeof called === 'object' && called !== null ? copyValue(called, 0) : called;
}

/** Whether Prisma would serialise what it was `called` with as it would the `copy`. */
export function isSameAs(called: unknown, copy: unknown): boolean {
  if (called instanceof ArgumentList) return copy instanceof ArgumentList && sameArray(called.items, copy.items, 0);
  return sameValue(called, copy, 0);
}

function copyValue(value: object, depth: number): object {
  if (depth === kMaxDepth) return value;
  return isPlain(value) ? copyObject(value, depth) : copyOther(value, depth);
}

function copyOther(value: object, depth: number): object {
  if (Array.isArray(value)) return 'raw' in value ? value : copyArray(value, depth);
  if (value instanceof Date) return new Date(value.getTime());
  return value instanceof ArgumentList ? new ArgumentList(copyArray(value.items, depth)) : value;
}

function copyArray(value: readonly unknown[], depth: number): unknown[] {
  const copy = value.slice();
  for (let i = 0; i < copy.length; i++) {
    const item = copy[i];
    if (typeof item === 'object' && item !== null) copy[i] = copyValue(item, depth + 1);
  }
  return copy;
}

function copyObject(value: Keyed, depth: number): Keyed {
  let copy: Keyed | undefined;
  for (const key in value) {
    const item = value[key];
    if (typeof item === 'object' && item !== null) (copy ??= { ...value })[key] = copyValue(item, depth + 1);
  }
  return copy ?? { ...value };
}

function isPlain(value: object): value is Keyed {
  // Nearly all are, and the engine answers this much faster than it tells a prototype.
  return value.constructor === Object || hasPlainPrototype(value);
}

function hasPlainPrototype(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function sameValue(value: unknown, copy: unknown, depth: number): boolean {
  if (Object.is(value, copy)) return true;
  if (typeof value !== 'object' || value === null || typeof copy !== 'object' || copy === null) return false;
  if (Array.isArray(value)) return Array.isArray(copy) && sameArray(value, copy, depth);
  if (value instanceof Date) return copy instanceof Date && Object.is(value.getTime(), copy.getTime());
  return isPlain(value) && isPlain(copy) && sameObject(value, copy, depth);
}

function sameArray(value: readonly unknown[], copy: readonly unknown[], depth: number): boolean {
  return value.length === copy.length && value.every((item, i) => sameValue(item, copy[i], depth + 1));
}

function sameObject(value: Keyed, copy: Keyed, depth: number): boolean {
  if (depth > kMaxDepth) return false;
  const keys = Object.keys(value);
  return (
    keys.length === Object.keys(copy).length &&
    keys.every((key) => Object.hasOwn(copy, key) && sameValue(value[key], copy[key], depth + 1))
  );
}
