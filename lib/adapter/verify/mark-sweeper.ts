import { recordOf } from '../failure-memory';
import { AdapterRequest } from '../adapter-request';
import type { MarkRules } from '../guard-host';
import type { GuardState } from '../guard-state';
import type { AdapterLease } from '../adapter-lease';
import type { MarkTable } from './mark-table';
import { committedAlone } from './own-transaction';
import { tokenBound } from './token';

/** Where the rows are deleted: at the adapter that is there by then. */
export interface SweptPlace {
  readonly guard: GuardState;
  readonly lease: AdapterLease;
  readonly isDisposed: boolean;
}

/** A last sweep holds nobody up for longer. */
const kLastSweepMs = 1000;

/**
 * Deletes rows of the marker table in the background: those of this guard's own settled writes, and now and then a batch
 * of old ones that others have left. One statement at a time, and nothing keeps the process alive. The core plans it.
 */
export class MarkSweeper {
  private settled: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private lastSweep = performance.now();
  /** The first sweep by age comes after a pause of its own, not with all processes that start together. */
  private lastByAge = performance.now() - Math.random() * 1000;
  private ageBatchFull = false;

  constructor(
    private readonly table: MarkTable,
    private readonly rules: MarkRules,
  ) {}

  add(place: SweptPlace, uuid: string): void {
    const { settled } = this;
    const { mostSettled, sweepBatch } = this.rules.limits;
    // Left to the sweep by age.
    if (settled.length < mostSettled) settled.push(uuid);
    if (this.sweeping) return;
    if (settled.length >= sweepBatch) void this.sweep(place);
    else if (this.timer === undefined) this.later(place, this.rules.limits.sweepPauseMs);
  }

  /** What is left goes before the slot's adapter does, as far as it can be done quickly. */
  async finish(place: SweptPlace): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await within(kLastSweepMs, async () => {
      await this.sweeping;
      while (this.settled.length > 0) await this.delete(place, this.rules.limits.sweepBatch);
    });
    clearTimeout(this.timer);
  }

  private later(place: SweptPlace, ms: number): void {
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.sweep(place);
    }, ms);
    this.timer.unref();
  }

  private async sweep(place: SweptPlace): Promise<void> {
    if (this.sweeping || place.isDisposed) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sweeping = this.carryOut(place).catch((error: unknown) => tellOfBegin(place, error));
    await this.sweeping;
    this.sweeping = undefined;
    if (this.settled.length > 0 || this.ageBatchFull) this.later(place, this.rules.limits.sweepPauseMs);
  }

  private async carryOut(place: SweptPlace): Promise<void> {
    const now = performance.now();
    const plan = this.rules.planSweep(now, {
      settled: this.settled.length,
      lastSweepMs: this.lastSweep,
      lastByAgeMs: this.lastByAge,
      ageBatchFull: this.ageBatchFull,
    });
    if (plan.settled === 0 && !plan.byAge) return;
    try {
      if (plan.settled > 0) await this.delete(place, plan.settled);
      if (plan.byAge) await this.deleteOld(place, now);
    } finally {
      this.lastSweep = performance.now();
    }
  }

  private async deleteOld(place: SweptPlace, now: number): Promise<void> {
    this.lastByAge = now;
    const { keptMs, sweepBatch } = this.rules.limits;
    const found = await committedAlone(place.guard, place.lease, (queryable) =>
      this.table.sweepOld(queryable, tokenBound(Date.now() - keptMs), sweepBatch),
    );
    this.ageBatchFull = found >= sweepBatch;
  }

  private async delete(place: SweptPlace, count: number): Promise<void> {
    const batch = this.settled.splice(0, count);
    try {
      await committedAlone(place.guard, place.lease, (queryable) => this.table.sweep(queryable, batch));
    } catch (error) {
      this.settled.unshift(...batch);
      throw error;
    }
  }
}

/** A BEGIN that fails may be the only sign that an adapter is of no use any more. Whatever else fails is tried again later. */
function tellOfBegin({ guard: { host } }: SweptPlace, error: unknown): void {
  const { epoch, phase } = recordOf(error) ?? {};
  if (phase !== 'begin') return;
  const work = new AdapterRequest('begin', '', false);
  work.epoch = epoch ?? work.epoch;
  const told = host.failed(error, { work, phase, inTransaction: false, outcome: 'not-applied' });
  if (told) void told.then(() => host.settled(work, false));
}

async function within(ms: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work().catch(() => undefined), timeout]);
  clearTimeout(timer);
}
