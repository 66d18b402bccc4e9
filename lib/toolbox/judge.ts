/** What the failure of a call means: asked of the core, with whatever the client has found out about it already. */
import { extractErrorFacts } from '../client/error-facts';
import { DatabaseUnavailableError, type TimeoutError } from '../errors';
import { type CallJudgement, type CallKind, ErrorClass, type ErrorFacts, Outcome, native } from '../native';
import type { ErrorClassName, OutcomeName } from '../options';

export type { CallKind };

/** The `resilience` property that the client puts on errors. */
interface Annotated {
  readonly resilience?: { readonly errorClass?: ErrorClassName; readonly outcome?: OutcomeName };
}

/** `unknownCounts`: an error that no rule knows speaks against the infrastructure. Never throws. */
export function judgeCall(error: unknown, kind: CallKind, unknownCounts: boolean): CallJudgement {
  const annotation = annotationOf(error);
  const facts: ErrorFacts = { ...extractErrorFacts(error), provenOutcome: known(Outcome, annotation?.outcome) };
  const unavailable = error instanceof DatabaseUnavailableError;
  return native.judgeCall(facts, kind, unknownCounts, unavailable, known(ErrorClass, annotation?.errorClass));
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

/** Whoever else puts a property of that name on an error may mean something else by it. */
function known<Value extends string>(enumeration: Readonly<Record<string, Value>>, found: unknown): Value | undefined {
  return Object.values(enumeration).find((value) => value === found);
}

function annotationOf(error: unknown): Annotated['resilience'] {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    return (error as Annotated).resilience;
  } catch {
    return undefined;
  }
}
