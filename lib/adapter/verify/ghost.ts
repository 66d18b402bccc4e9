import type { Transaction } from '../driver-adapter';
import type { AdapterRequest } from '../adapter-request';
import type { ConnectionFacts } from '../guard-host';

/**
 * The connection that a transaction is on, for the case that it becomes a ghost: as the pool shows it, else as the
 * adapter does (adapter-mariadb has its driver's connection as `client`). `openedAt` is then no later than now.
 */
export function ghostOf(request: AdapterRequest, transaction: Transaction): ConnectionFacts | undefined {
  const shown = request.connectionFacts();
  if (shown) return shown;
  const { threadId } = ((transaction as { client?: unknown }).client ?? {}) as { threadId?: unknown };
  if (typeof threadId !== 'number' || !Number.isSafeInteger(threadId)) return undefined;
  return { number: 0, opening: false, pid: threadId, openedAt: performance.now(), sending: false };
}
