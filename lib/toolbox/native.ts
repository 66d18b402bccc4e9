/** The part of the addon that the toolbox and the memory watch use. Times in ms of performance.now(), bytes. */
import { native } from '../native';

type ConfigErrorClass = new (problems: readonly string[]) => Error;

export interface NativeCircuitBreaker {
  /** 0: refused. */
  tryAcquire(now: number): number;
  /** The state afterwards. */
  onResult(now: number, permit: number, result: number): number;
  state(now: number): number;
  retryAfter(now: number): number;
  failures(): number;
  trip(now: number): void;
  reset(): void;
}

export interface NativeBulkhead {
  enter(): number;
  /** True: the place went to the call at the queue's head. */
  leave(): boolean;
  stopWaiting(): void;
  executing(): number;
  waiting(): number;
  refused(): number;
}

export interface NativeRetrySchedule {
  /** ms to wait, kExhausted or kPastDeadline. */
  next(failedTries: number, remaining: number): number;
}

/** Of the circuit breaker. */
export const kClosed = 0;
export const kOpen = 1;
export const kHalfOpen = 2;

/** Of a call, for the circuit breaker. */
export const kSuccess = 0;
export const kFailure = 1;
export const kNeither = 2;

/** Of a bulkhead. */
export const kRefused = 0;
export const kEntered = 1;

/** Of a retry schedule. */
export const kExhausted = -1;

export interface NativeGrowth {
  readonly bytesPerSecond: number;
  readonly risingShare: number;
  readonly first: number;
  readonly last: number;
}

export interface NativeMemoryAdvice {
  readonly heapUsed: number;
  readonly heapLimit: number;
  readonly rss: number;
  readonly containerUsed: number;
  readonly containerLimit: number;
  readonly high?: {
    readonly measure: 'heap' | 'container';
    readonly used: number;
    readonly limit: number;
    readonly share: number;
  };
  readonly collect: boolean;
  readonly replace?: NativeGrowth;
}

export interface NativeMemoryMonitor {
  /** `rss`: Node's own figure, used where the addon has none of its own. */
  onSample(now: number, heapUsed: number, heapLimit: number, rss: number): NativeMemoryAdvice;
  onCollected(
    now: number,
    heapUsed: number,
    heapLimit: number,
    rss: number,
  ): {
    readonly heapBefore: number;
    readonly heapAfter: number;
    readonly rssBefore: number;
    readonly rssAfter: number;
    readonly shareBack: number;
    readonly worthwhile: boolean;
  };
  growth(): NativeGrowth | undefined;
}

interface NativeToolbox {
  readonly NativeCircuitBreaker: new (config: object, configError: ConfigErrorClass) => NativeCircuitBreaker;
  readonly NativeBulkhead: new (
    config: object,
    configError: ConfigErrorClass,
    name: 'read' | 'write' | 'reporting',
  ) => NativeBulkhead;
  readonly NativeRetrySchedule: new (
    maxRetries: number,
    firstAtOnce: boolean,
    initialDelay: number,
    maxDelay: number,
    linear: boolean,
    jittered: boolean,
    seed: number,
  ) => NativeRetrySchedule;
  readonly NativeMemoryMonitor: new (config: object, configError: ConfigErrorClass, now: number) => NativeMemoryMonitor;
  judgeCall(
    facts: object,
    write: boolean,
    unknownCounts: boolean,
  ): { readonly result: number; readonly again: boolean; readonly unknown: boolean };
}

export const core = native as unknown as NativeToolbox;
