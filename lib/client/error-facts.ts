/**
 * Takes the facts out of whatever was thrown, for the core to judge: nothing is judged here.
 *
 * Anything can be thrown, so every property may be missing, of any type, endless, a getter that throws or a cycle. Each
 * is read once, and texts are cut: what an error says matters at its beginning (the driver's own) and at its end (what
 * Prisma puts behind the caller's source lines).
 */

import type { ErrorFacts } from '../native-types.generated';
import { sqliteCodeOf } from '../tables/sqlite-codes';
import type { Writable } from '../writable';

/** Absent: not known. Only what an error itself can tell. */
type Facts = Writable<ErrorFacts>;

const kMaxCode = 128;
const kMaxTextEnd = 2048;
const kMaxDepth = 8;

/** Never throws. */
export function extractErrorFacts(error: unknown): ErrorFacts {
  const facts: Facts = {};
  if (!isObject(error)) {
    if (error !== undefined && error !== null) facts.message = text(String(error));
    return facts;
  }
  facts.name = code(read(error, 'name'));
  facts.message = text(read(error, 'message'));
  facts.code = code(read(error, 'code'));
  facts.errorCode = code(read(error, 'errorCode'));
  facts.syscall = code(read(error, 'syscall'));
  facts.severity = code(read(error, 'severity'));
  facts.prismaMajor = major(read(error, 'clientVersion'));
  readMariadb(error, facts);
  const payload = adapterPayload(error, facts.name);
  if (payload) readPayload(payload, facts);
  else readRawQueryMeta(error, facts);
  readCauses(payload ?? error, facts);
  readPool(facts);
  return facts;
}

/** What the driver adapter said: `meta.driverAdapterError.cause`, or the `cause` of a bare DriverAdapterError. */
function adapterPayload(error: object, name: string | undefined): object | undefined {
  const meta = read(error, 'meta');
  const adapterError = isObject(meta) ? read(meta, 'driverAdapterError') : undefined;
  const carrier = isObject(adapterError) ? adapterError : name === 'DriverAdapterError' ? error : undefined;
  const payload = carrier && read(carrier, 'cause');
  return isObject(payload) ? payload : undefined;
}

function readPayload(payload: object, facts: Facts): void {
  facts.kind = code(read(payload, 'kind'));
  const originalCode = read(payload, 'originalCode');
  const sqlite = sqliteCodeOf({ kind: facts.kind, originalCode, extendedCode: read(payload, 'extendedCode') });
  facts.originalCode = sqlite ?? code(originalCode) ?? code(read(payload, 'code'));
  facts.originalMessage = text(read(payload, 'originalMessage')) ?? text(read(payload, 'message'));
  facts.severity ??= code(read(payload, 'severity'));
  facts.host = code(read(payload, 'host'));
}

/** Prisma 5 and 6 without driver adapters: P2010 has the database's code and message in `meta`. */
function readRawQueryMeta(error: object, facts: Facts): void {
  const meta = read(error, 'meta');
  if (facts.code !== 'P2010' || !isObject(meta)) return;
  facts.originalCode ??= code(read(meta, 'code'));
  facts.originalMessage ??= text(read(meta, 'message'));
}

/** The mariadb driver's own error, thrown through an adapter that did not recognise it. */
function readMariadb(error: object, facts: Facts): void {
  const errno = read(error, 'errno');
  if (typeof errno !== 'number' || typeof read(error, 'sqlState') !== 'string' || errno < 0) return;
  facts.driver = 'mariadb';
  facts.originalCode = String(errno);
  facts.originalMessage = text(read(error, 'sqlMessage'));
}

/** Walks `cause` and, for the AggregateError of a connect that tried several addresses, `errors`. */
function readCauses(error: object, facts: Facts): void {
  let current: unknown = nested(error);
  for (let depth = 0; depth < kMaxDepth && current !== undefined; ++depth) {
    if (!isObject(current)) {
      facts.causeMessage = text(current) ?? facts.causeMessage;
      return;
    }
    const itsCode = code(read(current, 'code'));
    if (itsCode !== undefined || facts.causeMessage === undefined) {
      facts.causeCode = itsCode ?? facts.causeCode;
      facts.causeMessage = text(read(current, 'message')) ?? facts.causeMessage;
    }
    facts.syscall ??= code(read(current, 'syscall'));
    current = nested(current);
  }
}

function nested(error: object): unknown {
  const errors = read(error, 'errors');
  const first = isObject(errors) ? read(errors, 0) : undefined;
  return first ?? read(error, 'cause') ?? undefined;
}

/** `… (pool connections: active=0 idle=0 limit=10)` */
function readPool(facts: Facts): void {
  const match = /\bactive=(\d{1,9}) idle=(\d{1,9})\b/.exec(facts.originalMessage ?? facts.message ?? '');
  if (!match) return;
  facts.poolActive = Number(match[1]);
  facts.poolIdle = Number(match[2]);
}

function read(object: object, key: PropertyKey): unknown {
  try {
    return (object as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function code(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.slice(0, kMaxCode) : undefined;
}

function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.length <= 2 * kMaxTextEnd) return value;
  return `${value.slice(0, kMaxTextEnd)} … ${value.slice(-kMaxTextEnd)}`;
}

function major(version: unknown): number | undefined {
  if (typeof version !== 'string') return undefined;
  const match = /^(\d{1,4})\./.exec(version);
  return match ? Number(match[1]) : undefined;
}
