/** Told of what happens to an operation on its way, for exports that show it beside the caller's own work. */

export type OperationStep =
  /** It failed and runs again, at once or after a wait. */
  | 'retry'
  /** It waits for the database or for a backoff. */
  | 'parked'
  /** Its wait is over and it runs. */
  | 'resumed'
  /** It succeeded, though not at first. */
  | 'recovered'
  /** It ended with a failure. */
  | 'given-up';

export interface OperationTracer<Subject = unknown> {
  /** Called when an operation begins, in its caller's context; the answer comes back with each of its steps. */
  subject(): Subject;
  step(subject: Subject, step: OperationStep, attributes: Readonly<Record<string, string | number>>): void;
}
