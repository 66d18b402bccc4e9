import { isRefusal } from '../commit-reply';
import { type SqlQuery, type SqlResultSet, adapterErrorCause, sqlStateOf } from '../driver-adapter';
import type { AdapterRequest } from '../adapter-request';
import type { InDoubtVerdict } from '../guard-host';
import type { AdapterSlot } from '../adapter-slot';
import type { AdapterLease } from '../adapter-lease';
import { MarkQuestion } from './mark-question';
import type { MarkedQuery, Marks } from './marks';
import { inOwnTransaction } from './own-transaction';
import { type Question, settleDoubt } from './question';

export type Kind = 'query' | 'execute';
/** What the adapter answers: rows to queryRaw, their number to executeRaw. */
export type Answer = SqlResultSet | number;

/**
 * Refusals that may be the mark's doing: rules that forbid a WITH (0A000), a table that cannot be written to any more
 * (42…), a server that is read-only, by which a statement need not be hindered (25006).
 */
const kMayBeTheMark = /^(0A|42|25006)/;
/** Lasting, and of the statement: views and rules. */
const kNeverCarries = /^0A/;

/** One statement that writes its mark itself, in one round trip. */
export class MarkedWrite {
  private readonly carried: MarkedQuery;

  constructor(
    private readonly slot: AdapterSlot,
    private readonly lease: AdapterLease,
    private readonly request: AdapterRequest,
    private readonly marks: Marks,
    private readonly kind: Kind,
    carried: MarkedQuery,
  ) {
    this.carried = carried;
  }

  /**
   * Answers with the statement's own result, also where that was lost on the way. undefined: the server does not take
   * `original` so, and nothing was done.
   */
  async run(original: SqlQuery): Promise<Answer | undefined> {
    const { carried, request, kind, marks, slot } = this;
    let result: SqlResultSet;
    try {
      result = await this.send();
    } catch (error) {
      if (request.phase === 'acquire') throw error;
      if (adapterErrorCause(error)?.kind === 'UnsupportedNativeDataType') {
        // The server has done its part; without the mark it would be committed by now as well.
        marks.settled(slot, carried.token);
        throw error;
      }
      if (!isRefusal(error)) return this.answer(await this.afterLostAnswer(error));
      if (!this.mayBeTheMark(error)) {
        request.proven = 'not-applied';
        throw error;
      }
      if (kNeverCarries.test(sqlStateOf(error) ?? '')) marks.cannotCarry(kind, original);
      return undefined;
    }
    marks.settled(slot, carried.token);
    return this.answer(result);
  }

  /** By its name where it has one, and as a text where that is refused. */
  private async send(): Promise<SqlResultSet> {
    const { carried, request, lease, marks } = this;
    const ask = (): Promise<SqlResultSet> =>
      lease.call(request, 'statement', (adapter) => adapter.queryRaw(carried.query));
    const text = carried.query.sql;
    const name = carried.marked.mayBePrepared ? marks.names.of(lease, text, carried.uses) : undefined;
    if (name === undefined) return ask();
    request.named = { text, name };
    try {
      return await ask();
    } catch (error) {
      if (!isRefusal(error) || !marks.names.refused(lease, text, name, sqlStateOf(error))) throw error;
    } finally {
      request.named = undefined;
    }
    return ask();
  }

  /** Throws `error` unless it was committed and its answer can be had. */
  private async afterLostAnswer(error: unknown): Promise<SqlResultSet> {
    const { carried, request, marks, slot } = this;
    const question = new MarkQuestion(marks, carried.token, request.connectionFacts());
    // Its row holds the answer as well: it goes when that is read.
    const { verdict } = await settleDoubt(slot, request, { ask: (on) => question.ask(on), settled }, error);
    if (verdict !== 'committed') {
      request.proven = verdict === 'not-committed' ? 'not-applied' : 'unknown';
      throw error;
    }
    const recall = new Recall(carried);
    // The database has just answered: whoever has no time left to wait for it gets the answer as well.
    await recall.ask(slot).catch((refusal) => settleDoubt(slot, request, recall, refusal));
    request.proven = 'applied';
    if (!recall.result) throw error;
    marks.settled(slot, carried.token);
    return recall.result;
  }

  private answer(result: SqlResultSet): Answer {
    if (this.carried.marked.answer === 'rows') return result;
    if (this.kind === 'execute') return Number(result.rows[0]?.[0] ?? 0);
    // Rows were asked for, and the statement has none.
    return { columnNames: [], columnTypes: [], rows: [] };
  }

  private mayBeTheMark(error: unknown): boolean {
    return kMayBeTheMark.test(sqlStateOf(error) ?? '') || this.marks.table.refusalOf(error) === 'taken';
  }
}

const settled = (): void => undefined;

/** Asks for the statement's answer, which is in its row. */
class Recall implements Question {
  result: SqlResultSet | undefined = undefined;
  readonly settled = settled;

  constructor(private readonly carried: MarkedQuery) {}

  async ask({ guard, lease }: AdapterSlot): Promise<InDoubtVerdict> {
    const { args, argTypes } = this.carried.query;
    const recall = { sql: this.carried.marked.recall, args: args.slice(-1), argTypes: argTypes.slice(-1) };
    try {
      this.result = await inOwnTransaction(guard, lease, (queryable) => queryable.queryRaw(recall));
    } catch (error) {
      // Types that do not survive being kept: asking again does not help.
      if (!isRefusal(error)) throw error;
    }
    return { verdict: 'committed', reason: 'marker', askAgain: false };
  }
}
