import type { AdapterLease } from '../adapter-lease';
import type { AdapterRequest } from '../adapter-request';
import type { AdapterSlot } from '../adapter-slot';
import { sentReply } from '../commit-reply';
import { type SqlQuery, type SqlQueryable, adapterErrorCause, statement } from '../driver-adapter';
import { native } from '../../native';
import type { PipelinedReplies } from '../../native-types.generated';
import { type Autocommit, kAutocommitOff } from './autocommit';
import type { Begun } from './begin';
import { settleDoubt } from './question';
import { WriteInTransaction } from './write-in-transaction';

/** Where the server, or who stands before it, refuses to leave autocommit. */
const refusing = new WeakSet<AdapterLease>();

/**
 * Takes its connection out of autocommit, and sends the mark and the statement behind that, all in one go; then COMMIT. What
 * the answers mean is the core's (src/core/pipelined_write.h).
 */
export class OneGoWrite extends WriteInTransaction {
  /** `SET autocommit = 1` went out behind it, and commits what was to be. */
  protected override readonly asksAfterRefusedCommit = true;

  constructor(
    slot: AdapterSlot,
    lease: AdapterLease,
    request: AdapterRequest,
    begun: Begun,
    private readonly autocommit: Autocommit,
    private readonly mark: SqlQuery,
  ) {
    super(slot, lease, request, begun);
    autocommit.sendAsText(mark.sql);
  }

  static isTaken(lease: AdapterLease): boolean {
    return !refusing.has(lease);
  }

  override async run<T>(ask: (queryable: SqlQueryable) => Promise<T>): Promise<T> {
    const { autocommit, inner, request } = this;
    request.inTransaction = false; // as far as is known
    request.phase = 'statement';
    const off = (): Promise<unknown> => inner.executeRaw(statement(kAutocommitOff));
    const sent = { off: off(), offAgain: off(), mark: inner.executeRaw(this.mark), statement: ask(inner) };
    const { failure, replies } = await this.repliesTo(sent);
    const step = native.afterPipelined(replies);
    switch (step) {
      case 'commit':
      case 'roll-back':
        request.inTransaction = true;
        autocommit.nothingToUndo = step === 'roll-back';
        return this.ended(sent.statement, ask);
      case 'roll-back-first':
        request.inTransaction = true;
        return this.withoutMark(await reasonOf(sent.mark), ask);
      case 'not-applied':
        await this.undo(failure);
        throw failure;
      case 'ask-mark':
        await this.discard();
        await this.askMark(failure);
        throw failure;
      case 'done-alone':
      case 'refused-alone':
        this.isAlone();
        return this.ended(sent.statement, ask);
      case 'unknown':
        this.isAlone();
        await this.discard();
        request.proven = 'unknown';
        throw failure;
    }
  }

  /** As far as they have come. `failure`: of the last that has failed; or it was given up. */
  private async repliesTo(
    sent: Record<keyof PipelinedReplies, Promise<unknown>>,
  ): Promise<{ replies: PipelinedReplies; failure: unknown }> {
    const replies = { off: 'lost', offAgain: 'lost', mark: 'lost', statement: 'lost' } as Mutable<PipelinedReplies>;
    let failure: unknown;
    const noted = (Object.keys(sent) as (keyof PipelinedReplies)[]).map((name) =>
      sent[name].then(
        () => void (replies[name] = 'done'),
        (error: unknown) => {
          replies[name] = hasBeenDone(error) ? 'done' : sentReply(error);
          failure = error;
        },
      ),
    );
    try {
      await this.listen(Promise.all(noted));
    } catch (error) {
      return { replies: { ...replies }, failure: error };
    }
    return { replies, failure };
  }

  private async askMark(error: unknown): Promise<void> {
    const { question, request, slot } = this;
    const { verdict } = await settleDoubt(slot, request, question, error);
    // COMMIT was not sent.
    request.proven = verdict === 'not-committed' ? 'not-applied' : 'unknown';
  }

  /** The mark is of no use, and the next write begins in the careful way. */
  private isAlone(): void {
    refusing.add(this.lease);
    this.question = {
      ask: () => Promise.resolve({ verdict: 'unknown', reason: 'alone', askAgain: false }),
      settled: () => undefined,
    };
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The server has done its part, and the adapter cannot read the answer. */
function hasBeenDone(error: unknown): boolean {
  return adapterErrorCause(error)?.kind === 'UnsupportedNativeDataType';
}

function reasonOf(failed: Promise<unknown>): Promise<unknown> {
  return failed.catch((error: unknown) => error);
}
