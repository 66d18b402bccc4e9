import type { ConnectionFacts, InDoubtVerdict } from '../guard-host';
import type { AdapterSlot } from '../adapter-slot';
import type { Marks } from './marks';
import type { Question } from './question';
import type { Token } from './token';

/** By a row of the marker table. The answer is final: where there was no row, there is a refusal now. */
export class MarkQuestion implements Question {
  private heldSince: number | undefined;

  constructor(
    private readonly marks: Marks,
    private readonly token: Token,
    /** The connection that the write was on, where the driver shows it. */
    private readonly ghost: ConnectionFacts | undefined,
    /** The token of its row where it was committed by itself. */
    private readonly alone?: string,
  ) {}

  async ask(slot: AdapterSlot): Promise<InDoubtVerdict> {
    const { alone, marks, token } = this;
    const { guard, lease } = slot;
    const answer = await marks.table.ask(guard, lease, token.uuid, alone);
    const now = performance.now();
    if (answer === 'held') this.heldSince ??= now;
    const heldFor = this.heldSince === undefined ? 0 : now - this.heldSince;
    const verdict = marks.rules.decide(Date.now() - token.writtenAt, heldFor, answer);
    // What was refused can no longer commit, and may still hold locks that another run would wait for.
    const isRefused = verdict.verdict === 'not-committed';
    if (this.ghost && (verdict.endGhost || isRefused)) {
      const ending = marks.table.endGhost(guard, lease, this.ghost);
      await (isRefused ? ending.catch(() => undefined) : ending);
    }
    return verdict;
  }

  /** A refusal stays, for as long as its ghost might. */
  settled(slot: AdapterSlot, verdict: InDoubtVerdict['verdict']): void {
    if (verdict === 'committed') this.marks.settled(slot, this.token);
  }
}
