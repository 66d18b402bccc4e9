import type { ServerKnowledge } from '../adapter-lease';
import { isRefusal } from '../commit-reply';
import { type Transaction, sqlStateOf, statement } from '../driver-adapter';
import type { AdapterRequest } from '../adapter-request';
import type { AdapterSlot } from '../adapter-slot';
import { learnSql, nothingWritten, readLearned } from '../../tables/position-sql';
import { ghostOf } from './ghost';
import { MarkQuestion } from './mark-question';
import { sendInstead } from './one-message';
import { PositionQuestion } from './position-question';
import { type Question, settleDoubt } from './question';
import { newToken } from './token';

interface VerifiedCommit {
  readonly slot: AdapterSlot;
  readonly request: AdapterRequest;
  readonly inner: Transaction;
  readonly knowledge: ServerKnowledge;
  /** Every statement was surely a read. */
  readonly onlyRead: boolean;
  /** Asked for by name; undefined: the server's default. */
  readonly isolationLevel: string | undefined;
  /** Sends what comes before COMMIT. */
  readonly ask: <T>(send: () => Promise<T>) => Promise<T>;
  /** Sends COMMIT. */
  readonly commit: () => Promise<unknown>;
  /** Destroys the connection and gives its place in the pool free. */
  readonly discard: () => Promise<void>;
}

/** A transaction in a failed state, of which the caller has caught the error. */
const kFailedTransaction = '25P02';
/** A read-only transaction takes no mark, and has nothing to verify. */
const kReadOnly = '25006';

/**
 * Commits, and finds out what became of it if the answer is lost. Returns if the transaction is committed; throws the
 * failure otherwise, with `request.proven` set where it is proven.
 */
export async function commitVerified(task: VerifiedCommit): Promise<void> {
  const { request, slot } = task;
  let question: Question | undefined;
  try {
    question = await commit(task, (asked) => (question = asked));
  } catch (error) {
    if (!question) {
      // COMMIT is not sent. An adapter that ends transactions by itself hands its connection back by that.
      if (task.inner.options.usePhantomQuery && !request.abandoned) {
        await task.inner.rollback().catch(() => undefined);
      }
      throw error;
    }
    if (isRefusal(error)) throw error;
    await task.discard();
    const { verdict } = await settleDoubt(slot, request, question, error);
    if (verdict === 'committed') return;
    request.proven = verdict === 'not-committed' ? 'not-applied' : 'unknown';
    throw error;
  }
  question.settled(slot, 'committed');
}

/** `may` is told what can be asked, before COMMIT is sent. */
async function commit(task: VerifiedCommit, may: (question: Question) => void): Promise<Question> {
  const { isolationLevel, knowledge, onlyRead, slot } = task;
  const { marks } = slot.guard;
  if (!onlyRead && marks && knowledge.usesMarks) {
    const token = newToken();
    const question = new MarkQuestion(marks, token, ghostOf(task.request, task.inner));
    await commitWithMark(task, marks.table.insert(token.uuid).sql, () => may(question));
    return question;
  }
  let question: Question;
  if (onlyRead) {
    const serializable = isolationLevel ? isolationLevel === 'SERIALIZABLE' : knowledge.serializable;
    question = new PositionQuestion(nothingWritten(serializable), false);
  } else {
    question = await learn(task);
  }
  may(question);
  await task.commit();
  return question;
}

/** In one message where the driver lets us, else in two. */
async function commitWithMark(task: VerifiedCommit, insert: string, sending: () => void): Promise<void> {
  const { connection } = task.request;
  if (!connection) {
    await insertAlone(task, insert);
    sending();
    await task.commit();
    return;
  }
  const restore = sendInstead(connection, 'COMMIT', [insert, 'COMMIT']);
  try {
    sending();
    await task.commit();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const state = sqlStateOf(error);
    // The transaction is in a failed state, before the mark or because of it, unless COMMIT itself was refused.
    if (state !== kFailedTransaction && state !== kReadOnly) {
      await task.inner.executeRaw(statement('ROLLBACK'));
      throw error;
    }
    // Nothing of it could be committed: COMMIT then ends it and resolves, as it does without the guard.
    await task.commit();
  } finally {
    restore();
  }
}

async function insertAlone({ ask, inner, slot }: VerifiedCommit, insert: string): Promise<void> {
  try {
    await ask(() => inner.executeRaw(statement(insert)));
  } catch (error) {
    const isReadOnly = slot.guard.marks?.table.refusalOf(error) === 'readOnly';
    if (isReadOnly || sqlStateOf(error) === kFailedTransaction) return;
    throw error;
  }
}

async function learn({ ask, inner, knowledge }: VerifiedCommit): Promise<Question> {
  const { readsSystemId } = knowledge;
  try {
    const { rows } = await ask(() => inner.queryRaw(statement(learnSql('if-assigned', readsSystemId))));
    return new PositionQuestion(readLearned(rows[0] ?? []), readsSystemId);
  } catch (error) {
    // COMMIT then resolves without committing anything, as it does without the guard.
    if (sqlStateOf(error) !== kFailedTransaction) throw error;
    return new PositionQuestion(nothingWritten(false), readsSystemId);
  }
}
