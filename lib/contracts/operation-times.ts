/**
 * Where the time of an operation goes, measured while it runs: what is beneath Prisma finds the operation that it works
 * for by its asynchronous context. Only operations that somebody asks about are measured.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What a piece of work beneath Prisma does: it waits for the database to come back, or for a backoff; for a connection;
 * or for the answer to what was sent.
 */
export type SpentOn = 'database' | 'pool' | 'wire';

export class OperationTimes {
  private readonly at: Record<SpentOn, number> = { database: 0, pool: 0, wire: 0 };
  private readonly spent: Record<SpentOn, number> = { database: 0, pool: 0, wire: 0 };
  private since = 0;
  /** Something of it was seen beneath Prisma. */
  seen = false;

  /** One more piece of its work is in `on`. */
  enter(on: SpentOn): void {
    this.advance();
    if (on !== 'database') this.seen = true;
    this.at[on] += 1;
  }

  leave(on: SpentOn): void {
    this.advance();
    this.at[on] -= 1;
  }

  /** Until now, in ms. Where several pieces of work run at once, the time counts once, and as the furthest of them. */
  spentMs(): Readonly<Record<SpentOn, number>> {
    this.advance();
    return this.spent;
  }

  private advance(): void {
    const now = performance.now();
    const { at, spent } = this;
    const on = at.wire > 0 ? 'wire' : at.pool > 0 ? 'pool' : at.database > 0 ? 'database' : undefined;
    if (on !== undefined) spent[on] += now - this.since;
    this.since = now;
  }
}

const storage = new AsyncLocalStorage<OperationTimes>();
/** Asking the storage is dear on the path of every statement, and most processes never measure. */
let everMeasured = false;

/** Runs `fn`; what it starts counts in `times`. */
export function measured<T>(times: OperationTimes, fn: () => T): T {
  everMeasured = true;
  return storage.run(times, fn);
}

/** Of the operation that the running code works for; undefined where it is not measured. */
export function currentTimes(): OperationTimes | undefined {
  return everMeasured ? storage.getStore() : undefined;
}
