/**
 * What is said of a failure: facts to the core, a `resilience` property to the caller, events, log lines and `onError`
 * to whoever listens. Users' functions that throw are logged and harm nothing.
 */
import type { OperationInfo } from '../contracts/operation';
import type { SafeEmitter } from '../events';
import { ErrorClass, GiveUpReason, OperationKind, Outcome } from '../native';
import type { ErrorClassName, OutcomeName, ResilientConfig } from '../options';
import { onRejection } from '../rejections';
import { type Log, messageOf } from './log';
import type { OperationTracer } from './operation-tracer';
import type { SlowOperations } from './slow-operations';
import type { Trouble } from './trouble';

/** The non-enumerable `resilience` property of errors that this package hands on. */
export interface ResilienceAnnotation {
  readonly errorClass: ErrorClassName;
  readonly outcome: OutcomeName;
  /** Runs of the operation. */
  readonly attempts: number;
  /** Time spent waiting for the database or a backoff, in ms. */
  readonly waitedMs: number;
  /** Why it was not run (again): 'not-retryable', 'deadline', 'retry-budget', … */
  readonly reason: string;
  /** What the first run that may have been applied ended with; absent where that is the error itself, or there is none. */
  readonly earlierError?: unknown;
}

/** One of the last errors, as `getMetrics()` shows it. */
export interface RecentError {
  readonly at: Date;
  readonly operation: string;
  readonly model?: string;
  readonly errorClass: ErrorClassName;
  readonly message: string;
}

const kRecentErrors = 10;

export class FailureReporter {
  /** For the cause of errors about operations that never ran. */
  lastConnectionError: unknown = undefined;
  /** For so long, in ms, a trivial query is waited for that the database has not answered yet. */
  unansweredForMs: number | undefined = undefined;
  /** A server, or TLS, has refused our password, role or certificate. */
  lastRefusal: unknown = undefined;
  readonly recentErrors: RecentError[] = [];
  tracer: OperationTracer | undefined = undefined;
  /** Where `warnings.slowOperationMs` is set. */
  slow: SlowOperations | undefined = undefined;
  /** Failed tries and refused operations, by ErrorClass. */
  readonly failures = zeroOf(ErrorClass);
  /** Operations that ended with a failure, by GiveUpReason. */
  readonly givenUp = zeroOf(GiveUpReason);

  constructor(
    readonly config: ResilientConfig,
    private readonly emitter: SafeEmitter,
    private readonly log: Log,
  ) {}

  /** Somebody wants to be told of every operation. */
  get watches(): boolean {
    return this.tracer !== undefined || this.slow !== undefined;
  }

  /** In the caller's asynchronous context. */
  begins(trouble: Trouble): void {
    trouble.subject = this.tracer?.subject();
    this.slow?.measure(trouble);
  }

  /** It has settled; `failure`: with this error. */
  ended({ action: operation, model }: OperationInfo, trouble: Trouble, failure?: { readonly error: unknown }): void {
    if (!this.watches) return;
    const durationMs = performance.now() - trouble.firstStarted;
    this.tracer?.ended?.(trouble.subject, { operation, model, durationMs, failure });
    this.slow?.ended({ operation, model, ok: failure === undefined }, trouble);
  }

  annotate(error: unknown, annotation: ResilienceAnnotation): void {
    if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return;
    try {
      Object.defineProperty(error, 'resilience', { value: annotation, configurable: true, writable: true });
    } catch {
      // A frozen error stays as it is.
    }
  }

  /** It is not run again, or never ran. */
  gaveUp(trouble: Trouble, error: unknown, reason: GiveUpReason): void {
    const { attempts, errorInDoubt, lastErrorClass: errorClass, lastOutcome: outcome, subject, waitedMs } = trouble;
    this.givenUp[reason] += 1;
    this.tracer?.step(subject, 'given-up', { reason, attempts, waited_ms: waitedMs });
    const earlierError = errorInDoubt === error ? undefined : errorInDoubt;
    this.annotate(error, {
      errorClass,
      outcome,
      attempts,
      waitedMs,
      reason,
      ...(earlierError !== undefined && { earlierError }),
    });
  }

  retrying(operation: OperationInfo, trouble: Trouble, error: unknown, when: 'now' | 'wait'): void {
    const { lastErrorClass: errorClass, attempts: attempt, subject } = trouble;
    const { action, model } = operation;
    this.tracer?.step(subject, 'retry', { attempt, error_class: errorClass, when });
    this.emitter.emit('retry', { operation: action, model, attempt, errorClass, error, when });
    this.log.debug(`retry operation=${nameOf(operation)} attempt=${attempt} class=${errorClass} when=${when}`);
  }

