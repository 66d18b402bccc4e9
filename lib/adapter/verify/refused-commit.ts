import { type Transaction, statement } from '../driver-adapter';
import type { AdapterSlot } from '../adapter-slot';

/** A COMMIT that SQLite refuses, because somebody reads, leaves the transaction open. */
export async function endRefused({ guard }: AdapterSlot, transaction: Transaction): Promise<void> {
  if (guard.provider !== 'sqlite') return;
  // adapter-libsql ends transactions by itself, and each has a connection of its own, which nobody else gets.
  const ending = transaction.options.usePhantomQuery
    ? transaction.rollback()
    : transaction.executeRaw(statement('ROLLBACK'));
  await Promise.resolve(ending).catch(() => undefined);
}
