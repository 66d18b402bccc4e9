/** What the database itself has refused, by the shapes in which adapters tell it. */
import { endsTransaction, isRefusal } from '../../../lib/adapter/commit-reply';

function adapterError(cause: object): Error {
  return Object.assign(new Error('adapter'), { name: 'DriverAdapterError', cause });
}

test.each([
  ['PostgreSQL, a key', { kind: 'UniqueConstraintViolation', originalCode: '23505' }],
  ['PostgreSQL, any other', { kind: 'postgres', code: '25P02', originalCode: '25P02', severity: 'ERROR' }],
  [
    "PostgreSQL, the user's own class 45",
    { kind: 'postgres', code: '45001', originalCode: '45001', severity: 'ERROR' },
  ],
  ['MariaDB, a key', { kind: 'UniqueConstraintViolation', originalCode: '1062' }],
  ['MariaDB, a deadlock', { kind: 'TransactionWriteConflict', originalCode: '1213' }],
  ['MariaDB, any other', { kind: 'mysql', code: 1205, originalCode: '1205' }],
  ['SQLite, a key', { kind: 'UniqueConstraintViolation', originalCode: 'SQLITE_CONSTRAINT_UNIQUE' }],
  ['SQLite, a busy file', { kind: 'SocketTimeout', originalCode: 'SQLITE_BUSY' }],
  ['libsql, a key', { kind: 'UniqueConstraintViolation', originalCode: '2067' }],
  ['libsql, a busy file', { kind: 'SocketTimeout', originalCode: '517' }],
  ['libsql, any other', { kind: 'sqlite', extendedCode: 1, originalCode: '1' }],
])('a refusal: %s', (_which, cause) => {
  expect(isRefusal(adapterError(cause))).toBe(true);
});

test.each([
  ['PostgreSQL is going away', { kind: 'postgres', code: '57P01', originalCode: '57P01', severity: 'FATAL' }],
  ['PostgreSQL, the connection', { kind: 'ConnectionClosed' }],
  ['MariaDB, the socket has closed', { kind: 'mysql', code: 45009, originalCode: '45009' }],
  ['MariaDB, a code of its driver on a mapped error', { kind: 'DatabaseNotReachable', originalCode: '45028' }],
  ['MariaDB is going away', { kind: 'mysql', code: 1053, originalCode: '1053' }],
  ['MariaDB, the connection was killed', { kind: 'mysql', code: 1927, originalCode: '1927' }],
  ['SQLite, the disk', { kind: 'sqlite', extendedCode: 10, originalCode: 'SQLITE_IOERR_WRITE' }],
  ['libsql, the disk', { kind: 'sqlite', extendedCode: 1034, originalCode: '1034' }],
])('none: %s', (_which, cause) => {
  expect(isRefusal(adapterError(cause))).toBe(false);
});

test("libsql's own error, which its adapter lets through from COMMIT", () => {
  expect(isRefusal(Object.assign(new Error('busy'), { code: 'SQLITE_BUSY', rawCode: 5 }))).toBe(true);
  expect(isRefusal(Object.assign(new Error('disk'), { code: 'SQLITE_IOERR', rawCode: 10 }))).toBe(false);
});

test('what no adapter has thrown is none', () => {
  for (const error of [undefined, null, 'text', new Error('timeout'), { cause: { originalCode: '23505' } }])
    expect(isRefusal(error)).toBe(false);
});

test.each([
  ['MariaDB, a deadlock', { kind: 'TransactionWriteConflict', originalCode: '1213' }, 'yes'],
  ['MariaDB, a lock that was waited for', { kind: 'mysql', code: 1205, originalCode: '1205' }, 'if-configured'],
  ['MariaDB, a key', { kind: 'UniqueConstraintViolation', originalCode: '1062' }, 'no'],
  ['PostgreSQL, a deadlock', { kind: 'TransactionWriteConflict', originalCode: '40P01' }, 'no'],
  ['libsql, a full disk', { kind: 'sqlite', extendedCode: 13, originalCode: '13' }, 'yes'],
])('has it ended the transaction: %s', (_which, cause, ends) => {
  expect(endsTransaction(adapterError(cause))).toBe(ends);
});
