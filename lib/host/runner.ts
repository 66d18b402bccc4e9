/**
 * Runs operations through the gate. A healthy one reads the gate, starts, and is counted; everything else is asked of
 * the core.
 */
import type { Generation, Operation, OperationRunner, PreparedRun } from '../contracts/operation';
import {
  type ControlBlock,
  type Decision,
  ErrorClass,
  type GiveUpReason,
  OperationKind,
  Outcome,
  slots,
} from '../native';
import { type CallAttempt, currentCall } from '../contracts/call-context';
import { measured } from '../contracts/operation-times';
import { type Moment, milliseconds, moment, now } from '../drive/clock';
import type { Core } from '../drive/core';
import type { FailureReporter } from './failure';
import { factsOf, failedAttempt } from './failure-facts';
import type { ServingGeneration } from './generation';
import type { Generations } from './generations';
import { InFlight, startOf } from '../drive/in-flight';
import { onceSocketsAreRead } from '../drive/loop-turn';
import { noAnswer, refusal } from './refusal';
import { Attempt, Run, type Starter } from './run';
import type { Trouble } from './trouble';

const kGate = slots.gate;
const kStalledAfter = slots.stalledAfter;

/** `$connect()` before there is a client: it waits for one as any operation does. */
const kFirstConnect: Operation<void> = {
  action: '$connect',
  kind: OperationKind.read,
  shape: 'single',
  hasUserCode: false,
  start: ({ client }) => client.$connect(),
};

export class Runner implements OperationRunner, Starter {
  private readonly block: ControlBlock;
  /** All attempts that run. */
  readonly inFlight: InFlight<Attempt>;
  /** Set where transactions that stay open are told of. */
  transactionOpened: OperationRunner['transactionOpened'] = undefined;
  /** shutdown() waits for calls of read(), write() and report(): only they may go on. */
  closing = false;

  constructor(
    private readonly core: Core,
    private readonly generations: Generations,
    private readonly reporter: FailureReporter,
  ) {
    this.block = core.block;
    this.inFlight = new InFlight(core.block);
    core.follow(this.inFlight);
  }

  current(): Generation | undefined {
    return this.generations.current;
  }

  prepare<T>(operation: Operation<T>): PreparedRun<T> {
    return new Run(this, operation);
  }

  run<T>(operation: Operation<T>): Promise<T> {
    return new Run(this, operation).then();
  }

  /** Called by `run` when it is first awaited. */
  begin(run: Run<unknown>): void {
    const generation = this.generations.current;
    const startedAt = moment();
    const turning = milliseconds(startedAt) < this.block[kStalledAfter];
    if (this.block[kGate] === 0 && turning && generation !== undefined && this.nobodyElseCares()) {
      this.launch(this.attempt(run, generation, startedAt));
    } else {
      this.beginOtherwise(run);
    }
  }

  async connect(): Promise<void> {
    const generation = this.generations.current;
    await (generation === undefined ? this.run(kFirstConnect) : generation.client.$connect());
  }

  async disconnect(): Promise<void> {
    await this.generations.current?.client.$disconnect();
  }

  /** Reports what is in flight to the core, which says what hangs on a dead connection. `dead`: proven to be. */
  sweep(dead: (attempt: Attempt) => boolean): void {
    for (const entry of this.inFlight.entries()) {
      if (!entry.inFlight) continue;
      const { run } = entry;
      const decision = this.core.input((supervisor, at) =>
        supervisor.onHanging(at, failedAttempt(entry), dead(entry), run.operation.ownLimitMs ?? 0),
      );
      if (decision.verdict === 'leave' || !entry.inFlight) continue;
      const trouble = run.inTrouble();
      void run.later();
      this.inFlight.failed(entry);
      const error = noAnswer(entry.generation.onIdle !== undefined, this.reporter.lastConnectionError);
      trouble.lastError = error;
      trouble.lastErrorClass = ErrorClass.unknown;
      trouble.lastOutcome = decision.outcome;
      if (decision.outcome === Outcome.unknown) trouble.errorInDoubt ??= error;
      this.follow(run, decision, error);
    }
  }

  // ---- one attempt-----------------------------------------------------------------------------------------------

  /** No shutdown(), no call of read() and the like around it, no tracing, no measuring. */
  private nobodyElseCares(): boolean {
    return !this.closing && !this.reporter.watches && currentCall() === undefined;
  }

