/** SQLite's result codes: adapters tell them by name (better-sqlite3), or by number (libsql). */

const kPrimary: Readonly<Record<number, string>> = {
  1: 'SQLITE_ERROR',
  2: 'SQLITE_INTERNAL',
  3: 'SQLITE_PERM',
  4: 'SQLITE_ABORT',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  9: 'SQLITE_INTERRUPT',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  17: 'SQLITE_SCHEMA',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  21: 'SQLITE_MISUSE',
  23: 'SQLITE_AUTH',
  26: 'SQLITE_NOTADB',
};
const kExtended: Readonly<Record<number, string>> = {
  787: 'SQLITE_CONSTRAINT_FOREIGNKEY',
  1299: 'SQLITE_CONSTRAINT_NOTNULL',
  1555: 'SQLITE_CONSTRAINT_PRIMARYKEY',
  1811: 'SQLITE_CONSTRAINT_TRIGGER',
  2067: 'SQLITE_CONSTRAINT_UNIQUE',
};
/** The low byte of an extended code is its primary one. */
const kPrimaryMask = 0xff;

/** What an adapter says of a driver's error. */
interface Payload {
  readonly kind?: unknown;
  readonly originalCode?: unknown;
  readonly extendedCode?: unknown;
}

/** undefined: it is not SQLite's. Numbers of other databases are told apart by what stands beside them. */
export function sqliteCodeOf({ extendedCode, kind, originalCode }: Payload): string | undefined {
  if (typeof originalCode === 'string' && originalCode.startsWith('SQLITE_')) return originalCode;
  if (kind === 'sqlite') return nameOf(Number(extendedCode ?? originalCode));
  if (typeof originalCode !== 'string' || !/^\d{1,4}$/.test(originalCode) || typeof kind !== 'string') return undefined;
  if (kind.endsWith('ConstraintViolation')) return kExtended[Number(originalCode)];
  return kind === 'SocketTimeout' ? busy(Number(originalCode)) : undefined;
}

function nameOf(code: number): string {
  return kExtended[code] ?? kPrimary[code & kPrimaryMask] ?? 'SQLITE_ERROR';
}

function busy(code: number): string | undefined {
  const name = kPrimary[code & kPrimaryMask];
  return name === 'SQLITE_BUSY' ? name : undefined;
}
