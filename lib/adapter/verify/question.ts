import type { AdapterRequest } from '../adapter-request';
import type { InDoubtVerdict } from '../guard-host';
import { mayAskOutcome } from '../persistence';
import type { AdapterSlot } from '../adapter-slot';

/** What can be asked about one transaction whose COMMIT went unanswered. */
export interface Question {
  /** On whatever adapter is there by now. Rejects where the database cannot be asked. */
  ask(slot: AdapterSlot): Promise<InDoubtVerdict>;
  /** No more is asked. */
  settled(slot: AdapterSlot, verdict: InDoubtVerdict['verdict']): void;
}

/**
 * Finds out what became of it, at the pace of the host. 'unknown' when the host gives up. `error` is the failure of
 * COMMIT; the connection that it was on must have been let go of.
 */
export async function settleDoubt(
  slot: AdapterSlot,
  request: AdapterRequest,
  question: Question,
  error: unknown,
): Promise<InDoubtVerdict> {
  const verdict = await askUntilDecided(slot, request, question, error);
  request.reason = verdict.reason;
  question.settled(slot, verdict.verdict);
  return verdict;
}

async function askUntilDecided(
  slot: AdapterSlot,
  request: AdapterRequest,
  question: Question,
  failure: unknown,
): Promise<InDoubtVerdict> {
  let latest: InDoubtVerdict = { verdict: 'unknown', reason: 'not-asked', askAgain: true };
  let error = failure;
  let repeated = false;
  for (let asked = 0; ; asked += 1) {
    const may = !slot.isDisposed && (await mayAskOutcome(slot.guard, request, error, { asked, repeated }));
    if (!may) return { ...latest, verdict: 'unknown' };
    repeated = true;
    try {
      latest = await question.ask(slot);
      if (!latest.askAgain) return latest;
    } catch (refusal) {
      // Whoever cannot be asked now is asked again, for as long as the host says so.
      error = refusal;
      repeated = false;
    }
  }
}
