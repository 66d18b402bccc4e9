import { remember } from './failure-memory';
import type { Flight } from './flight';
import type { FlightList } from './flight-list';
import type { GuardFailure, UnansweredCommit } from './guard-host';
import type { GuardState } from './guard-state';

/** Leaves nothing behind when it fails, so that it can be taken again. */
export interface Step<T> {
  take(): Promise<T>;
  /** One try has ended, either way. */
  ended(error?: unknown): void;
  /** It is not taken again. */
  isOver(): boolean;
}

/** Takes `step` until it succeeds or the host refuses another try. */
export function persist<T>(guard: GuardState, flight: Flight, step: Step<T>): Promise<T> {
  const closed = guard.host.waitUntilOpen(flight);
  return closed === undefined ? take(guard, flight, step) : takeOnceOpen(guard, flight, step, closed);
}

async function takeOnceOpen<T>(guard: GuardState, flight: Flight, step: Step<T>, closed: Promise<void>): Promise<T> {
  await timed(flight, closed);
  return take(guard, flight, step);
}

/** One try. On the path of every statement: no promise but the one that it answers with. */
function take<T>(guard: GuardState, flight: Flight, step: Step<T>): Promise<T> {
  guard.flights.add(flight);
  return begun(step).then(
    (result) => {
      guard.flights.remove(flight);
      step.ended();
      if (flight.approved) guard.host.settled(flight, true);
      return result;
    },
    (error) => {
      guard.flights.remove(flight);
      step.ended(error);
      return takeAgain(guard, flight, step, error);
    },
  );
}

function begun<T>(step: Step<T>): Promise<T> {
  try {
    return step.take();
  } catch (error) {
    return Promise.reject(error);
  }
}

async function takeAgain<T>(guard: GuardState, flight: Flight, step: Step<T>, error: unknown): Promise<T> {
  await againOrThrow(guard, flight, step, error);
  return take(guard, flight, step);
}

async function againOrThrow(guard: GuardState, flight: Flight, step: Step<unknown>, error: unknown): Promise<void> {
  remember(error, flight.record());
  let thrown = error;
  try {
    if (!flight.takenBack && !step.isOver() && (await mayRunAgain(guard, flight, error)) && !step.isOver()) {
      flight.tries += 1;
      return;
    }
  } catch (instead) {
    thrown = instead;
  }
  // Once more, since the waiting counts.
  remember(thrown, flight.record());
  if (flight.approved) guard.host.settled(flight, false);
  throw thrown;
}

/** Whether the step may be taken again, once it may. Rejects with what the host would rather have Prisma see. */
function mayRunAgain({ host, flights }: GuardState, flight: Flight, error: unknown): Promise<boolean> {
  return approved(flights, flight, host.failed(error, failureOf(flight)));
}

/** Whether the database may be asked what became of the flight's COMMIT, once it may. */
export function mayAskOutcome(
  { host, flights }: GuardState,
  flight: Flight,
  error: unknown,
  asked: Pick<UnansweredCommit, 'asked' | 'repeated'>,
): Promise<boolean> {
  return approved(flights, flight, host.mayAskOutcome(error, { ...failureOf(flight), ...asked }));
}

function failureOf(flight: Flight): GuardFailure {
  const { phase, inTransaction } = flight;
  flight.asked = true;
  return { work: flight, phase, inTransaction, outcome: flight.outcome() };
}

async function approved(flights: FlightList, flight: Flight, answer: Promise<boolean> | false): Promise<boolean> {
  if (answer === false) return false;
  // What waits does not hang.
  const wasInFlight = flights.remove(flight);
  try {
    const may = await timed(flight, answer);
    flight.approved ||= may;
    return may;
  } finally {
    if (wasInFlight) flights.add(flight);
  }
}

async function timed<T>(flight: Flight, waiting: Promise<T>): Promise<T> {
  const since = performance.now();
  flight.goTo('database');
  try {
    return await waiting;
  } finally {
    flight.goTo(undefined);
    flight.waitedMs += performance.now() - since;
  }
}
