import type { SqlQuery, SqlQueryable } from '../driver-adapter';
import type { AdapterRequest } from '../adapter-request';
import type { GuardState } from '../guard-state';
import type { AdapterSlot } from '../adapter-slot';
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
export function runVerified(slot: AdapterSlot, request: AdapterRequest, kind: Kind, query: SqlQuery): Promise<Answer> {
  return slot.attempt(request, async (lease) => {
    const { marks } = slot.guard;
    request.inTransaction = false;
    const knowledge = await learnAbout(slot.guard, lease, request);
    const carried = knowledge.usesMarks ? marks?.carriedBy(kind, query) : undefined;
    if (marks && carried) {
      const answer = await new MarkedWrite(slot, lease, request, marks, kind, carried).run(query);
      if (answer !== undefined) return answer;
    }
    const ask = (queryable: SqlQueryable): Promise<Answer> =>
      kind === 'query' ? queryable.queryRaw(query) : queryable.executeRaw(query);
    const pipelined =
      marks && knowledge.usesMarks ? await runPipelined(slot, lease, request, marks, query, ask) : undefined;
    if (pipelined) return pipelined.answer;
    const begun = knowledge.canVerify ? await beginVerified(slot, lease, request, knowledge) : undefined;
    if (!begun) return lease.call(request, 'statement', ask);
    return new WriteInTransaction(slot, lease, request, begun).run(ask);
  });
}
