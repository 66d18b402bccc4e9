/**
 * Runs operations through the gate. A healthy one reads the gate, starts, and is counted; everything else is asked of
 * the core.
 */
import type { Generation, Operation, OperationRunner } from '../client/runner';
import { DatabaseUnavailableError, QueueFullError, ShutdownError, TimeoutError } from '../errors';
import { native, type NativeTry } from '../native';
import { currentTry, type Try as Call } from '../toolbox/call-context';
import type { Core } from './core';
import { describeFailure, type FailureReporter } from './failure';
import type { Generations } from './generations';
import { LaterTry, Run } from './run';
import type { Try } from './in-flight';

const { DecisionVerdict, ErrorClass, GiveUpReason, OperationShape } = native.enums;
const kGate = native.slots.gate;
const kUnknown = native.enums.outcomeNames.indexOf('unknown');
const kNotApplied = native.enums.outcomeNames.indexOf('not-applied');

export class Runner implements OperationRunner {
  private readonly block: Float64Array;
  /** shutdown() waits for calls of read(), write() and report(): only they may go on. */
  closing = false;

  constructor(
    private readonly core: Core,
    private readonly generations: Generations,
    private readonly reporter: FailureReporter,
  ) {
    this.block = core.block;
  }

  current(): Generation | undefined {
    return this.generations.current;
  }

  run<T>(operation: Operation<T>): Promise<T> {
    const run = new Run<T>(operation, performance.now());
    if (this.reporter.tracer !== undefined) run.subject = this.reporter.tracer.subject();
    return new Promise<T>((resolve, reject) => {
      run.resolve = resolve;
      run.reject = reject;
      const caller = currentTry();
      if (caller !== undefined) {
        caller.onAbort((reason) => this.takeBack(run as Run<unknown>, caller, reason));
        if (run.settled) return;
      } else if (this.closing) {
        this.refuse(run as Run<unknown>, GiveUpReason.shutdown);
        return;
      }
      if (this.block[kGate] === 0 && this.generations.current !== undefined) this.start(run as Run<unknown>, run);
      else this.ask(run as Run<unknown>);
    });
  }

  async connect(): Promise<void> {
    const generation = await this.generations.first();
    await generation.client.$connect();
  }

  async disconnect(): Promise<void> {
    await this.generations.current?.client.$disconnect();
  }

  /** Reports what is in flight to the core, which says what hangs on a dead connection. `dead`: proven to be. */
  sweep(dead: (entry: Try) => boolean): void {
    for (const entry of this.core.inFlight.entries()) {
      if (!entry.inFlight) continue;
      const { run } = entry;
      const decision = this.core.input((supervisor, now) =>
        supervisor.onHanging(now, this.describe(run, entry), dead(entry), run.operation.ownLimitMs ?? 0),
      );
      if (decision.verdict === DecisionVerdict.leave || !entry.inFlight) continue;
      this.core.inFlight.failed(entry);
      const error = new TimeoutError(
        'The connection that this operation ran on was lost in an outage, and the operation has not answered since.',
        { cause: this.reporter.lastConnectionError },
      );
      run.lastError = error;
      run.lastErrorClass = ErrorClass.unknown;
      run.lastOutcome = decision.outcome;
      this.follow(run, decision, error);
    }
  }

  // ---- one try --------------------------------------------------------------------------------------------------

  private start(run: Run<unknown>, entry: Try): void {
    const generation = this.generations.current!;
    entry.generation = generation;
    run.current = entry;
    run.tries++;
    this.core.inFlight.begin(entry, performance.now());
    let promise: PromiseLike<unknown>;
    try {
      promise = run.operation.start(generation);
    } catch (error) {
      this.failed(run, entry, error);
      return;
    }
    promise.then(
      (value) => this.succeeded(run, entry, value),
      (error) => this.failed(run, entry, error),
    );
  }

  private startAgain(run: Run<unknown>): void {
    if (run.settled) return;
    if (run.waitingSince !== 0) {
      run.waitedMs += performance.now() - run.waitingSince;
      run.waitingSince = 0;
      this.reporter.tracer?.step(run.subject, 'resumed', { waited_ms: run.waitedMs });
    }
    this.start(run, run.tries === 0 ? run : new LaterTry(run, this.generations.current!));
  }

  private succeeded(run: Run<unknown>, entry: Try, value: unknown): void {
    // One that was given up as hanging may answer after all: the first answer wins.
    if (entry.inFlight) this.core.inFlight.succeeded(entry, performance.now());
    if (run.settled) return;
    run.settled = true;
    if (run.tries > 1 || run.waitedMs > 0) {
      this.reporter.tracer?.step(run.subject, 'recovered', { attempts: run.tries, waited_ms: run.waitedMs });
    }
    if (run.ticket !== 0) {
      if (run.waitingSince !== 0) this.core.cancel(run.ticket);
      else this.core.input((supervisor, now) => supervisor.onSucceeded(now, run.ticket));
    }
    run.resolve(value);
  }

