import { type Transaction, endUnasked, statement } from './driver-adapter';
import { type PoolClient, destroySocket } from './pool-client';

/**
 * Gives back a connection on which a transaction may still be open. Never rejects.
 *
 * Its adapter would give it to somebody else, whose statements would then be part of this transaction: so it is destroyed
 * where the adapter shows it, and else ROLLBACK is sent first. (With a phantom query, `rollback` sends it.)
 */
export async function letGo(transaction: Transaction, client: PoolClient | undefined): Promise<void> {
  await closeTransaction(transaction, client);
  await transaction.rollback().catch(() => undefined);
}

/**
 * The same where something hangs on a connection that cannot be destroyed: once that is answered, or has failed. Until
 * then nobody gets the connection, and its transaction keeps its locks. Never rejects.
 */
export async function letGoLate(transaction: Transaction, hanging: Promise<unknown> | undefined): Promise<void> {
  await hanging?.catch(() => undefined);
  await endUnasked(transaction).catch(() => undefined);
}

/** The first half of `letGo`, for whoever gives the connection back by itself. Never rejects. */
export async function closeTransaction(transaction: Transaction, client: PoolClient | undefined): Promise<void> {
  if (client) await destroySocket(client);
  else if (!transaction.options.usePhantomQuery) {
    await Promise.resolve(transaction.executeRaw(statement('ROLLBACK'))).catch(() => undefined);
  }
}
