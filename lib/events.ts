/** The events of a client, and an emitter on which a listener that throws breaks nothing. */
import { EventEmitter } from 'node:events';

import type { ConnectionState, HealthStatus, HoldKind, ReplaceReason, SlowPart } from './native';
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

/** Of `operation:slow`. Times in ms; the parts do not overlap and make up the whole. */
export interface SlowOperationInfo {
  readonly operation: string;
  readonly model?: string;
  /** false: it ended with a failure. */
  readonly ok: boolean;
  /** What the caller has waited. */
  readonly durationMs: number;
  /** Waited for the database to come back, or for a backoff. */
  readonly databaseMs: number;
  /** Waited for a connection: a free one, or one that was being opened. Only seen with the guard. */
  readonly poolMs: number;
  /** From sending statements to their answers: the network and the server's work. Only seen with the guard. */
  readonly wireMs: number;
  /** All the rest: Prisma itself, code inside a transaction, a busy event loop; without the guard also pool and wire. */
  readonly processMs: number;
  /** Which of them was most; 'unseen' where the guard has seen nothing of it. */
  readonly mostly: SlowPart;
}

/** Of `connection:held`. */
export interface HeldConnectionInfo {
  /** 'connection': taken from the adapter's pool by the application itself. */
  readonly kind: HoldKind;
  readonly heldMs: number;
  /** How long nothing has been sent on it; undefined where that was not seen, 0 while it works. */
  readonly idleMs?: number;
  /** 'createOrder (/app/orders.ts:42:18)' */
  readonly caller: string;
  readonly stack: string;
}

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
  disconnect: [error: Error];
  /** One more look for the database during an outage. */
  reconnect: [attempt: number];
  'reconnect:success': [info: { outageMs: number }];
  /** The first operation of this outage ran out of time. */
  'reconnect:failed': [error: Error];
  'hard-reset': [info: ReplacementInfo];
  refresh: [info: ReplacementInfo];
  failover: [endpoint: Endpoint];
  'memory:high': [percent: number, detail: MemoryHighDetail];
  'gc:executed': [detail: CollectionDetail];
  retry: [info: RetryInfo];
  health: [result: HealthResult];
  /** See `warnings.slowOperationMs`. */
  'operation:slow': [info: SlowOperationInfo];
  /** See `warnings.heldConnectionMs`. Once for each. */
  'connection:held': [info: HeldConnectionInfo];
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
