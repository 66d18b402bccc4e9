import type { GuardPhase } from '../adapter/guard-host';

/** The core's GuardPhase. A rollback was sent instead of COMMIT: as far as a statement, and never further. */
export const kGuardPhases: Readonly<Record<GuardPhase, number>> = {
  acquire: 1,
  begin: 2,
  statement: 3,
  commit: 4,
  rollback: 3,
};
