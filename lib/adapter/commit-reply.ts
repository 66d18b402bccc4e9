import { adapterErrorCause, sqlStateOf } from './driver-adapter';

/** 08: connection; 57: the server is going away; 40003: "statement completion unknown". */
const kNoReply = /^(08|57|40003)/;

/**
 * True if the server itself has refused to commit and lives on: the transaction is rolled back. False for everything
 * that leaves it open, and where in doubt, since asking for the outcome is always right.
 */
export function isRefusal(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === undefined || kNoReply.test(state)) return false;
  const { severity } = (adapterErrorCause(error) ?? {}) as { severity?: unknown };
  return severity !== 'FATAL' && severity !== 'PANIC';
}
