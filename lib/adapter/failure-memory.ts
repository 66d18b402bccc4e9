/**
 * What the guard knows about errors that it let through to Prisma, found again from the error that the caller gets.
 *
 * Prisma hands the object that the adapter threw up to the caller: as `meta.driverAdapterError`, or as the very error.
 * With one exception: an error that is no DriverAdapterError but has a `code` (EPIPE, the AggregateError of a
 * dual-stack connect) is replaced by a PrismaClientKnownRequestError that copies `code` and `meta` alone. Such an error
 * carries its record in a non-enumerable `meta` under a symbol, and `recordOf` removes it from what the caller sees.
 *
 * And one more: where the COMMIT of a nested write fails, Prisma 6 tries to roll back, which throws "… on a committed
 * transaction" (P2028), and that is all that the caller gets. It happens in the same turn of the event loop, so such an
 * error is taken for the COMMIT that has just failed; where several have, for what they have in common.
 */
import { adapterErrorCause } from './driver-adapter';
import type { GuardRecord } from './guard-host';
import { takeIntoOwnRealm } from './own-realm';

const records = new WeakMap<object, GuardRecord>();
const kRecord = Symbol('resilience.guardRecord');

interface Carrier {
  code?: unknown;
  meta?: unknown;
}

/** The failed COMMITs of this turn of the event loop that Prisma may hide. */
let hidden: GuardRecord | undefined;

const kHiding = /rollback cannot be executed on a committed transaction/;

/** Called with each error that is let through. */
export function remember(error: unknown, record: GuardRecord): void {
  if (typeof error !== 'object' || error === null) return;
  takeIntoOwnRealm(error);
  records.set(error, record);
  const carrier = error as Carrier;
  if (adapterErrorCause(error) || !carrier.code || !Object.isExtensible(error)) return;
  if (carrier.meta !== undefined && !isOurs(carrier.meta)) return;
  Object.defineProperty(error, 'meta', { value: { [kRecord]: record }, enumerable: false, configurable: true });
}

/** COMMIT has failed with `error`, of which `remember` knows the record. */
export function rememberCommit(error: unknown, record: GuardRecord): void {
  if (hidden === undefined) setImmediate(() => (hidden = undefined));
  hidden = hidden === undefined ? { ...record, hidden: record.hidden ?? error } : common(hidden, record);
}

function common(a: GuardRecord, b: GuardRecord): GuardRecord {
  return { ...b, outcome: a.outcome === b.outcome ? a.outcome : 'unknown', reason: undefined };
}

/**
 * What is known about an error that came out of Prisma (or straight out of the guard); undefined if the guard has not
 * seen it.
 */
export function recordOf(error: unknown): GuardRecord | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const own = records.get(error);
  if (own) return own;
  const { code, meta } = error as Carrier;
  if (hidden && code === 'P2028' && error instanceof Error && kHiding.test(error.message)) {
    records.set(error, hidden);
    return hidden;
  }
  if (typeof meta !== 'object' || meta === null) return undefined;
  const inner = (meta as { driverAdapterError?: unknown }).driverAdapterError;
  const found = typeof inner === 'object' && inner !== null ? records.get(inner) : takeCarried(error, meta);
  if (found) records.set(error, found);
  return found;
}

function isOurs(meta: unknown): boolean {
  return typeof meta === 'object' && meta !== null && kRecord in meta;
}

/** Leaves `meta` as it would have been without us. */
function takeCarried(carrier: Carrier, meta: object): GuardRecord | undefined {
  if (!isOurs(meta)) return undefined;
  const record = (meta as { [kRecord]: GuardRecord })[kRecord];
  if (Object.keys(meta).length === 0) carrier.meta = undefined;
  else delete (meta as { [kRecord]?: GuardRecord })[kRecord];
  return record;
}
