import type { Guard } from '../adapter/guard';
import type { OpenTransaction } from '../adapter/guard-state';
import type { Caller } from '../contracts/caller';
import type { Held } from './held-connections';

/** Prisma calls the callback of a transaction in the turn in which BEGIN was answered; a busy process takes its time. */
const kLongestTurnMs = 20;

/** An interactive transaction that is open, as it is seen from above Prisma. */
export class HeldTransaction implements Held {
  readonly kind = 'transaction';
  readonly sinceMs = performance.now();
  readonly ended = false;

  constructor(
    readonly caller: Caller,
    /** Beneath the client that it runs on. */
    private readonly guard: Guard | undefined,
  ) {}

  /**
   * As the guard sees it. Prisma does not tell which transaction beneath is the one above: it is the one that began just
   * before. undefined where several did.
   */
  idleSinceMs(): number | undefined {
    const found: OpenTransaction[] = [];
    for (const transaction of this.guard?.openTransactions() ?? []) {
      const before = this.sinceMs - transaction.begunAt;
      if (before >= 0 && before <= kLongestTurnMs) found.push(transaction);
    }
    return found.length === 1 ? found[0]?.idleSince : undefined;
  }
}
