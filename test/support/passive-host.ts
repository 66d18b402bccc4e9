import type { GuardHost } from '../../lib/adapter/guard-host';

/**
 * The host of a guard that nobody drives: everything goes through at once and no failure is taken again. What the guard
 * knows about failures is remembered all the same.
 */
export const passiveHost: GuardHost = {
  epoch: 0,
  writes: { onUnknownOutcome: 'throw' },
  waitUntilOpen: () => undefined,
  failed: () => false,
  mayAskOutcome: () => false,
  settled: () => undefined,
  beginsLate: () => false,
  warn: () => undefined,
  marks: {
    decide: () => ({ verdict: 'unknown', reason: 'not-asked', askAgain: false, endGhost: false }),
    sql: () => undefined,
    planSweep: () => ({ settled: 0, byAge: false, pauseMs: 1000 }),
    limits: {
      lockWaitMs: 0,
      keptMs: 0,
      sweepBatch: 0,
      mostSettled: 0,
      sweepPauseMs: 0,
      usesBeforeName: Infinity,
      mostStale: 0,
      mostNames: 0,
    },
  },
  statementKind: () => 'control',
  holdsSession: () => false,
  decideInDoubt: () => ({ verdict: 'unknown', reason: 'not-asked', askAgain: false }),
};