  private beginOtherwise(run: Run<unknown>): void {
    this.reporter.begins(run.inTrouble());
    void run.later();
    const caller = currentCall();
    if (caller !== undefined) {
      caller.onAbort((reason) => this.takeBack(run, caller, reason));
      if (run.settled) return;
    } else if (this.closing) {
      this.refuse(run, 'shutdown');
      return;
    }
    // The process, or its event loop, stood still: a reset that waits in the socket is seen before anything is sent. The
    // promise is made here, so that the operation goes on in the caller's asynchronous context.
    if (milliseconds(moment()) >= this.block[kStalledAfter]) {
      if (this.core.asleep) this.core.wake();
      const turned = new Promise<void>((resolve) => onceSocketsAreRead(resolve));
      void turned.then(() => this.enter(run));
    } else {
      this.enter(run);
    }
  }

  private enter(run: Run<unknown>): void {
    if (run.settled) return;
    if (this.block[kGate] === 0) this.startAgain(run);
    else this.ask(run);
  }

  private attempt(run: Run<unknown>, generation: ServingGeneration, startedAt: Moment): Attempt {
    const entry = new Attempt(run, generation);
    run.latest = entry;
    this.inFlight.begin(entry, generation, startedAt);
    return entry;
  }

  private launch(entry: Attempt): void {
    const { generation, run } = entry;
    let promise: PromiseLike<unknown>;
    try {
      promise = run.operation.start(generation);
    } catch (error) {
      this.failed(entry, error);
      return;
    }
    promise.then(
      (value) => this.succeeded(entry, value),
      (error) => this.failed(entry, error),
    );
  }

  private startAgain(run: Run<unknown>): void {
    if (run.settled) return;
    const trouble = run.inTrouble();
    const startedAt = moment();
    if (trouble.waitingSince !== 0) {
      trouble.waitedMs += milliseconds(startedAt) - trouble.waitingSince;
      trouble.waitingSince = 0;
      trouble.times?.leave('database');
      this.reporter.tracer?.step(trouble.subject, 'resumed', { waited_ms: trouble.waitedMs });
    }
    const generation = this.generations.current!; // while there is none, the gate is closed
    trouble.tries++;
    const entry = this.attempt(run, generation, startedAt);
    const { times } = trouble;
    if (times === undefined) this.launch(entry);
    else measured(times, () => this.launch(entry));
  }

  private succeeded(entry: Attempt, value: unknown): void {
    const { run } = entry;
    // One that was given up as hanging may answer after all: the first answer wins.
    if (entry.inFlight) this.inFlight.succeeded(entry, moment());
    if (run.settled) return;
    if (run.trouble === undefined) {
      run.fulfil(value);
      return;
    }
    run.settled = true;
    this.endTrouble(run.trouble);
    this.reporter.ended(run.operation, run.trouble);
    run.fulfil(value);
  }

  private endTrouble({ attempts, subject, ticket, waitedMs, waitingSince }: Trouble): void {
    if (attempts > 1 || waitedMs > 0) {
      this.reporter.tracer?.step(subject, 'recovered', { attempts, waited_ms: waitedMs });
    }
    if (ticket === 0) return;
    if (waitingSince !== 0) this.core.cancel(ticket);
    else this.core.input((supervisor, at) => supervisor.onSucceeded(at, ticket));
  }

  private failed(entry: Attempt, error: unknown): void {
    if (!entry.inFlight) return; // given up before: its late news changes nothing
    const { run } = entry;
    this.inFlight.failed(entry);
    if (run.settled) return;
    const trouble = run.inTrouble();
    void run.later();
    const described = factsOf(error, entry, this.core, this.reporter);
    const { facts, kind, overrideClass, triesBeneath, waitedBeneathMs } = described;
    const description = failedAttempt(entry);
    description.operation = { ...description.operation, kind };
    if (triesBeneath > 0) {
      // The guard has run it, too, and has told the core of what it retried itself.
      description.tries += triesBeneath - 1;
      trouble.triesBeneath += triesBeneath - 1;
      trouble.waitedMs += waitedBeneathMs;
      description.reportedBeneath = described.reportedBeneath;
    }
    const ending = entry.generation.leftUnderWay(startOf(entry), run.operation.startLimitMs);
    description.underWay = ending !== undefined;
    const judged = this.core.input((supervisor, at) => supervisor.onFailed(at, description, facts, overrideClass));
    const { decision } = judged;
    if (decision.verdict === 'leave') return; // said of what hangs alone
    trouble.lastError = error;
    trouble.lastErrorClass = judged.errorClass;
    trouble.lastOutcome = decision.outcome;
    if (decision.outcome === Outcome.unknown) trouble.errorInDoubt ??= error;
    if (judged.connectionClass) this.reporter.lastConnectionError = error;
    this.follow(run, decision, error);
    if (ending !== undefined && decision.verdict === 'wait') {
      void ending.then(() => this.core.input((supervisor, at) => supervisor.onEndedBeneath(at, decision.ticket)));
    }
  }

