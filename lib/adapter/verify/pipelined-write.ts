import { isRefusal } from '../commit-reply';
import { type SqlQueryable, adapterErrorCause } from '../driver-adapter';
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

/**
 * BEGIN, the mark and the statement go out together, and COMMIT once all three are answered: one round trip more than the
 * statement alone. undefined: the driver cannot.
 */
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

  override async run<T>(ask: Ask<T>): Promise<T> {
    const { flight } = this;
    flight.inTransaction = true;
    flight.phase = 'statement';
    const answers = Promise.allSettled([this.begin, this.mark, ask(this.inner)]);
    const [begin, mark, statement] = await this.listen(answers).catch(async (error: unknown) => {
      await this.undo(error);
      throw error;
    });
    if (isRefusedBegin(begin)) return this.outside(mark, statement);
    if (mark.status === 'rejected') return this.withoutMark(mark.reason, ask);
    if (statement.status === 'rejected') {
      // The server has done its part; without the guard it would be committed by now.
      if (adapterErrorCause(statement.reason)?.kind === 'UnsupportedNativeDataType') await this.commit();
      else await this.undo(statement.reason);
      throw statement.reason;
    }
    await this.commit();
    return statement.value;
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

  /** BEGIN was refused, so that the mark and the statement have each been committed by themselves. */
  private async outside<T>(mark: PromiseSettledResult<unknown>, statement: PromiseSettledResult<T>): Promise<T> {
    const { begun, flight, inner, seat } = this;
    await letGo(inner, flight.connection);
    if (statement.status === 'rejected') {
      flight.inTransaction = false;
      flight.proven = isRefusal(statement.reason) ? 'not-applied' : 'unknown';
      throw statement.reason;
    }
    if (mark.status === 'fulfilled') begun.question.settled(seat, 'committed');
    return statement.value;
  }
}
