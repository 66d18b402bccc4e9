/**
 * The errors of this package. Errors that Prisma threw are handed on as they are; these are ours alone. `code` is
 * stable and meant for programs, messages are for people. No message holds a password.
 */

/** Common ancestor, for `instanceof`. */
export abstract class ResilienceError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message);
    if (options && 'cause' in options) {
      Object.defineProperty(this, 'cause', { value: options.cause, configurable: true, writable: true });
    }
  }
}

/** The configuration is wrong. `problems` lists everything that is, not only the first. */
export class ConfigError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_CONFIG';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      problems.length === 1
        ? `Invalid configuration: ${problems[0]}`
        : `Invalid configuration, ${problems.length} problems:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/** The circuit is open: calls are refused until its reset timeout has passed. */
export class CircuitOpenError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_CIRCUIT_OPEN';
}

/** All places of a bulkhead are taken, and its waiting room is full. */
export class BulkheadRejectedError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_BULKHEAD_FULL';
}

/** One try took longer than its timeout. A write may have been applied. */
export class TimeoutError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_TIMEOUT';
}

/** No further try begins: the deadline across tries has passed. */
export class DeadlineExceededError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_DEADLINE';
}

/** `reconnect.maxParked` operations wait for the database already. */
export class QueueFullError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_QUEUE_FULL';
}

/**
 * The database did not come back before the operation's deadline; the operation never ran. Has Prisma's own code for an
 * unreachable server, so that code written for a bare client keeps working. `cause` is the last real error.
 */
export class DatabaseUnavailableError extends ResilienceError {
  readonly code = 'P1001';
}

/** once(): the key was used before, with another fingerprint. Nothing was run. */
export class KeyReusedError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_KEY_REUSED';
}

/** once(): the work's result cannot be kept as JSON. Nothing was committed. */
export class ResultError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_RESULT';
}

/** `shutdown()` was called: nothing is accepted any more. */
export class ShutdownError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_SHUTDOWN';
}

/** The factory or its client is not what is needed: says what came, what was expected and what to do. */
export class FactoryError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_FACTORY';
}

/** The addon for this platform could not be loaded: says how to build one. */
export class AddonError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_ADDON';
}

// On the prototypes, as with JavaScript's own errors: a name that survives minifiers, and nothing to define for each
// error (a refusal has to be cheap).
const kNames = {
  ConfigError,
  CircuitOpenError,
  BulkheadRejectedError,
  TimeoutError,
  DeadlineExceededError,
  QueueFullError,
  DatabaseUnavailableError,
  KeyReusedError,
  ResultError,
  ShutdownError,
  FactoryError,
  AddonError,
};
for (const [name, { prototype }] of Object.entries(kNames)) {
  Object.defineProperty(prototype, 'name', { value: name, configurable: true, writable: true });
}
