import { performance } from 'node:perf_hooks';
import { remember } from './failure-memory';
import type { Flight } from './flight';
import type { GuardFailure } from './guard-host';
import type { GuardState } from './guard-state';

/**
 * Takes `step` until it succeeds or the host refuses another. A step leaves nothing behind when it fails. Once `isOver`
 * nothing is taken again.
 */
export async function persist<T>(
  guard: GuardState,
  flight: Flight,
  step: () => Promise<T>,
  isOver: () => boolean,
): Promise<T> {
  const closed = guard.host.waitUntilOpen(flight);
  if (closed) await timed(flight, closed);
  for (;;) {
    try {
      const result = await step();
      if (flight.approved) guard.host.settled(flight, true);
      return result;
    } catch (error) {
      await againOrThrow(guard, flight, error, isOver);
    }
  }
}

async function againOrThrow(guard: GuardState, flight: Flight, error: unknown, isOver: () => boolean): Promise<void> {
  remember(error, flight.record());
  let thrown = error;
  try {
    if (!flight.takenBack && !isOver() && (await askHost(guard, flight, error, 'run-again')) && !isOver()) {
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

/** Resolves when the host lets `next` happen, or with false. Rejects with what it would rather have Prisma see. */
export async function askHost(
  guard: GuardState,
  flight: Flight,
  error: unknown,
  next: GuardFailure['next'],
  { asked, repeated }: Pick<GuardFailure, 'asked' | 'repeated'> = { asked: 0, repeated: false },
): Promise<boolean> {
  const { phase, inTransaction } = flight;
  const outcome = flight.outcome();
  const failure: GuardFailure = { work: flight, phase, inTransaction, outcome, next, asked, repeated };
  flight.asked = true;
  const answer = guard.host.failed(error, failure);
  if (answer === false) return false;
  // What waits does not hang.
  const wasInFlight = guard.flights.delete(flight);
  try {
    const may = await timed(flight, answer);
    flight.approved ||= may;
    return may;
  } finally {
    if (wasInFlight) guard.flights.add(flight);
  }
}

async function timed<T>(flight: Flight, waiting: Promise<T>): Promise<T> {
  const since = performance.now();
  try {
    return await waiting;
  } finally {
    flight.waitedMs += performance.now() - since;
  }
}