  /** The guard takes a step of an operation again: `operation` names the step, since the operation is Prisma's to know. */
  retryingBeneath(
    operation: string,
    attempt: number,
    errorClass: ErrorClassName,
    error: unknown,
    when: 'now' | 'wait',
  ): void {
    this.tracer?.step(this.tracer.subject(), 'retry', { attempt, error_class: errorClass, when });
    this.emitter.emit('retry', { operation, attempt, errorClass, error, when });
    this.log.debug(`retry operation=${operation} attempt=${attempt} class=${errorClass} when=${when} beneath=prisma`);
  }

  /** A step that the guard had taken again has succeeded. */
  recoveredBeneath(attempts: number, waitedMs: number): void {
    this.tracer?.step(this.tracer.subject(), 'recovered', { attempts, waited_ms: waitedMs });
  }

  /** `settled`: it is not run again. */
  failed(operation: OperationInfo, trouble: Trouble, error: unknown, settled: boolean): void {
    const { attempts: tries, firstStarted, lastErrorClass: errorClass, lastOutcome } = trouble;
    this.failures[errorClass] += 1;
    if (errorClass === ErrorClass.fatalConfiguration) this.lastRefusal = error;
    if (errorClass !== ErrorClass.query) {
      this.remember(operation.action, errorClass, error, operation.model);
    }
    if (settled && lastOutcome === Outcome.unknown) {
      this.log.warn(
        `outcome-unknown operation=${nameOf(operation)}: it may or may not have been applied: ${messageOf(error)}`,
      );
    }
    const { onError } = this.config;
    if (!onError) return;
    const context = {
      operation: operation.action,
      model: operation.model,
      retryCount: Math.max(0, tries - 1),
      duration: performance.now() - firstStarted,
      errorClass,
      outcome: lastOutcome,
    };
    // Off the critical path: the operation's own settlement does not wait for it. What a user's own callback threw may be no
    // Error, and is passed on as it is.
    void Promise.resolve()
      .then(() => onError(error as Error, context))
      .catch((thrown) => this.log.error(`onError threw: ${messageOf(thrown)}`));
  }

  /** Among the last errors, also what no operation has failed of: in an outage that all wait out, its cause. */
  remember(operation: string, errorClass: ErrorClassName, error: unknown, model?: string): void {
    this.recentErrors.push({ at: new Date(), operation, model, errorClass, message: messageOf(error) });
    if (this.recentErrors.length > kRecentErrors) this.recentErrors.shift();
  }

  /** The user's verdict in place of ours; undefined keeps the suggestion. */
  overrideOf(error: unknown, suggestion: ErrorClass): ErrorClass | undefined {
    try {
      const verdict = this.config.classifyError?.(error, suggestion);
      onRejection(verdict, (thrown) => this.log.error(`classifyError threw: ${messageOf(thrown)}`));
      if (verdict === undefined || verdict === null || verdict === suggestion) return undefined;
      const names = Object.values(ErrorClass);
      if (names.includes(verdict)) return verdict;
      this.log.warn(`classifyError returned ${JSON.stringify(verdict)}, expected one of ${names.join(', ')}`);
    } catch (thrown) {
      this.log.error(`classifyError threw: ${messageOf(thrown)}`);
    }
    return undefined;
  }

  kindOf(operation: OperationInfo): OperationKind {
    if (operation.kind !== OperationKind.write || !this.config.isIdempotent) return operation.kind;
    try {
      const idempotent = this.config.isIdempotent({
        model: operation.model,
        operation: operation.action,
        args: operation.args,
      });
      onRejection(idempotent, (thrown) => this.log.error(`isIdempotent threw: ${messageOf(thrown)}`));
      if (idempotent === true) return OperationKind.idempotentWrite;
    } catch (thrown) {
      this.log.error(`isIdempotent threw: ${messageOf(thrown)}`);
    }
    return operation.kind;
  }
}

/** A count for each value of an enumeration. */
function zeroOf<Value extends string>(enumeration: Readonly<Record<string, Value>>): Record<Value, number> {
  return Object.fromEntries(Object.values(enumeration).map((value) => [value, 0])) as Record<Value, number>;
}

function nameOf({ model, action }: OperationInfo): string {
  return model === undefined ? action : `${model}.${action}`;
}
