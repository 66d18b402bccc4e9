import { isRefusal } from '../commit-reply';
import { type Transaction, statement } from '../driver-adapter';
import type { Flight } from '../flight';
import { letGo } from '../let-go';
import type { Seat } from '../seat';
import type { ServerKnowledge, Tenure } from '../tenure';
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
  seat: Seat,
  tenure: Tenure,
  flight: Flight,
  knowledge: ServerKnowledge,
): Promise<Begun | undefined> {
  const preparation = prepare(seat, flight, knowledge);
  let row: unknown[] | undefined;
  let restore: (() => void) | undefined;
  let begun = false;
  try {
    if (tenure.connections) {
      flight.onAcquired = (client) => {
        restore = sendInstead(
          client,
          'BEGIN',
          ['BEGIN', preparation.sql],
          (results) => (row = results[1]?.rows[0] ?? []),
        );
      };
    }
    const transaction = await tenure.begin(flight);
    begun = true;
    row ??= await prepareInside(flight, transaction, preparation);
    return { transaction, question: preparation.question(row, transaction) };
  } catch (error) {
    if (flight.phase === 'acquire' || !isRefusal(error)) throw error;
    // What was refused is a BEGIN that went out by itself.
    if (!begun && !restore) throw error;
    // Learning is refused by standbys and to roles without the right to it, and harms nobody.
    if (!knowledge.usesMarks) return undefined;
    const refused = await afterRefusedMark(seat.guard, tenure, error);
    if (refused === undefined) return undefined;
    throw refused;
  } finally {
    restore?.();
    flight.onAcquired = undefined;
  }
}

function prepare({ guard }: Seat, flight: Flight, { readsSystemId, usesMarks }: ServerKnowledge): Preparation {
  const { marks } = guard;
  if (marks && usesMarks) {
    const token = newToken();
    return {
      sql: marks.table.insert(token.uuid).sql,
      answersRows: false,
      question: (_row, transaction) => new MarkQuestion(marks, token, ghostOf(flight, transaction)),
    };
  }
  return {
    sql: learnSql('assign', readsSystemId),
    answersRows: true,
    question: (row) => new PositionQuestion(readLearned(row), readsSystemId),
  };
}

/** Where BEGIN and the rest cannot go together, in two or three steps. */
async function prepareInside(flight: Flight, transaction: Transaction, preparation: Preparation): Promise<unknown[]> {
  const listen = <T>(running: Promise<T>): Promise<T> => (flight.connection ? running : flight.abandonable(running));
  const query = statement(preparation.sql);
  try {
    if (preparation.answersRows) return (await listen(transaction.queryRaw(query))).rows[0] ?? [];
    await listen(transaction.executeRaw(query));
    return [];
  } catch (error) {
    // What the server has refused leaves a sound connection.
    if (!flight.abandoned) await letGo(transaction, isRefusal(error) ? undefined : flight.connection);
    throw error;
  }
}
