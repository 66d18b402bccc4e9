/** What an adapter's error says that the database has answered. */
import { native } from '../native';
import type { EndsTransaction, SentReply, StatementReply } from '../native-types.generated';
import { adapterErrorCause, sqlStateOf, sqliteNameOf } from './driver-adapter';

/**
 * True if the database itself has refused and lives on: nothing of the statement is applied, and of a COMMIT nothing of
 * its transaction. The core decides; here is read what the adapter tells.
 */
export function isRefusal(error: unknown): boolean {
  return native.isRefusal(replyOf(error));
}

/**
 * Whether the database has rolled back the transaction of the statement that it refused so, and would commit what follows by
 * itself. The core decides. 'if-configured': the server's `innodb_rollback_on_timeout` does.
 */
export function endsTransaction(error: unknown): EndsTransaction {
  return native.endsTransaction(replyOf(error));
}

/** Whether something that has failed was refused, went unanswered, or was not sent at all. The core decides. */
export function sentReply(error: unknown): SentReply {
  return native.sentReply(replyOf(error));
}

function replyOf(error: unknown): StatementReply {
  const cause = adapterErrorCause(error) ?? {};
  const { severity } = cause as { severity?: unknown };
  return {
    sqlstate: sqlStateOf(error),
    severity: typeof severity === 'string' ? severity : undefined,
    mysqlNumber: mysqlNumberOf(error),
    sqlite: sqliteNameOf(error),
  };
}

/** MySQL's or MariaDB's number, the server's or its driver's; undefined for errors of other databases. */
export function mysqlNumberOf(error: unknown): number | undefined {
  const cause = adapterErrorCause(error);
  if (!cause || sqliteNameOf(error) !== undefined) return undefined;
  const { code, kind, originalCode } = cause;
  if (kind === 'mysql' && typeof code === 'number') return code;
  // SQLSTATEs have five characters, and the driver's own numbers begin with 45.
  const isNumber = typeof originalCode === 'string' && /^(\d{4}|45\d{3})$/.test(originalCode);
  return isNumber && !('severity' in cause) ? Number(originalCode) : undefined;
}
