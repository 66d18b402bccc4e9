/** The events of a client, and an emitter on which a listener that throws breaks nothing. */
import { EventEmitter } from 'node:events';

import type { ConnectionState, HealthStatus, ReplaceReason } from './native';
import type { ErrorClassName } from './options';
import { onRejection } from './rejections';

/** Of `hard-reset` and `refresh`. */
export interface ReplacementInfo {
  readonly reason: ReplaceReason;
  /** The generation that serves from now on. */
  readonly generation: number;
  /** From the factory's call to the swap, in ms. */
  readonly durationMs: number;
}

/** Of `retry`. */
export interface RetryInfo {
  /** Of the guard's own: the step beneath Prisma ('connect', 'begin', 'query', 'execute', 'script'). */
  readonly operation: string;
  readonly model?: string;
  /** Runs so far. */
  readonly attempt: number;
  readonly errorClass: ErrorClassName;
  readonly error: unknown;
  /** 'now': it runs again at once; 'wait': for its backoff, or for the database. */
  readonly when: 'now' | 'wait';
}

/** Of `failover` and of a factory's context. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly role: 'primary' | 'standby' | 'unknown';
}

/** Of `health` and of `healthCheck()`. */
export interface HealthResult {
  /** 'degraded': it answers, but slowly, or memory is high. */
  readonly status: HealthStatus;
  readonly database: 'connected' | 'disconnected';
  /** Of the check's own query, in ms; until it was given up where there was no answer. */
  readonly latency: number;
  readonly memory: {
    /** MiB, two decimals. */
    readonly heapUsed: string;
    readonly heapTotal: string;
    /** At which the process would end, MiB. */
    readonly heapLimit: string;
    /** Of `heapLimit`, by objects that have outlived the young generation, as the memory watch measures it. */
    readonly heapUsagePercent: string;
  };
  readonly error?: string;
}

/** @deprecated The name of 0.2.x: use HealthResult. */
export type HealthCheckResult = HealthResult;

/** Of `memory:high`. Bytes. */
export interface MemoryHighDetail {
  readonly measure: 'heap' | 'container';
  readonly used: number;
  readonly limit: number;
}

/** Of `gc:executed`. Bytes. */
export interface CollectionDetail {
  readonly heapBefore: number;
  readonly heapAfter: number;
  readonly rssBefore: number;
  readonly rssAfter: number;
}

/** Event names and what listeners are called with. */
export interface ResilienceEvents {
  /** The first verified connection. */
  connect: [];
  /** An outage begins. */
  disconnect: [error: unknown];
  /** One more look for the database during an outage. */
  reconnect: [attempt: number];
  'reconnect:success': [info: { outageMs: number }];
  /** The first operation of this outage ran out of time. */
  'reconnect:failed': [error: unknown];
  'hard-reset': [info: ReplacementInfo];
  refresh: [info: ReplacementInfo];
  failover: [endpoint: Endpoint];
  'memory:high': [percent: number, detail: MemoryHighDetail];
  'gc:executed': [detail: CollectionDetail];
  retry: [info: RetryInfo];
  health: [result: HealthResult];
  'circuit:open': [];
  'circuit:half-open': [];
  'circuit:close': [];
  state: [to: ConnectionState, from: ConnectionState];
}

/** The events as listeners. @deprecated The name of 0.2.x: use ResilienceEvents. */
export type ResilientPrismaEvents = {
  [Name in keyof ResilienceEvents]: (...args: ResilienceEvents[Name]) => void;
};

export type EventTap = (event: keyof ResilienceEvents, args: readonly unknown[]) => void;

/** An EventEmitter on which a listener that throws is reported to `onListenerError` and stops nobody. */
export class SafeEmitter extends EventEmitter<ResilienceEvents> {
  private readonly onListenerError: (event: string, error: unknown) => void;
  private readonly onEmit: EventTap | undefined;

  /** `onEmit` is told of every event first, and no removeAllListeners() takes it away. */
  constructor(onListenerError: (event: string, error: unknown) => void, onEmit?: EventTap) {
    super();
    this.onListenerError = onListenerError;
    this.onEmit = onEmit;
    for (const key of ['onListenerError', 'onEmit']) Object.defineProperty(this, key, { enumerable: false });
    // Services attach what they like; the default warning at eleven listeners would be noise here.
    this.setMaxListeners(0);
  }

  override emit(event: unknown, ...args: unknown[]): boolean {
    const name = event as keyof ResilienceEvents;
    this.onEmit?.(name, args);
    // rawListeners: the wrapper that `once` installs removes itself when called.
    const listeners = this.rawListeners(name) as ((...args: unknown[]) => unknown)[];
    for (const listener of listeners) {
      try {
        const answer = listener.apply(this, args);
        onRejection(answer, (error) => this.onListenerError(name, error));
      } catch (error) {
        this.onListenerError(name, error);
      }
    }
    return listeners.length > 0;
  }
}
