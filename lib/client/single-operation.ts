/**
 * One operation that answers with a PrismaPromise: of a model, raw, a relation of either, or one that an extension's
 * method returned.
 *
 * It is made (by Prisma, on the generation of that moment) when the caller calls, so that errors carry the caller's
 * line, and started by the host, once or several times, on whichever generation is current then.
 */
import type { OperationKind } from '../native-types.generated';
import { argumentsOf, copyOf, isSameAs } from './arguments';
import { isPrismaPromise, isThenable, rerun } from './prisma-promise';
import type { Fulfilled, Generation, Operation, OperationRunner, PreparedRun, Rejected } from '../contracts/operation';

/** No generation has it: of an operation called before there was a first client. */
const kNoEpoch = -1;

export abstract class SingleOperation implements Operation<unknown> {
  abstract readonly runner: OperationRunner;
  abstract readonly model: string | undefined;
  abstract readonly action: string;
  abstract readonly kind: OperationKind;
  abstract readonly hasUserCode: boolean;

  /** Of what it was called with. */
  private copied: unknown = undefined;
  /** `made` was started. */
  private ran = false;
  /** The first `then` has not returned yet: nobody can have changed the arguments since they were copied. */
  private beginning = false;
  private run: PreparedRun<unknown> | undefined = undefined;

  protected constructor(
    /** See ArgumentList. */
    private readonly called: unknown,
    public made: PromiseLike<unknown> | undefined,
    /** Of the generation that `made` belongs to. */
    private epoch: number = kNoEpoch,
  ) {}

  /** Makes it anew on `generation`. What it returns need not be a promise: extensions may replace any method. */
  protected abstract make(generation: Generation, args: readonly unknown[]): unknown;

  get shape(): 'single' {
    return 'single';
  }

  get args(): unknown {
    return this.action.startsWith('$') ? this.callArguments : this.callArguments[0];
  }

  protected get callArguments(): readonly unknown[] {
    return argumentsOf(this.called);
  }

  get mayCommitInside(): boolean {
    return false;
  }

  /** Keeps the arguments as they are now for every later try. */
  capture(): void {
    this.copied ??= copyOf(this.called);
  }

  then<R1 = unknown, R2 = never>(onFulfilled?: Fulfilled<unknown, R1>, onRejected?: Rejected<R2>): Promise<R1 | R2> {
    if (this.run !== undefined) return this.run.then(onFulfilled, onRejected);
    this.capture();
    this.run = this.runner.prepare(this);
    this.beginning = true;
    try {
      return this.run.then(onFulfilled, onRejected);
    } finally {
      this.beginning = false;
    }
  }

  start(generation: Generation): PromiseLike<unknown> {
    if (!this.isMadeOn(generation)) {
      this.made = this.makeAgain(generation);
      this.epoch = generation.epoch;
    } else if (this.ran) {
      return rerun(this.made as PromiseLike<unknown>, generation) ?? this.makeAgain(generation);
    }
    this.ran = true;
    return this.made as PromiseLike<unknown>;
  }

  /** Prisma's promise of it on `generation`, as a member of a transaction or the parent of a relation. */
  promiseOn(generation: Generation): PromiseLike<unknown> {
    return this.isMadeOn(generation) ? (this.made as PromiseLike<unknown>) : this.makeAgain(generation);
  }

  requestTransaction(transaction: unknown): PromiseLike<unknown> {
    const generation = this.runner.current();
    if (generation === undefined) return Promise.reject(new Error('The factory has not delivered a client yet.'));
    const promise = this.promiseOn(generation);
    return isPrismaPromise(promise) ? (promise.requestTransaction?.(transaction) ?? promise) : promise;
  }

  private isMadeOn(generation: Generation): boolean {
    if (this.epoch !== generation.epoch || this.made === undefined) return false;
    return this.beginning || this.copied === undefined || isSameAs(this.called, this.copied);
  }

  private makeAgain(generation: Generation): PromiseLike<unknown> {
    const made = this.make(generation, argumentsOf(this.copied ?? this.called));
    return isThenable(made) ? made : Promise.resolve(made);
  }
}
