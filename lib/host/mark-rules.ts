/** The core's rules for marks, as the guard asks for them. */
import type { MarkRules } from '../adapter/guard-host';
import { native } from '../native';

export const markRules: MarkRules = {
  decide: native.decideMark,
  sql: native.markSql,
  block: native.markBlock,
  planSweep: native.planSweep,
  limits: native.markLimits(),
};
