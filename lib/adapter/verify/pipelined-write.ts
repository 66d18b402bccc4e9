import type { SqlQuery, SqlQueryable } from '../driver-adapter';
import type { AdapterRequest } from '../adapter-request';
import { letGo } from '../let-go';
import type { AdapterSlot } from '../adapter-slot';
import type { AdapterLease } from '../adapter-lease';
import type { Begun } from './begin';
import { beginAhead, sendsAhead } from './begin-ahead';
import { ghostOf } from './ghost';
import { MarkQuestion } from './mark-question';
import type { Marks } from './marks';
import { OneGoWrite } from './one-go-write';
import { aloneOf, newToken } from './token';
import { WriteInTransaction } from './write-in-transaction';

/** Runs the statement on what it is given. */
type Ask<T> = (queryable: SqlQueryable) => Promise<T>;

/** Without waiting for each answer, where the driver can: undefined where it cannot. */
export async function runPipelined<T>(
  slot: AdapterSlot,
  lease: AdapterLease,
  request: AdapterRequest,
  marks: Marks,
  query: SqlQuery,
  ask: Ask<T>,
): Promise<{ readonly answer: T } | undefined> {
  const driver = lease.adapter.underlyingDriver?.();
  if (slot.guard.provider !== 'mysql' || !sendsAhead(driver)) return undefined;
  const goesAlong = marks.mayBePipelined(query) && OneGoWrite.isTaken(lease);
  const { autocommit, begin, transaction } = await beginAhead(driver, lease, request, goesAlong);
  const token = newToken();
  const alone = autocommit && aloneOf(token.uuid);
  const question = new MarkQuestion(marks, token, ghostOf(request, transaction), alone);
  const begun = { transaction, question };
  const insert = marks.table.insert(token.uuid, alone);
  const write = autocommit
    ? new OneGoWrite(slot, lease, request, begun, autocommit, insert)
    : new PipelinedWrite(slot, lease, request, begun, begin, transaction.executeRaw(insert));
  return { answer: await write.run(ask) };
}

/** BEGIN and the mark go out together, and the statement once both are answered. */
class PipelinedWrite extends WriteInTransaction {
  constructor(
    slot: AdapterSlot,
    lease: AdapterLease,
    request: AdapterRequest,
    begun: Begun,
    private readonly begin: Promise<unknown>,
    private readonly mark: Promise<unknown>,
  ) {
    super(slot, lease, request, begun);
  }

  /** A statement that went out with them would be committed by itself where one of the two ends the transaction. */
  override async run<T>(ask: Ask<T>): Promise<T> {
    const { request } = this;
    request.inTransaction = true;
    request.phase = 'statement';
    const answers = Promise.allSettled([this.begin, this.mark]);
    const [begin, mark] = await this.listen(answers).catch(async (error: unknown) => {
      await this.undo(error);
      throw error;
    });
    // The server may go on all the same, and has then committed the mark by itself; the statement was not sent.
    if (begin.status === 'rejected') {
      await letGo(this.inner, request.connection);
      request.proven = 'not-applied';
      throw begin.reason;
    }
    if (mark.status === 'rejected') return this.withoutMark(mark.reason, ask);
    return super.run(ask);
  }
}
