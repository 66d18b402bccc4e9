/** What the core is told of a failure: of the attempt, of the error, of the client and of the guard beneath. */
import { extractErrorFacts } from '../client/error-facts';
import type { Core } from '../drive/core';
import { startOf } from '../drive/in-flight';
import type { ErrorClass, ErrorFacts, FailedAttempt, OperationKind } from '../native';
import type { Writable } from '../writable';
import type { FailureReporter } from './failure';
import type { Attempt } from './run';

/** Some of its statements may have been sent after its transaction was ended by its own time limit. */
function mayHaveOutlived({ generation, run: { operation }, ...attempt }: Attempt): boolean {
  if (!generation.outrunsItsTransactions || operation.transactionLimitMs === undefined) return false;
  return performance.now() - startOf(attempt) >= operation.transactionLimitMs;
}

/** The attempt itself, and what its operation has been through. */
export function failedAttempt(attempt: Attempt): Writable<FailedAttempt> {
  const { generation, run } = attempt;
  const { operation } = run;
  const { errorInDoubt, firstStarted, ticket, tries } = run.inTrouble();
  return {
    ticket,
    operation: { kind: operation.kind, shape: operation.shape, hasUserCode: operation.hasUserCode },
    firstStartedMs: firstStarted,
    tryStartedMs: startOf(attempt),
    tries,
    epoch: attempt.epoch,
    callbackStarted: operation.callbackStarted?.() ?? false,
    earlierInDoubt: errorInDoubt !== undefined,
    sweptByGuard: generation.guard !== undefined,
  };
}

interface DescribedFailure {
  readonly facts: ErrorFacts;
  readonly triesBeneath: number;
  readonly waitedBeneathMs: number;
  readonly reportedBeneath: boolean;
  readonly overrideClass: ErrorClass | undefined;
  readonly kind: OperationKind;
}

/** Everything that onFailed() wants to know beyond the attempt itself. */
export function factsOf(error: unknown, attempt: Attempt, core: Core, reporter: FailureReporter): DescribedFailure {
  const {
    generation,
    run: { operation },
  } = attempt;
  const { hidden, reportedBeneath, triesBeneath, waitedBeneathMs, ...ofClient } = generation.facts(error);
  const facts: Writable<ErrorFacts> = { ...extractErrorFacts(hidden ?? error), ...ofClient };
  if (operation.shape === 'interactive' && operation.commitStarted?.() === false) facts.inTransaction = true;
  if (operation.mayCommitInside === true || mayHaveOutlived(attempt)) facts.mayCommitInside = true;
  const overrideClass = reporter.config.classifyError
    ? reporter.overrideOf(
        error,
        core.ask((supervisor) => supervisor.classify(facts)),
      )
    : undefined;
  return { facts, triesBeneath, waitedBeneathMs, reportedBeneath, overrideClass, kind: reporter.kindOf(operation) };
}
