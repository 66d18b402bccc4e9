import { remember } from './failure-memory';
import type { AdapterRequest } from './adapter-request';
import type { AdapterRequestList } from './adapter-request-list';
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
export function persist<T>(guard: GuardState, request: AdapterRequest, step: Step<T>): Promise<T> {
  const closed = guard.host.waitUntilOpen(request);
  return closed === undefined ? take(guard, request, step) : takeOnceOpen(guard, request, step, closed);
}

async function takeOnceOpen<T>(
  guard: GuardState,
  request: AdapterRequest,
  step: Step<T>,
  closed: Promise<void>,
): Promise<T> {
  await timed(request, closed);
  return take(guard, request, step);
}

/** One try. On the path of every statement: no promise but the one that it answers with. */
function take<T>(guard: GuardState, request: AdapterRequest, step: Step<T>): Promise<T> {
  guard.requests.add(request);
  return begun(step).then(
    (result) => {
      guard.requests.remove(request);
      step.ended();
      if (request.approved) guard.host.settled(request, true);
      return result;
    },
    (error) => {
      guard.requests.remove(request);
      step.ended(error);
      return takeAgain(guard, request, step, error);
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

async function takeAgain<T>(guard: GuardState, request: AdapterRequest, step: Step<T>, error: unknown): Promise<T> {
  await againOrThrow(guard, request, step, error);
  return take(guard, request, step);
}

async function againOrThrow(
  guard: GuardState,
  request: AdapterRequest,
  step: Step<unknown>,
  error: unknown,
): Promise<void> {
  remember(error, request.record());
  let thrown = error;
  try {
    if (!request.takenBack && !step.isOver() && (await mayRunAgain(guard, request, error)) && !step.isOver()) {
      request.tries += 1;
      return;
    }
  } catch (instead) {
    thrown = instead;
  }
  // Once more, since the waiting counts.
  remember(thrown, request.record());
  if (request.approved) guard.host.settled(request, false);
  throw thrown;
}

/** Whether the step may be taken again, once it may. Rejects with what the host would rather have Prisma see. */
function mayRunAgain({ host, requests }: GuardState, request: AdapterRequest, error: unknown): Promise<boolean> {
  return approved(requests, request, host.failed(error, failureOf(request)));
}

/** Whether the database may be asked what became of the request's COMMIT, once it may. */
export function mayAskOutcome(
  { host, requests }: GuardState,
  request: AdapterRequest,
  error: unknown,
  asked: Pick<UnansweredCommit, 'asked' | 'repeated'>,
): Promise<boolean> {
  return approved(requests, request, host.mayAskOutcome(error, { ...failureOf(request), ...asked }));
}

function failureOf(request: AdapterRequest): GuardFailure {
  const { phase, inTransaction } = request;
  request.asked = true;
  return { work: request, phase, inTransaction, outcome: request.outcome() };
}

async function approved(
  requests: AdapterRequestList,
  request: AdapterRequest,
  answer: Promise<boolean> | false,
): Promise<boolean> {
  if (answer === false) return false;
  // What waits does not hang.
  const wasInFlight = requests.remove(request);
  try {
    const may = await timed(request, answer);
    request.approved ||= may;
    return may;
  } finally {
    if (wasInFlight) requests.add(request);
  }
}

async function timed<T>(request: AdapterRequest, waiting: Promise<T>): Promise<T> {
  const since = performance.now();
  request.goTo('database');
  try {
    return await waiting;
  } finally {
    request.goTo(undefined);
    request.waitedMs += performance.now() - since;
  }
}
