/** The table of errors on PostgreSQL, whole, for one version of Prisma. */
import type { PrismaVersion } from './prisma-version';
import { testRows } from './row';
import { kNotSentRows } from './rows/not-sent';
import { kPgBouncerRows } from './rows/pgbouncer';
import { kCancelledRows, kEngineFaultRows, kFatalRows, kQueryRows, kReadOnlyRows } from './rows/refused';
import { kRolledBackRows } from './rows/rolled-back';
import { kSaturatedRows } from './rows/saturated';
import { kUnknownOutcomeRows } from './rows/unknown-outcome';

export function testPostgresRows(version: PrismaVersion): void {
  testRows('not sent', version, kNotSentRows);
  testRows('saturated', version, kSaturatedRows);
  testRows('unknown outcome', version, kUnknownOutcomeRows);
  testRows('rolled back', version, kRolledBackRows);
  testRows('read-only', version, kReadOnlyRows);
  testRows('cancelled', version, kCancelledRows);
  testRows('engine fault', version, kEngineFaultRows);
  testRows('fatal configuration', version, kFatalRows);
  testRows('query', version, kQueryRows);
  testRows('PgBouncer', version, kPgBouncerRows);
}
