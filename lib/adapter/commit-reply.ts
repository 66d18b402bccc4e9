import { adapterErrorCause, sqlStateOf } from './driver-adapter';

/** 08: connection; 57: the server is going away; 40003: "statement completion unknown". */
const kNoReply = /^(08|57|40003)/;
/** MySQL and MariaDB number what the server says below this; above it, their driver speaks of its own troubles. */
const kFirstOfTheDriver = 40_000;
/** The server is going away, or has ended the connection. */
const kMysqlNoReply = new Set([1053, 1152, 1153, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013]);
/** SQLite answers from within the process; these say that the file itself could not be written, or no longer read. */
const kSqliteNoReply = /^SQLITE_(IOERR|CORRUPT|NOTADB|PROTOCOL|INTERNAL)/;

/**
 * True if the database itself has refused and lives on: nothing of the statement is applied, and of a COMMIT nothing of
 * its transaction. False for everything that leaves it open, and where in doubt, since asking for the outcome is always
 * right.
 */
export function isRefusal(error: unknown): boolean {
  const number = mysqlNumberOf(error);
  if (number !== undefined) return number < kFirstOfTheDriver && !kMysqlNoReply.has(number);
  const code = adapterErrorCause(error)?.originalCode;
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return !kSqliteNoReply.test(code);
  const state = sqlStateOf(error);
  if (state === undefined || kNoReply.test(state)) return false;
  const { severity } = (adapterErrorCause(error) ?? {}) as { severity?: unknown };
  return severity !== 'FATAL' && severity !== 'PANIC';
}

/** MySQL's or MariaDB's number, the server's or its driver's; undefined for errors of other databases. */
export function mysqlNumberOf(error: unknown): number | undefined {
  const cause = adapterErrorCause(error);
  if (!cause) return undefined;
  const { code, kind, originalCode } = cause;
  if (kind === 'mysql' && typeof code === 'number') return code;
  // SQLSTATEs have five characters, and the driver's own numbers begin with 45.
  const isNumber = typeof originalCode === 'string' && /^(\d{4}|45\d{3})$/.test(originalCode);
  return isNumber && !('severity' in cause) ? Number(originalCode) : undefined;
}
