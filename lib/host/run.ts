/**
 * One operation on its way to its one settlement, over as many attempts as the core grants. It begins when it is
 * first awaited. What simply succeeds allocates its one attempt and the promise it answers with, and no more.
 */
import { AsyncLocalStorage, AsyncResource, executionAsyncId } from 'node:async_hooks';

import type { Fulfilled, Operation, PreparedRun, Rejected } from '../contracts/operation';
import type { ServingGeneration } from './generation';
import { now } from '../drive/clock';
import { type Tracked, startOf } from '../drive/in-flight';
import { Trouble } from './trouble';

/**
 * Whether a promise carries the asynchronous context (AsyncLocalStorage) that it was made in. It does where Node tracks
 * contexts by hooks; from Node 24 on, reactions carry the context they were registered in, and promises none.
 */
const kPromisesCarryContext = '_propagate' in AsyncLocalStorage.prototype;

/** Taken out of their module once: V8 keeps that as a dictionary, which is dear to ask on every call. */
const Context = AsyncResource;
const currentId = executionAsyncId;

/** Begins a run, in the caller's asynchronous context. */
export interface Starter {
  begin(run: Run<unknown>): void;
}

/** A promise of how a run ends. */
class Outcome<T> {
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** One attempt of a run on one generation. */
export class Attempt implements Tracked {
  epoch = 0;
  seconds = 0;
  nanoseconds = 0;
  inFlight = false;
  previous: Tracked | undefined = undefined;
  next: Tracked | undefined = undefined;

  constructor(
    readonly run: Run<unknown>,
    public generation: ServingGeneration,
  ) {}
}

export class Run<T> implements PreparedRun<T> {
  settled = false;
  trouble: Trouble | undefined = undefined;

  /** Its latest attempt. */
  latest: Attempt | undefined = undefined;

  // The promise that the first `then` answered with, and its handlers.
  private resolve: ((value: never) => void) | undefined = undefined;
  private reject: ((error: unknown) => void) | undefined = undefined;
  private onFulfilled: Fulfilled<T, unknown> = undefined;
  private onRejected: Rejected<unknown> = undefined;
  /** The caller's, where promises do not carry it. */
  private context: AsyncResource | undefined = undefined;

  /** How it ends, where somebody asked for a promise of that; the value itself once it has simply succeeded. */
  private end: Outcome<T> | T | undefined = undefined;

  constructor(
    private readonly starter: Starter,
    readonly operation: Operation<T>,
  ) {}

  get run(): Run<unknown> {
    return this as unknown as Run<unknown>;
  }

  then<R1 = T, R2 = never>(onFulfilled?: Fulfilled<T, R1>, onRejected?: Rejected<R2>): Promise<R1 | R2> {
    if (this.resolve !== undefined) return this.later().then(onFulfilled, onRejected);
    // With the id that it would find out itself, by a longer way.
    if (!kPromisesCarryContext) this.context = new Context('PrismaResilientOperation', currentId());
    this.onFulfilled = onFulfilled;
    this.onRejected = onRejected;
    const promise = new Promise<R1 | R2>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.starter.begin(this.run);
    return promise;
  }

  inTrouble(): Trouble {
    return (this.trouble ??= this.latest === undefined ? new Trouble(now(), 0) : new Trouble(startOf(this.latest), 1));
  }

  /** REQUIRES: `later` was called, or this is the first attempt's own reaction. */
  fulfil(value: T): void {
    this.settled = true;
    if (this.end instanceof Outcome) {
      this.end.resolve(value);
    } else {
      this.end = value;
      this.answer(value);
    }
  }

  /** REQUIRES: `later` was called, in the caller's asynchronous context wherever the failure may come from another. */
  fail(error: unknown): void {
    this.settled = true;
    (this.end as Outcome<T>).reject(error);
  }

  /** The healthy way: the first handlers are called at once. They are in their own context, and on an empty stack. */
  private answer(value: T): void {
    const { onFulfilled } = this;
    try {
      this.resolve!((typeof onFulfilled === 'function' ? onFulfilled(value) : value) as never);
    } catch (error) {
      this.reject!(error);
    }
  }

  /** The way of everything else: the end may come from anywhere, and finds the handlers in their own context. */
  later(): Promise<T> {
    const { end } = this;
    if (end instanceof Outcome) return end.promise;
    const outcome = new Outcome<T>();
    const { promise } = outcome;
    this.end = outcome;
    if (this.settled) {
      outcome.resolve(end as T);
    } else if (this.resolve !== undefined) {
      const { context, onFulfilled, onRejected } = this;
      const follow = {
        then: (resolve: (value: never) => void, reject: (error: unknown) => void) =>
          void promise.then(onFulfilled, onRejected).then(resolve as (value: unknown) => void, reject),
      };
      // Of a promise that carries its context, `then` is called there.
      if (context === undefined) this.resolve(follow as never);
      else context.runInAsyncScope(follow.then, follow, this.resolve, this.reject!);
    }
    return promise;
  }
}
