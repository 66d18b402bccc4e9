import { mysqlNumberOf } from '../commit-reply';
import type { SqlQuery } from '../driver-adapter';
import type { AdapterRequest } from '../adapter-request';
import type { AdapterSlot } from '../adapter-slot';
import type { AdapterLease } from '../adapter-lease';
import { beginWith, sendsAhead } from './begin-ahead';
import { ghostOf } from './ghost';
import { MarkQuestion } from './mark-question';
import type { Marks } from './marks';
import { newToken, withTokenFirst } from './token';
import { WriteInTransaction } from './write-in-transaction';

/** Syntax; what may not stand in a block; what cannot be prepared. */
const kRefusedText = new Set([1064, 1295, 1314]);

/**
 * MariaDB: BEGIN, the mark and the statement are one statement, which ends at the first of them that fails; then COMMIT.
 * Answers with the number of rows; undefined: it cannot be sent so, or the server refuses it so, and nothing was done.
 */
export async function runInBlock(
  slot: AdapterSlot,
  lease: AdapterLease,
  request: AdapterRequest,
  marks: Marks,
  query: SqlQuery,
): Promise<number | undefined> {
  const driver = lease.adapter.underlyingDriver?.();
  const block = marks.blockOf(query);
  if (block === undefined || !sendsAhead(driver)) return undefined;
  const transaction = await beginWith(driver, lease, request);
  const token = newToken();
  const question = new MarkQuestion(marks, token, ghostOf(request, transaction));
  const write = new BlockWrite(slot, lease, request, { transaction, question }, marks);
  return write.send(withTokenFirst({ ...query, sql: block }, token.uuid));
}

class BlockWrite extends WriteInTransaction {
  constructor(
    slot: AdapterSlot,
    lease: AdapterLease,
    request: AdapterRequest,
    begun: WriteInTransaction['begun'],
    private readonly marks: Marks,
  ) {
    super(slot, lease, request, begun);
  }

  async send(block: SqlQuery): Promise<number | undefined> {
    const { inner, request } = this;
    request.inTransaction = true;
    request.phase = 'statement';
    let touched: number;
    try {
      touched = await this.listen(inner.executeRaw(block));
    } catch (error) {
      await this.undo(error);
      if (!isOfBlock(error, this.marks)) throw error;
      request.inTransaction = false;
      return undefined;
    }
    await this.commit();
    // The mark's row is among them.
    return touched - 1;
  }
}

/** The mark was refused, or the text as a whole: nothing was run, and by itself the statement is refused in words of its own. */
function isOfBlock(error: unknown, { rules }: Marks): boolean {
  const number = mysqlNumberOf(error) ?? 0;
  return number === rules.limits.refusedInBlock || kRefusedText.has(number);
}
