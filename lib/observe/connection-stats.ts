import { type AddonInUse, inUse } from '../addon/in-use';
import type { Core } from '../drive/core';
import { type ConnectionState, addon, slots } from '../native';

/** Of `getConnectionStats()`. */
export interface ConnectionStats {
  readonly isConnected: boolean;
  readonly state: ConnectionState;
  /** Looks for the database in this outage, or in the last one. */
  readonly reconnectAttempts: number;
  /** Outages that ended. */
  readonly totalReconnects: number;
  /** When an operation, or a verification, last succeeded: '2026-02-03T04:05:06.789Z'. */
  readonly lastSuccessfulConnection: string | null;
  /** Since the client was constructed, in ms. */
  readonly uptime: number;
  /** Tries begun. */
  readonly queryCount: number;
  /** Tries that failed. */
  readonly errorCount: number;
  /** Connection-class errors in a row. */
  readonly consecutiveErrors: number;
  readonly totalHardResets: number;
  /** Of the current generation, in ms. */
  readonly connectionAge: number;
  readonly generation: number;
  readonly inFlight: number;
  /** Operations that wait for the database or for a backoff. */
  readonly parked: number;
  /** From when a connection was first wanted (`warmup`) to the first verified one, in ms; undefined before that. */
  readonly warmupMs: number | undefined;
  /** What the core runs as, and where it came from. */
  readonly addon: AddonInUse;
}

/** `since`: when the client was constructed, in ms of performance.now(). */
export function connectionStats(core: Core, since: number): ConnectionStats {
  const now = performance.now();
  const stats = core.input((supervisor) => supervisor.stats(now));
  const lastCompletion = core.block[slots.lastCompletion];
  return {
    isConnected: core.ask((supervisor) => supervisor.connected()),
    state: core.state,
    reconnectAttempts: stats.reconnectAttempts,
    totalReconnects: stats.reconnects,
    lastSuccessfulConnection: lastCompletion > 0 ? wallClock(lastCompletion, now) : null,
    uptime: now - since,
    queryCount: stats.operations,
    errorCount: stats.errors,
    consecutiveErrors: stats.consecutiveErrors,
    totalHardResets: stats.hardResets,
    connectionAge: now - stats.generationSinceMs,
    generation: core.epoch,
    inFlight: stats.inFlight,
    parked: stats.parked,
    warmupMs: stats.warmupMs,
    addon: inUse(addon),
  };
}

/** ISO 8601. */
function wallClock(at: number, now: number): string {
  return new Date(Date.now() - (now - at)).toISOString();
}
