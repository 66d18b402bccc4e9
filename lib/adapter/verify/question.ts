import type { Flight } from '../flight';
import type { InDoubtVerdict } from '../guard-host';
import { mayAskOutcome } from '../persistence';
import type { Seat } from '../seat';

/** What can be asked about one transaction whose COMMIT went unanswered. */
export interface Question {
  /** On whatever adapter is there by now. Rejects where the database cannot be asked. */
  ask(seat: Seat): Promise<InDoubtVerdict>;
  /** No more is asked. */
  settled(seat: Seat, verdict: InDoubtVerdict['verdict']): void;
}

/**
 * Finds out what became of it, at the pace of the host. 'unknown' when the host gives up. `error` is the failure of
 * COMMIT; the connection that it was on must have been let go of.
 */
export async function settleDoubt(
  seat: Seat,
  flight: Flight,
  question: Question,
  error: unknown,
): Promise<InDoubtVerdict> {
  const verdict = await askUntilDecided(seat, flight, question, error);
  flight.reason = verdict.reason;
  question.settled(seat, verdict.verdict);
  return verdict;
}

async function askUntilDecided(
  seat: Seat,
  flight: Flight,
  question: Question,
  failure: unknown,
): Promise<InDoubtVerdict> {
  let latest: InDoubtVerdict = { verdict: 'unknown', reason: 'not-asked', askAgain: true };
  let error = failure;
  let repeated = false;
  for (let asked = 0; ; asked += 1) {
    const may = !seat.isDisposed && (await mayAskOutcome(seat.guard, flight, error, { asked, repeated }));
    if (!may) return { ...latest, verdict: 'unknown' };
    repeated = true;
    try {
      latest = await question.ask(seat);
      if (!latest.askAgain) return latest;
    } catch (refusal) {
      // Whoever cannot be asked now is asked again, for as long as the host says so.
      error = refusal;
      repeated = false;
    }
  }
}
