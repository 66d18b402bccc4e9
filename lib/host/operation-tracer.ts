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

export interface OperationEnd {
  /** Prisma's: 'findMany', '$transaction', … */
  readonly operation: string;
  /** Prisma's name of the model; undefined for raw queries and transactions. */
  readonly model: string | undefined;
  /** What the caller has waited, retries and waits included, in ms. */
  readonly durationMs: number;
  /** undefined: it succeeded. */
  readonly failure: { readonly error: unknown } | undefined;
}

export interface OperationTracer<Subject = unknown> {
  /** Called when an operation begins, in its caller's context; the answer comes back with each of its steps. */
  subject(): Subject;
  step(subject: Subject, step: OperationStep, attributes: Readonly<Record<string, string | number>>): void;
  /** Called once for each operation that has begun. */
  ended?(subject: Subject, end: OperationEnd): void;
}
