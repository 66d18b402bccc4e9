import { type Transaction, statement } from '../driver-adapter';
import type { Seat } from '../seat';

/** A COMMIT that SQLite refuses, because somebody reads, leaves the transaction open. */
export async function endRefused({ guard }: Seat, transaction: Transaction): Promise<void> {
  if (guard.provider !== 'sqlite' || transaction.options.usePhantomQuery) return;
  await transaction.executeRaw(statement('ROLLBACK')).catch(() => undefined);
}
