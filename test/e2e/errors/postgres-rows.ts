/** The table of errors on PostgreSQL, whole, for one version of Prisma. */
import { Lab } from './lab';
import type { PrismaVersion } from './prisma-version';
import { testRows } from './row';
import { kNotSentRows } from './rows/not-sent';
import { kPgBouncerRows } from './rows/pgbouncer';
import { kCancelledRows, kEngineFaultRows, kFatalRows, kQueryRows, kReadOnlyRows } from './rows/refused';
import { kReplicationRows } from './rows/replication';
import { kRolledBackRows } from './rows/rolled-back';
import { kSaturatedRows } from './rows/saturated';
import { kUnknownOutcomeRows } from './rows/unknown-outcome';

const kTable = {
  'not sent': kNotSentRows,
  saturated: kSaturatedRows,
  'unknown outcome': kUnknownOutcomeRows,
  'rolled back': kRolledBackRows,
  'read-only': kReadOnlyRows,
  cancelled: kCancelledRows,
  'engine fault': kEngineFaultRows,
  'fatal configuration': kFatalRows,
  query: kQueryRows,
  PgBouncer: kPgBouncerRows,
  replication: kReplicationRows,
};

export const kPostgresRows = Object.values(kTable).flat();

export function testPostgresRows(version: PrismaVersion): void {
  for (const [title, rows] of Object.entries(kTable)) testRows(title, version, rows, Lab.start);
}
