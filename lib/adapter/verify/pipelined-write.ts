import { isRefusal } from '../commit-reply';
import type { SqlQueryable } from '../driver-adapter';
import type { Flight } from '../flight';
import { letGo } from '../let-go';
import type { Seat } from '../seat';
import type { Tenure } from '../tenure';
import { beginAhead, isRefusedBegin, sendsAhead } from './begin-ahead';
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
  seat: Seat,
  tenure: Tenure,
  flight: Flight,
  marks: Marks,
  ask: Ask<T>,
): Promise<{ readonly answer: T } | undefined> {
  const driver = tenure.adapter.underlyingDriver?.();
  if (seat.guard.provider !== 'mysql' || !sendsAhead(driver)) return undefined;
  const { begin, transaction } = await beginAhead(driver, tenure, flight);
  const token = newToken();
  const mark = transaction.executeRaw(marks.table.insert(token.uuid));
  const question = new MarkQuestion(marks, token, ghostOf(flight, transaction));
  const write = new PipelinedWrite(seat, tenure, flight, { transaction, question }, begin, mark);
  return { answer: await write.run(ask) };
}

class PipelinedWrite extends WriteInTransaction {
  constructor(
    seat: Seat,
    tenure: Tenure,
    flight: Flight,
    begun: WriteInTransaction['begun'],
    private readonly begin: Promise<unknown>,
    private readonly mark: Promise<unknown>,
  ) {
    super(seat, tenure, flight, begun);
  }

  /** A statement that went out with them would be committed by itself where one of the two ends the transaction. */
  override async run<T>(ask: Ask<T>): Promise<T> {
    const { flight } = this;
    flight.inTransaction = true;
    flight.phase = 'statement';
    const answers = Promise.allSettled([this.begin, this.mark]);
    const [begin, mark] = await this.listen(answers).catch(async (error: unknown) => {
      await this.undo(error);
      throw error;
    });
    if (isRefusedBegin(begin)) {
      await letGo(this.inner, flight.connection);
      flight.proven = 'not-applied';
      throw (begin as PromiseRejectedResult).reason;
    }
    if (mark.status === 'rejected') return this.withoutMark(mark.reason, ask);
    return super.run(ask);
  }

  private async withoutMark<T>(refusal: unknown, ask: Ask<T>): Promise<T> {
    const { flight, seat, tenure } = this;
    await this.undo(refusal);
    if (!isRefusal(refusal)) throw refusal;
    const told = await afterRefusedMark(seat.guard, tenure, refusal);
    if (told !== undefined) throw told;
    flight.inTransaction = false;
    return tenure.call(flight, 'statement', ask);
  }
}
