/** A circuit breaker: the core decides, this makes calls and tells of changes. */
import { EventEmitter } from 'node:events';

import { CircuitOpenError, ConfigError } from '../errors';
import type { CircuitBreakerOptions as CircuitBreakerNumbers } from '../options';
import { begin } from './begin';
import { judgeCall } from './judge';
import { CallResult, type NativeCircuitBreaker, CircuitState as State, native } from '../native';
import { refuse, withoutStack } from './refusal';

export type CircuitState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

export interface CircuitBreakerOptions extends CircuitBreakerNumbers {
  /**
   * Whether an error speaks against what the circuit protects. Default: every error that is not known to be the
   * caller's own (a constraint, a validation, a refusal by a tool of this package).
   */
  isFailure?(error: unknown): boolean;
}

/** Without arguments; told after the change. */
export type CircuitEvent = 'open' | 'half-open' | 'close';

const kStates: Readonly<Record<State, CircuitState>> = {
  [State.closed]: 'CLOSED',
  [State.open]: 'OPEN',
  [State.halfOpen]: 'HALF_OPEN',
};
const kEvents: Readonly<Record<State, CircuitEvent>> = {
  [State.closed]: 'close',
  [State.open]: 'open',
  [State.halfOpen]: 'half-open',
};

export class CircuitBreaker {
  private readonly native: NativeCircuitBreaker;
  private readonly events = new EventEmitter();
  private known: State = State.closed;
  private timer: NodeJS.Timeout | undefined;
  /** While OPEN: until when the core refuses, in ms of performance.now(). */
  private refusesUntil = 0;
  private refusals = 0;

  /** Throws a ConfigError that lists every problem of `options`. */
  constructor(options: CircuitBreakerOptions = {}) {
    const { isFailure, ...numbers } = options;
    this.native = new native.NativeCircuitBreaker(
      new native.NativeConfig({ circuitBreaker: { enabled: true, ...numbers } }, ConfigError),
    );
    if (isFailure) this.resultOf = (error) => (isFailure(error) ? CallResult.failure : CallResult.success);
  }

  /** Makes the call, or rejects with a CircuitOpenError without making it. */
  execute<T>(fn: () => PromiseLike<T> | T): Promise<T> {
    const permit = this.acquire();
    if (permit === 0) return refuse(this.refusal());
    return begin(fn).then(
      (value) => {
        this.settle(permit, CallResult.success);
        return value;
      },
      (error) => {
        this.failed(permit, error);
        throw error;
      },
    );
  }

  getState(): CircuitState {
    this.changed(this.native.state(performance.now()));
    return kStates[this.known];
  }

  /** `failures`: those that count at the moment, of CLOSED. `refused`: calls since the beginning. */
  getMetrics(): { state: CircuitState; failures: number; refused: number } {
    return { state: this.getState(), failures: this.native.failures(), refused: this.refusals };
  }

  on(event: CircuitEvent, listener: () => void): this {
    this.events.on(event, listener);
    return this;
  }

  off(event: CircuitEvent, listener: () => void): this {
    this.events.off(event, listener);
    return this;
  }

  /** Opens the circuit by hand, for its reset timeout. */
  trip(): void {
    this.native.trip(performance.now());
    this.changed(State.open);
  }

  /** Closes the circuit by hand, with a clean record. */
  reset(): void {
    this.native.reset();
    this.changed(State.closed);
  }

  /** Forgets its timer. It keeps no process alive, but a test may want none left. */
  dispose(): void {
    clearTimeout(this.timer);
    this.events.removeAllListeners();
  }

  // ---- for compositions, which make the call themselves ------------------------------------------------------------

  /** The permit of one call, to be settled; 0: refused. */
  acquire(): number {
    const now = performance.now();
    const permit = now < this.refusesUntil ? 0 : this.native.tryAcquire(now);
    if (permit === 0) ++this.refusals;
    else if (this.known === State.open) this.changed(this.native.state(now));
    return permit;
  }

  settle(permit: number, result: CallResult): void {
    this.changed(this.native.settle(performance.now(), permit, result));
  }

  failed(permit: number, error: unknown): void {
    let result: CallResult = CallResult.neither;
    try {
      result = this.resultOf(error);
    } finally {
      this.settle(permit, result);
    }
  }

  refusal(): CircuitOpenError {
    const wait = Math.ceil(this.refusesUntil - performance.now());
    const message =
      wait > 0
        ? `The circuit is open: calls are let through on trial in ${wait} ms.`
        : 'The circuit is half open, and its trial calls are under way.';
    return withoutStack(() => new CircuitOpenError(message));
  }

  private resultOf: (error: unknown) => CallResult = (error) => judgeCall(error, 'read', true).result;

  private changed(state: State): void {
    if (state === this.known && state !== State.open) return;
    const now = performance.now();
    const until = state === State.open ? now + this.native.retryAfter(now) : 0;
    clearTimeout(this.timer);
    this.refusesUntil = until;
    if (state === State.open) this.watchForHalfOpen(until - now);
    if (state === this.known) return;
    this.known = state;
    for (const listener of this.events.listeners(kEvents[state])) {
      try {
        listener();
      } catch {
        // Whoever listens must not be able to fail a call that has nothing to do with it.
      }
    }
  }

  /** OPEN ends by time alone; without traffic nobody would look. */
  private watchForHalfOpen(waitMs: number): void {
    const look = (): void => this.changed(this.native.state(performance.now()));
    this.timer = setTimeout(look, Math.max(1, Math.ceil(waitMs))).unref();
  }
}
