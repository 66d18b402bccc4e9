/**
 * The part of Prisma's driver adapter interface that the guard uses, from Prisma 6.16 to 7, by shape: the package
 * @prisma/driver-adapter-utils is the application's, in its own version, or absent (Prisma 5).
 */
import { sqliteCodeOf } from '../tables/sqlite-codes';

export interface SqlQuery {
  sql: string;
  args: unknown[];
  argTypes: unknown[];
}

export interface SqlResultSet {
  columnTypes: unknown[];
  columnNames: string[];
  rows: unknown[][];
  lastInsertId?: string;
}

export interface AdapterInfo {
  readonly provider: string;
  readonly adapterName: string;
}

export interface SqlQueryable extends AdapterInfo {
  queryRaw(query: SqlQuery): Promise<SqlResultSet>;
  executeRaw(query: SqlQuery): Promise<number>;
}

export interface Transaction extends SqlQueryable {
  readonly options: { usePhantomQuery: boolean };
  commit(): Promise<void>;
  rollback(): Promise<void>;
  createSavepoint?(name: string): Promise<void>;
  rollbackToSavepoint?(name: string): Promise<void>;
  releaseSavepoint?(name: string): Promise<void>;
}

export interface SqlDriverAdapter extends SqlQueryable {
  executeScript(script: string): Promise<void>;
  startTransaction(isolationLevel?: string): Promise<Transaction>;
  getConnectionInfo?(): object;
  dispose(): Promise<void>;
  /** Some adapters show what they stand on: adapter-pg its pg.Pool. */
  underlyingDriver?(): unknown;
}

export interface SqlDriverAdapterFactory extends AdapterInfo {
  connect(): Promise<SqlDriverAdapter>;
  /** Of factories that Prisma's migrations can use. */
  connectToShadowDb?(): Promise<SqlDriverAdapter>;
}

/** A statement without arguments. */
export function statement(sql: string): SqlQuery {
  return { sql, args: [], argTypes: [] };
}

/** Ends a transaction that nobody waits for any more. */
export async function endUnasked(transaction: Transaction): Promise<void> {
  if (!transaction.options.usePhantomQuery) await transaction.executeRaw(statement('ROLLBACK'));
  await transaction.rollback();
}

interface AdapterErrorCause {
  readonly kind?: unknown;
  readonly originalCode?: unknown;
  readonly code?: unknown;
}

/** The mapped error inside a DriverAdapterError, else undefined. By shape, for each adapter may carry its own class. */
export function adapterErrorCause(error: unknown): AdapterErrorCause | undefined {
  if (!(error instanceof Error) || error.name !== 'DriverAdapterError') return undefined;
  return typeof error.cause === 'object' && error.cause !== null ? error.cause : undefined;
}

/** What the server said, where the adapter has kept it; else ''. */
export function adapterMessageOf(error: unknown): string {
  const { originalMessage } = (adapterErrorCause(error) ?? {}) as { originalMessage?: unknown };
  return typeof originalMessage === 'string' ? originalMessage : '';
}

/** SQLite's name for what it has answered. adapter-libsql lets the driver's own error through where COMMIT fails. */
export function sqliteNameOf(error: unknown): string | undefined {
  const cause = adapterErrorCause(error);
  if (cause) return sqliteCodeOf(cause);
  return error instanceof Error ? sqliteCodeOf({ originalCode: (error as { code?: unknown }).code }) : undefined;
}

const kSqlState = /^[0-9A-Z]{5}$/;

/** PostgreSQL's SQLSTATE if the server has answered with one, else undefined. */
export function sqlStateOf(error: unknown): string | undefined {
  const cause = adapterErrorCause(error);
  for (const code of [cause?.originalCode, cause?.kind === 'postgres' ? cause.code : undefined]) {
    if (typeof code === 'string' && kSqlState.test(code)) return code;
  }
  return undefined;
}

/** What an adapter throws when its server has gone away, in the shape that Prisma maps to P1017. */
export function connectionClosed(): Error {
  const error = new Error('ConnectionClosed');
  error.name = 'DriverAdapterError';
  Object.defineProperty(error, 'cause', { value: { kind: 'ConnectionClosed' }, enumerable: true, configurable: true });
  return error;
}
