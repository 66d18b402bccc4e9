import { isRefusal } from '../commit-reply';
import { type Transaction, statement } from '../driver-adapter';
import type { AdapterRequest } from '../adapter-request';
import { letGo, letGoLate } from '../let-go';
import type { AdapterSlot } from '../adapter-slot';
import type { ServerKnowledge, AdapterLease } from '../adapter-lease';
import { learnSql, readLearned } from '../../tables/position-sql';
import { ghostOf } from './ghost';
import { MarkQuestion } from './mark-question';
import { sendInstead } from './one-message';
import { PositionQuestion } from './position-question';
import { afterRefusedMark } from './refused-mark';
import type { Question } from './question';
import { newToken } from './token';

/** A transaction that can be asked about from its first statement on. */
export interface Begun {
  readonly transaction: Transaction;
  readonly question: Question;
}

/** What makes it so: a statement behind BEGIN. */
interface Preparation {
  readonly sql: string;
  readonly answersRows: boolean;
  question(row: unknown[], transaction: Transaction): Question;
}

/**
 * undefined: the server refuses, and the statement is to run without. Rejects if the server could not be reached;
 * nothing of the statement was sent then.
 */
export async function beginVerified(
  slot: AdapterSlot,
  lease: AdapterLease,
  request: AdapterRequest,
  knowledge: ServerKnowledge,
): Promise<Begun | undefined> {
  const preparation = prepare(slot, request, knowledge);
  let row: unknown[] | undefined;
  let restore: (() => void) | undefined;
  let begun = false;
  try {
    if (lease.connections) {
      request.onAcquired = (client) => {
        restore = sendInstead(
          client,
          'BEGIN',
          ['BEGIN', preparation.sql],
          (results) => (row = results[1]?.rows[0] ?? []),
        );
      };
    }
    const transaction = await lease.begin(request);
    begun = true;
    row ??= await prepareInside(request, transaction, preparation);
    return { transaction, question: preparation.question(row, transaction) };
  } catch (error) {
    if (request.phase === 'acquire' || !isRefusal(error)) throw error;
    // What was refused is a BEGIN that went out by itself.
    if (!begun && !restore) throw error;
    // Learning is refused by standbys and to roles without the right to it, and harms nobody.
    if (!knowledge.usesMarks) return undefined;
    const refused = await afterRefusedMark(slot.guard, lease, error);
    if (refused === undefined) return undefined;
    throw refused;
  } finally {
    restore?.();
    request.onAcquired = undefined;
  }
}

function prepare(
  { guard }: AdapterSlot,
  request: AdapterRequest,
  { readsSystemId, usesMarks }: ServerKnowledge,
): Preparation {
  const { marks } = guard;
  if (marks && usesMarks) {
    const token = newToken();
    return {
      sql: marks.table.insert(token.uuid).sql,
      answersRows: false,
      question: (_row, transaction) => new MarkQuestion(marks, token, ghostOf(request, transaction)),
    };
  }
  return {
    sql: learnSql('assign', readsSystemId),
    answersRows: true,
    question: (row) => new PositionQuestion(readLearned(row), readsSystemId),
  };
}

/** Where BEGIN and the rest cannot go together, in two or three steps. */
async function prepareInside(
  request: AdapterRequest,
  transaction: Transaction,
  preparation: Preparation,
): Promise<unknown[]> {
  let latest: Promise<unknown> | undefined;
  const listen = <T>(running: Promise<T>): Promise<T> => {
    latest = running;
    return request.connection ? running : request.abandonable(running);
  };
  const query = statement(preparation.sql);
  try {
    if (preparation.answersRows) return (await listen(transaction.queryRaw(query))).rows[0] ?? [];
    await listen(transaction.executeRaw(query));
    return [];
  } catch (error) {
    // What the server has refused leaves a sound connection.
    if (request.abandoned) void letGoLate(transaction, latest);
    else await letGo(transaction, isRefusal(error) ? undefined : request.connection);
    throw error;
  }
}
