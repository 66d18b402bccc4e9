/** What was seen, in a form that can be compared: errors with all that Prisma puts on them, results by value. */
import { stripVTControlCharacters } from 'node:util';
import { isProxy } from 'node:util/types';

export interface ErrorSnapshot {
  readonly thrown: string;
  readonly name: string;
  readonly message: string;
  readonly properties: Record<string, unknown>;
}

/** Plain data for any value. `depth` ends what refers to itself. */
export function snapshot(value: unknown, depth = 0): unknown {
  if (depth > 12) return '(deeper)';
  if (typeof value === 'function') return `(function ${value.name})`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorSnapshot(value, depth);
  if (value instanceof Date) return { date: value.getTime() };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex'), class: className(value) };
  if (Array.isArray(value)) return value.map((item) => snapshot(item, depth + 1));
  if (value instanceof Map || value instanceof Set) return { [className(value)]: snapshot([...value], depth) };
  if ('toFixed' in value) return { decimal: String(value) };
  const own = Reflect.ownKeys(value).map((key) => [String(key), snapshot(Reflect.get(value, key), depth + 1)]);
  const plain = Object.fromEntries(own) as object;
  return isProxy(value) || className(value) === 'Object' ? plain : { ...plain, '(class)': className(value) };
}

function className(value: object): string {
  return (Object.getPrototypeOf(value) as { constructor?: { name: string } } | null)?.constructor?.name ?? '(null)';
}

/** `resilience` is not enumerable: what a caller sees of an error is what Prisma put there. */
function errorSnapshot(error: Error, depth: number): ErrorSnapshot {
  const keys = Object.keys(error).filter((key) => key !== 'stack');
  return {
    thrown: className(error),
    name: error.name,
    message: error.message,
    properties: Object.fromEntries(keys.map((key) => [key, snapshot(Reflect.get(error, key), depth + 1)])),
  };
}

/**
 * Errors without the caller's line: of "Invalid `prisma.user.create()` invocation in file:line:column", the code around
 * it and the reason, the reason alone.
 */
export function withoutCallSites(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCallSites);
  if (typeof value !== 'object' || value === null) return value;
  const plain = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutCallSites(item)]));
  if (typeof plain.thrown === 'string') plain.message = reasonOf(plain.message as string);
  return plain;
}

function reasonOf(message: string): string {
  const lines = stripVTControlCharacters(message).split('\n\n').pop()!.split('\n');
  return lines
    .slice(lines.findIndex((line) => line.startsWith('→')) + 1)
    .join('\n')
    .trim();
}
