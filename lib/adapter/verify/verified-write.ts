import type { SqlQuery, SqlQueryable } from '../driver-adapter';
import type { Flight } from '../flight';
import type { GuardState } from '../guard-state';
import type { Seat } from '../seat';
import { beginVerified } from './begin';
import { type Answer, type Kind, MarkedWrite } from './marked-write';
import { runPipelined } from './pipelined-write';
import { learnAbout } from './server-knowledge';
import { WriteInTransaction } from './write-in-transaction';

export function isToBeVerified(guard: GuardState, query: SqlQuery): boolean {
  return guard.verifies && guard.kinds.of(query) === 'write';
}

/**
 * A single write. Where it can carry its mark in itself it is sent so; else it runs in a transaction of the guard's own.
 * Returns the statement's result once it is committed, whatever happened to the answer.
 */
export function runVerified(seat: Seat, flight: Flight, kind: Kind, query: SqlQuery): Promise<Answer> {
  return seat.attempt(flight, async (tenure) => {
    const { marks } = seat.guard;
    flight.inTransaction = false;
    const knowledge = await learnAbout(seat.guard, tenure, flight);
    const carried = knowledge.usesMarks ? marks?.carriedBy(kind, query) : undefined;
    if (marks && carried) {
      const answer = await new MarkedWrite(seat, tenure, flight, marks, kind, carried).run(query);
      if (answer !== undefined) return answer;
    }
    const ask = (queryable: SqlQueryable): Promise<Answer> =>
      kind === 'query' ? queryable.queryRaw(query) : queryable.executeRaw(query);
    const pipelined = marks && knowledge.usesMarks ? await runPipelined(seat, tenure, flight, marks, ask) : undefined;
    if (pipelined) return pipelined.answer;
    const begun = knowledge.canVerify ? await beginVerified(seat, tenure, flight, knowledge) : undefined;
    if (!begun) return tenure.call(flight, 'statement', ask);
    return new WriteInTransaction(seat, tenure, flight, begun).run(ask);
  });
}
