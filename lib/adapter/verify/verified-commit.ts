import { isRefusal } from '../commit-reply';
import { type Transaction, sqlStateOf, statement } from '../driver-adapter';
import type { Flight } from '../flight';
import type { Seat } from '../seat';
import { settleDoubt } from './doubt';
import { type Reading, learnSql, nothingWritten, readLearned } from './learning';
import type { Marker } from './marker';
import type { ServerKnowledge } from './server-knowledge';

export interface VerifiedCommit {
  readonly seat: Seat;
  readonly flight: Flight;
  readonly inner: Transaction;
  readonly knowledge: ServerKnowledge;
  /** Every statement was surely a read. */
  readonly onlyRead: boolean;
  /** Asked for by name; undefined: the server's default. */
  readonly isolationLevel: string | undefined;
  /** Sends COMMIT. */
  readonly commit: () => Promise<unknown>;
  /** Destroys the connection and gives its place in the pool free. */
  readonly discard: () => Promise<void>;
}

/** A transaction in a failed state, of which the caller has caught the error. */
const kFailedTransaction = '25P02';

/**
 * Learns, commits, and finds out what became of it if the answer is lost. Returns if the transaction is committed;
 * throws the failure otherwise, with `flight.proven` set where it is proven.
 */
export async function commitVerified(task: VerifiedCommit): Promise<void> {
  const { seat, flight, knowledge } = task;
  const { reading, marker } = await learn(task);
  try {
    await task.commit();
  } catch (error) {
    if (isRefusal(error)) {
      marker?.settle('not-committed');
      throw error;
    }
    await task.discard();
    const doubt = { reading, marker, error, readsSystemId: knowledge.readsSystemId };
    const { verdict } = await settleDoubt(seat, flight, doubt);
    if (verdict === 'committed') return;
    flight.proven = verdict === 'not-committed' ? 'not-applied' : 'unknown';
    throw error;
  }
  marker?.settle('committed');
}

async function learn(task: VerifiedCommit): Promise<{ reading: Reading; marker: Marker | undefined }> {
  const { inner, isolationLevel, knowledge, seat } = task;
  if (task.onlyRead) {
    const serializable = isolationLevel ? isolationLevel === 'SERIALIZABLE' : knowledge.serializable;
    return { reading: nothingWritten(serializable), marker: undefined };
  }
  try {
    const { rows } = await inner.queryRaw(statement(learnSql('if-assigned', knowledge.readsSystemId)));
    const row = rows[0] ?? [];
    // A transaction that has written nothing needs no row, and may not be allowed to write one.
    if (!knowledge.usesMarker || row[0] === null) return { reading: readLearned(row, false), marker: undefined };
    const marker = seat.guard.markers?.take();
    if (marker) await inner.executeRaw(statement(marker.insertSql()));
    return { reading: readLearned(row, marker !== undefined), marker };
  } catch (error) {
    // COMMIT then resolves without committing anything, as it does without the guard.
    if (sqlStateOf(error) !== kFailedTransaction) throw error;
    return { reading: nothingWritten(false), marker: undefined };
  }
}
