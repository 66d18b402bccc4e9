/** What the failure of a call means: asked of the core, with whatever the client has found out about it already. */
import { extractErrorFacts } from '../client/error-facts';
import { DatabaseUnavailableError, type TimeoutError } from '../errors';
import type { ErrorClassName, OutcomeName } from '../options';
import { core } from './native';

export type CallKind = 'read' | 'write';

export interface CallVerdict {
  /** kSuccess, kFailure or kNeither, for a circuit breaker. */
  readonly result: number;
  /** Another try may help and does no harm. */
  readonly again: boolean;
  /** No rule knew the error. */
  readonly unknown: boolean;
}

/** The `resilience` property that the client puts on errors. */
interface Annotated {
  readonly resilience?: { readonly errorClass?: ErrorClassName; readonly outcome?: OutcomeName };
}

/** `unknownCounts`: an error that no rule knows speaks against the infrastructure. Never throws. */
export function judgeCall(error: unknown, kind: CallKind, unknownCounts: boolean): CallVerdict {
  return core.judgeCall(factsOf(error), kind === 'write', unknownCounts);
}

/** What is known of the effects of a call that failed; undefined: nobody has judged it. */
export function knownOutcome(error: unknown): OutcomeName | undefined {
  return error instanceof DatabaseUnavailableError ? 'not-applied' : annotationOf(error)?.outcome;
}

/** As the client does with the errors of operations: what a call that timed out may have done. */
export function annotateTimeout(error: TimeoutError, kind: CallKind): void {
  const outcome: OutcomeName = kind === 'read' ? 'not-applied' : 'unknown';
  const value = { errorClass: 'unknown' satisfies ErrorClassName, outcome };
  Object.defineProperty(error, 'resilience', { value, configurable: true, writable: true });
}

function factsOf(error: unknown): object {
  const annotation = annotationOf(error);
  return {
    ...extractErrorFacts(error),
    errorClass: annotation?.errorClass,
    provenOutcome: annotation?.outcome,
    databaseUnavailable: error instanceof DatabaseUnavailableError,
  };
}

function annotationOf(error: unknown): Annotated['resilience'] {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    return (error as Annotated).resilience;
  } catch {
    return undefined;
  }
}
