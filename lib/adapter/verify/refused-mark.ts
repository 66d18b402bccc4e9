import type { AdapterLease } from '../adapter-lease';
import type { MarkedGuard } from './marked-guard';
import { checkKnowledge } from './server-knowledge';

/**
 * A mark was refused, and nothing of its write is applied: the error to throw. undefined: the server takes no writes, so
 * that there is nothing to verify. REQUIRES: the transaction has ended, and its connection was handed back.
 */
export async function afterRefusedMark(guard: MarkedGuard, lease: AdapterLease, error: unknown): Promise<unknown> {
  switch (guard.marks?.table.refusalOf(error)) {
    case 'readOnly':
      return undefined;
    case 'unreliable':
      return (await problemOf(guard, lease)) ?? error;
    case 'taken':
      return conflict(error);
    case 'passing':
    case undefined:
      return error;
  }
}

/** The table has changed since it was examined: what is wrong with it, as a ConfigError. */
async function problemOf(guard: MarkedGuard, lease: AdapterLease): Promise<unknown> {
  lease.knowledge = undefined;
  try {
    await checkKnowledge(guard, lease);
    return undefined;
  } catch (problem) {
    return problem;
  }
}

/**
 * Whoever asked about the write has decided that it must not be, or somebody else took its token: a new run has a new one.
 * In the shape that Prisma maps to P2034.
 */
function conflict(error: unknown): Error {
  const told = new Error('TransactionWriteConflict');
  told.name = 'DriverAdapterError';
  const cause = { kind: 'TransactionWriteConflict', originalMessage: messageOf(error) };
  return Object.defineProperty(told, 'cause', { value: cause, enumerable: true, configurable: true });
}

function messageOf(error: unknown): string {
  return `the marker table has a row with the token of this write (${error instanceof Error ? error.message : String(error)})`;
}
