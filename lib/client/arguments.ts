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

/** Of one argument, or of a list of them. */
export function copyOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? copyValue(value, 0) : value;
}

/** Whether Prisma would serialise `value` as it would its `copy`. */
export function isSameAs(value: unknown, copy: unknown): boolean {
  return sameValue(value, copy, 0);
}

function copyValue(value: object, depth: number): object {
  if (depth === kMaxDepth) return value;
  if (isPlain(value)) return copyObject(value, depth);
  if (Array.isArray(value)) return 'raw' in value ? value : copyArray(value, depth);
  return value instanceof Date ? new Date(value.getTime()) : value;
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
  if (value.constructor === Object) return true;
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
