/** The core's rules for marks, as the guard asks for them. */
import type { MarkRules } from '../adapter/guard-host';
import { native } from '../native';

export const markRules: MarkRules = {
  decide: native.decideMark,
  sql: native.markSql,
  planSweep: native.planSweep,
  limits: native.markLimits(),
};
