/** Tells of operations that took long, with where their time went. Which are told of is the core's to say. */
import type { SafeEmitter } from '../events';
import { type NativeConfig, type NativeSlowOperations, native } from '../native';
import { OperationTimes } from '../contracts/operation-times';
import type { Log } from './log';
import type { Trouble } from './trouble';

interface EndedOperation {
  readonly operation: string;
  readonly model?: string;
  readonly ok: boolean;
}

export class SlowOperations {
  private readonly native: NativeSlowOperations;

  constructor(
    config: NativeConfig,
    private readonly emitter: SafeEmitter,
    private readonly log: Log,
  ) {
    this.native = new native.NativeSlowOperations(config);
  }

  measure(trouble: Trouble): void {
    trouble.times = new OperationTimes();
  }

  ended({ operation, model, ok }: EndedOperation, { firstStarted, times }: Trouble): void {
    if (times === undefined) return;
    const spent = times.spentMs();
    const now = performance.now();
    const name = model === undefined ? operation : `${model}.${operation}`;
    const { pool: poolMs, wire: wireMs } = spent;
    const measured = {
      totalMs: now - firstStarted,
      databaseMs: spent.database,
      poolMs,
      wireMs,
      seenBeneath: times.seen,
    };
    const slow = this.native.onEnded(now, name, measured);
    if (slow === undefined) return;
    const { totalMs: durationMs, databaseMs } = measured;
    const { leftOut, mostly, processMs } = slow;
    this.emitter.emit('operation:slow', {
      operation,
      model,
      ok,
      durationMs,
      databaseMs,
      poolMs,
      wireMs,
      processMs,
      mostly,
    });
    if (leftOut === undefined) return;
    const fields = Object.entries({ durationMs, databaseMs, poolMs, wireMs, processMs })
      .map(([key, value]) => `${key}=${Math.round(value)}`)
      .join(' ');
    const more = leftOut > 0 ? `; ${leftOut} more of this name since the last line` : '';
    this.log.warn(`operation:slow operation=${name} ${fields} mostly=${mostly}: ${kAdvice[mostly]}${more}`);
  }
}

const kAdvice = {
  database: 'it waited for the database to come back',
  pool: 'it waited for a connection: the pool is too small, or its connections are held for too long',
  wire: 'the server took its time, or the network did',
  unseen: 'where its time went is seen with the guard only',
  process: 'the time went to this process: Prisma itself, code inside a transaction, a busy event loop',
} as const;
