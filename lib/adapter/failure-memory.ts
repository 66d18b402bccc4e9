/**
 * What the guard knows about errors that it let through to Prisma, found again from the error that the caller gets.
 *
 * Prisma hands the object that the adapter threw up to the caller: as `meta.driverAdapterError`, or as the very error.
 * With one exception: an error that is no DriverAdapterError but has a `code` (EPIPE, the AggregateError of a
 * dual-stack connect) is replaced by a PrismaClientKnownRequestError that copies `code` and `meta` alone. Such an error
 * carries its record in a non-enumerable `meta` under a symbol, and `recordOf` removes it from what the caller sees.
 */
import { adapterErrorCause } from './driver-adapter';
import type { GuardPhase, GuardRecord } from './guard-host';

const records = new WeakMap<object, GuardRecord>();
const kRecord = Symbol('resilience.guardRecord');

interface Carrier {
  code?: unknown;
  meta?: unknown;
}

export function remember(error: unknown, record: GuardRecord): void {
  if (typeof error !== 'object' || error === null) return;
  records.set(error, record);
  const carrier = error as Carrier;
  if (adapterErrorCause(error) || !carrier.code || !Object.isExtensible(error)) return;
  if (carrier.meta !== undefined && !isOurs(carrier.meta)) return;
  Object.defineProperty(error, 'meta', { value: { [kRecord]: record }, enumerable: false, configurable: true });
}

/**
 * What is known about an error that came out of Prisma (or straight out of the guard); undefined if the guard has not
 * seen it.
 */
export function recordOf(error: unknown): GuardRecord | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const own = records.get(error);
  if (own) return own;
  const { meta } = error as Carrier;
  if (typeof meta !== 'object' || meta === null) return undefined;
  const inner = (meta as { driverAdapterError?: unknown }).driverAdapterError;
  const found = typeof inner === 'object' && inner !== null ? records.get(inner) : takeCarried(error as Carrier, meta);
  if (found) records.set(error, found);
  return found;
}

/** How far the work had come when it failed; undefined if the guard has not seen this error. */
export function phaseOf(error: unknown): GuardPhase | undefined {
  return recordOf(error)?.phase;
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