  private failed(run: Run<unknown>, entry: Try, error: unknown): void {
    if (!entry.inFlight) return; // given up before: its late news changes nothing
    this.core.inFlight.failed(entry);
    if (run.settled) return;
    const described = describeFailure(this.core, this.reporter, run, entry, error);
    const { facts, kind, overrideClass, triesBeneath } = described;
    const description = this.describe(run, entry);
    description.kind = kind;
    if (triesBeneath > 0) {
      // The guard has run it, too, and has told the core of what it retried itself.
      description.tries += triesBeneath - 1;
      description.reportedBeneath = described.reportedBeneath;
    }
    const decision = this.core.input((supervisor, now) => supervisor.onFailed(now, description, facts, overrideClass));
    run.lastError = error;
    run.lastErrorClass = decision.errorClass;
    run.lastOutcome = decision.outcome;
    if (decision.connectionClass) this.reporter.lastConnectionError = error;
    this.follow(run, decision, error);
  }

  private follow(
    run: Run<unknown>,
    decision: { verdict: number; ticket: number; reason: number },
    error: unknown,
  ): void {
    run.ticket = decision.ticket;
    if (decision.verdict === DecisionVerdict.giveUp) {
      this.reject(run, error, decision.reason);
      this.reporter.failed(run, error);
      return;
    }
    this.reporter.failed(run, error);
    if (decision.verdict === DecisionVerdict.runNow) {
      this.reporter.retrying(run, error, 'now');
      this.startAgain(run);
      return;
    }
    this.reporter.retrying(run, error, 'wait');
    this.wait(run, decision.ticket);
  }

  // ---- waiting --------------------------------------------------------------------------------------------------

  /** The gate is closed, or there is no client yet. */
  private ask(run: Run<unknown>): void {
    const { operation } = run;
    const answer = this.core.input((supervisor, now) =>
      supervisor.admit(now, operation.kind, OperationShape[operation.shape], operation.hasUserCode),
    );
    if (answer > 0) {
      this.wait(run, answer);
    } else if (answer < 0) {
      this.refuse(run, -answer - 1);
    } else if (this.generations.current !== undefined) {
      this.start(run, run);
    } else {
      this.generations.first().then(
        () => this.startAgain(run),
        (error) => this.reject(run, error, GiveUpReason.notRetryable),
      );
    }
  }

  private wait(run: Run<unknown>, ticket: number): void {
    run.ticket = ticket;
    run.waitingSince = performance.now();
    this.reporter.tracer?.step(run.subject, 'parked', { attempts: run.tries });
    // Continued after a promise made here, so that the later try runs in the caller's asynchronous context.
    const awake = new Promise<void>((resolve) => (run.wake = resolve));
    void awake.then(() => this.startAgain(run));
    this.core.wait(ticket, {
      released: () => run.wake?.(),
      expired: (reason) => this.expire(run, reason),
    });
  }

  /** The call that it is a part of has ended. What waits is not sent any more; what runs ends where it can be ended. */
  private takeBack(run: Run<unknown>, caller: Call, reason: unknown): void {
    if (run.settled) return;
    run.settled = true;
    if (run.current?.inFlight) {
      this.core.inFlight.failed(run.current);
      run.current.generation.guard?.takeBack(caller);
    }
    if (run.ticket !== 0) this.core.cancel(run.ticket);
    run.reject(reason);
  }

  private expire(run: Run<unknown>, reason: number): void {
    if (run.settled) return;
    run.ticket = 0;
    if (run.waitingSince !== 0) run.waitedMs += performance.now() - run.waitingSince;
    if (run.tries > 0) this.reject(run, run.lastError, reason);
    else this.refuse(run, reason);
  }

  // ---- ends -----------------------------------------------------------------------------------------------------

  private reject(run: Run<unknown>, error: unknown, reason: number): void {
    if (run.settled) return;
    run.settled = true;
    this.reporter.givenUp[reason] += 1;
    this.reporter.tracer?.step(run.subject, 'given-up', {
      reason: native.enums.giveUpReasonNames[reason],
      attempts: run.tries,
      waited_ms: run.waitedMs,
    });
    this.reporter.annotate(error, {
      errorClass: native.enums.errorClassNames[run.lastErrorClass] ?? 'local',
      outcome: native.enums.outcomeNames[run.lastOutcome] ?? native.enums.outcomeNames[kUnknown],
      attempts: run.tries,
      waitedMs: run.waitedMs,
      reason: native.enums.giveUpReasonNames[reason],
    });
    run.reject(error);
  }

  /** It never ran. */
  private refuse(run: Run<unknown>, reason: number): void {
    const cause = this.reporter.lastConnectionError ?? this.generations.lastFactoryError;
    const error =
      reason === GiveUpReason.shutdown
        ? new ShutdownError('shutdown() was called: this client takes no more operations.')
        : reason === GiveUpReason.queueFull
          ? new QueueFullError('Too many operations wait for the database already (reconnect.maxParked).', { cause })
          : new DatabaseUnavailableError(
              'The database did not become reachable within the deadline of this operation (reconnect.deadline); ' +
                'the operation was not sent.',
              { cause },
            );
    run.lastErrorClass = ErrorClass.local;
    run.lastOutcome = kNotApplied;
    this.reject(run, error, reason);
    this.reporter.failed(run, error);
  }

  private describe(run: Run<unknown>, entry: Try): NativeTry {
    const { operation } = run;
    return {
      ticket: run.ticket,
      kind: operation.kind,
      shape: OperationShape[operation.shape],
      hasUserCode: operation.hasUserCode,
      firstStarted: run.firstStarted,
      tryStarted: entry.started,
      tries: run.tries,
      epoch: entry.epoch,
      callbackStarted: operation.callbackStarted?.() ?? false,
      rescuedBeneath: entry.generation?.guard !== undefined,
    };
  }
}
