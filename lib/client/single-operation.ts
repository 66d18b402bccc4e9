/**
 * One operation that answers with a PrismaPromise: of a model, raw, a relation of either, or one that an extension's
 * method returned.
 *
 * It is made (by Prisma, on the generation of that moment) when the caller calls, so that errors carry the caller's
 * line, and started by the host, once or several times, on whichever generation is current then.
 */
import type { OperationKind } from '../native-types.generated';
import { argumentsOf, copyOf, isSameAs } from './arguments';
import { hearRejection, isPrismaPromise, isThenable, rerun } from './prisma-promise';
import type { Fulfilled, Generation, Operation, OperationRunner, PreparedRun, Rejected } from '../contracts/operation';

/** No generation has it: of an operation called before there was a first client. */
const kNoEpoch = -1;

/** What an operation comes from, and is made again by: a method, one call of an extension's method, or a relation. */
export interface Origin {
  readonly runner: OperationRunner;
  readonly hasUserCode: boolean;
  actionOf(operation: SingleOperation): string;
  modelOf(operation: SingleOperation): string | undefined;
  kindOf(operation: SingleOperation): OperationKind;
  mayCommitInside?(operation: SingleOperation): boolean;
  /** Calls it anew, on `generation`. What it returns need not be a promise: extensions may replace any method. */
  callOn(generation: Generation, args: readonly unknown[]): unknown;
}

export class SingleOperation implements Operation<unknown> {
  /** Of what it was called with. */
  private copied: unknown = undefined;
  /** `made` was started. */
  private ran = false;
  /** The first `then` has not returned yet: nobody can have changed the arguments since they were copied. */
  private beginning = false;
  private run: PreparedRun<unknown> | undefined = undefined;

  constructor(
    readonly origin: Origin,
    /** See ArgumentList. */
    private readonly called: unknown,
    public made: PromiseLike<unknown> | undefined,
    /** Of the generation that `made` belongs to. */
    private epoch: number = kNoEpoch,
  ) {}

  get shape(): 'single' {
    return 'single';
  }

  get action(): string {
    return this.origin.actionOf(this);
  }

  get model(): string | undefined {
    return this.origin.modelOf(this);
  }

  get kind(): OperationKind {
    return this.origin.kindOf(this);
  }

  get hasUserCode(): boolean {
    return this.origin.hasUserCode;
  }

  get mayCommitInside(): boolean {
    return this.origin.mayCommitInside?.(this) ?? false;
  }

  get args(): unknown {
    return this.action.startsWith('$') ? this.callArguments : this.callArguments[0];
  }

  get callArguments(): readonly unknown[] {
    return argumentsOf(this.called);
  }

  /** Keeps the arguments as they are now for every later try. */
  capture(): void {
    this.copied ??= copyOf(this.called);
  }

  then<R1 = unknown, R2 = never>(onFulfilled?: Fulfilled<unknown, R1>, onRejected?: Rejected<R2>): Promise<R1 | R2> {
    if (this.run !== undefined) return this.run.then(onFulfilled, onRejected);
    this.capture();
    this.run = this.origin.runner.prepare(this);
    this.beginning = true;
    const promise = this.run.then(onFulfilled, onRejected);
    this.beginning = false;
    if (!this.ran) hearRejection(this.made);
    return promise;
  }

  start(generation: Generation): PromiseLike<unknown> {
    if (!this.isMadeOn(generation)) {
      hearRejection(this.made);
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
    const generation = this.origin.runner.current();
    if (generation === undefined) return Promise.reject(new Error('The factory has not delivered a client yet.'));
    const promise = this.promiseOn(generation);
    return isPrismaPromise(promise) ? (promise.requestTransaction?.(transaction) ?? promise) : promise;
  }

  private isMadeOn(generation: Generation): boolean {
    if (this.epoch !== generation.epoch || this.made === undefined) return false;
    return this.beginning || this.copied === undefined || isSameAs(this.called, this.copied);
  }

  private makeAgain(generation: Generation): PromiseLike<unknown> {
    const made = this.origin.callOn(generation, argumentsOf(this.copied ?? this.called));
    return isThenable(made) ? made : Promise.resolve(made);
  }
}
