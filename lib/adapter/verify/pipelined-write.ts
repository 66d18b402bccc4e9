import { isRefusal } from '../commit-reply';
import type { SqlQueryable } from '../driver-adapter';
import type { AdapterRequest } from '../adapter-request';
import { letGo } from '../let-go';
import type { AdapterSlot } from '../adapter-slot';
import type { AdapterLease } from '../adapter-lease';
import { beginAhead, sendsAhead } from './begin-ahead';
import { ghostOf } from './ghost';
import { MarkQuestion } from './mark-question';
import type { Marks } from './marks';
import { afterRefusedMark } from './refused-mark';
import { newToken } from './token';
import { WriteInTransaction } from './write-in-transaction';

/** Runs the statement on what it is given. */
type Ask<T> = (queryable: SqlQueryable) => Promise<T>;

/** BEGIN and the mark go out together, and the statement once both are answered. undefined: the driver cannot. */
export async function runPipelined<T>(
  slot: AdapterSlot,
  lease: AdapterLease,
  request: AdapterRequest,
  marks: Marks,
  ask: Ask<T>,
): Promise<{ readonly answer: T } | undefined> {
  const driver = lease.adapter.underlyingDriver?.();
  if (slot.guard.provider !== 'mysql' || !sendsAhead(driver)) return undefined;
  const { begin, transaction } = await beginAhead(driver, lease, request);
  const token = newToken();
  const mark = transaction.executeRaw(marks.table.insert(token.uuid));
  const question = new MarkQuestion(marks, token, ghostOf(request, transaction));
  const write = new PipelinedWrite(slot, lease, request, { transaction, question }, begin, mark);
  return { answer: await write.run(ask) };
}

class PipelinedWrite extends WriteInTransaction {
  constructor(
    slot: AdapterSlot,
    lease: AdapterLease,
    request: AdapterRequest,
    begun: WriteInTransaction['begun'],
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

  private async withoutMark<T>(refusal: unknown, ask: Ask<T>): Promise<T> {
    const { request, slot, lease } = this;
    await this.undo(refusal);
    if (!isRefusal(refusal)) throw refusal;
    const told = await afterRefusedMark(slot.guard, lease, refusal);
    if (told !== undefined) throw told;
    request.inTransaction = false;
    return lease.call(request, 'statement', ask);
  }
}