  private follow(run: Run<unknown>, decision: Exclude<Decision, { verdict: 'leave' }>, error: unknown): void {
    run.inTrouble().ticket = decision.verdict === 'giveUp' ? 0 : decision.ticket;
    if (decision.verdict === 'giveUp') {
      this.reject(run, error, decision.reason);
      this.reporter.failed(run.operation, run.inTrouble(), error, run.settled);
      return;
    }
    this.reporter.failed(run.operation, run.inTrouble(), error, run.settled);
    if (decision.verdict === 'runNow') {
      this.reporter.retrying(run.operation, run.inTrouble(), error, 'now');
      this.startAgain(run);
      return;
    }
    this.reporter.retrying(run.operation, run.inTrouble(), error, 'wait');
    this.wait(run, decision.ticket);
  }

  // ---- waiting --------------------------------------------------------------------------------------------------

  /** The gate is closed. */
  private ask(run: Run<unknown>): void {
    const { operation } = run;
    const answer = this.core.input((supervisor, at) =>
      supervisor.admit(at, { kind: operation.kind, shape: operation.shape, hasUserCode: operation.hasUserCode }),
    );
    switch (answer.verdict) {
      case 'run':
        this.startAgain(run);
        return;
      case 'parked':
        this.wait(run, answer.ticket);
        return;
      case 'rejected':
        this.refuse(run, answer.reason);
        return;
      default:
        answer satisfies never;
    }
  }

  private wait(run: Run<unknown>, ticket: number): void {
    const trouble = run.inTrouble();
    trouble.ticket = ticket;
    trouble.waitingSince = now();
    trouble.times?.enter('database');
    this.reporter.tracer?.step(trouble.subject, 'parked', { attempts: trouble.tries });
    // Continued after a promise made here, so that the later try runs in the caller's asynchronous context.
    const awake = new Promise<void>((resolve) => (trouble.wake = resolve));
    void awake.then(() => this.startAgain(run));
    this.core.wait(ticket, {
      released: () => trouble.wake?.(),
      expired: (reason) => this.expire(run, reason),
    });
  }

  /** The call that it is a part of has ended. What waits is not sent any more; what runs ends where it can be ended. */
  private takeBack(run: Run<unknown>, caller: CallAttempt, reason: unknown): void {
    if (run.settled) return;
    run.settled = true;
    const { latest } = run;
    if (latest?.inFlight) {
      this.inFlight.failed(latest);
      latest.generation.guard?.takeBack(caller);
    }
    const { ticket } = run.inTrouble();
    if (ticket !== 0) this.core.cancel(ticket);
    this.reporter.ended(run.operation, run.inTrouble(), { error: reason });
    run.fail(reason);
  }

  private expire(run: Run<unknown>, reason: GiveUpReason): void {
    if (run.settled) return;
    const trouble = run.inTrouble();
    trouble.ticket = 0;
    if (trouble.waitingSince !== 0) trouble.waitedMs += now() - trouble.waitingSince;
    if (trouble.tries > 0) this.reject(run, trouble.lastError, reason);
    else this.refuse(run, reason);
  }

  // ---- ends -----------------------------------------------------------------------------------------------------

  private reject(run: Run<unknown>, error: unknown, reason: GiveUpReason): void {
    if (run.settled) return;
    run.settled = true;
    this.reporter.gaveUp(run.inTrouble(), error, reason);
    this.reporter.ended(run.operation, run.inTrouble(), { error });
    run.fail(error);
  }

  /** It never ran. */
  private refuse(run: Run<unknown>, reason: GiveUpReason): void {
    const { current, lastFactoryError } = this.generations;
    const cause = current === undefined ? lastFactoryError : (this.reporter.lastConnectionError ?? lastFactoryError);
    const error = refusal(reason, current !== undefined, cause);
    const trouble = run.inTrouble();
    trouble.lastErrorClass = ErrorClass.local;
    trouble.lastOutcome = Outcome.notApplied;
    this.reject(run, error, reason);
    this.reporter.failed(run.operation, run.inTrouble(), error, run.settled);
  }
}
