/**
 * The functions that users call and that call Prisma in turn. They stand between the caller and Prisma while it looks
 * for the line to show in errors: the first stack frame that is not its own. In 5, 6 and 7 a frame counts as Prisma's
 * own if its file's path contains '@prisma'; hence this file's name. Nothing else may be on the stack at that moment.
 */
import { ArgumentList, calledWith } from './arguments';
import type { Generation, OperationRunner } from '../contracts/operation';

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Something that is called by name on whatever is there in the current generation. */
export interface Callee {
  readonly runner: OperationRunner;
  readonly name: string;
  /** How many frames of the stack its call needs at most; 0 where that is not known. */
  readonly frames: number;
  /** What to call it on. Throws where the generation lacks it. */
  ownerOn(generation: Generation): Record<string, AnyFunction>;
  /** Ours for what Prisma, or an extension's method, has answered; `called`: with what, see ArgumentList. */
  answer(made: unknown, called: unknown, generation: Generation, self: unknown): unknown;
  /** The answer as long as there is no client yet. */
  answerLater(called: unknown, self: unknown): unknown;
}

/** For Prisma's own methods, which belong to their owner. */
export function ownMethod(callee: Callee): AnyFunction {
  // Neither collects nor spreads its arguments where it need not: both cost more than the rest of it.
  return function (first?: unknown) {
    const generation = callee.runner.current();
    // eslint-disable-next-line prefer-rest-params
    const several = arguments.length === 1 ? undefined : [...arguments];
    const called = several === undefined ? first : new ArgumentList(several);
    if (generation === undefined) return callee.answerLater(called, undefined);
    const owner = callee.ownerOn(generation);
    const { name, frames } = callee;
    let made: unknown;
    if (several !== undefined) {
      made = owner[name]!(...several);
    } else if (frames === 0) {
      made = owner[name]!(first);
    } else {
      const limit = lowerFrameLimit(frames);
      try {
        made = owner[name]!(first);
      } finally {
        if (limit !== 0) Error.stackTraceLimit = limit;
      }
    }
    return callee.answer(made, called, generation, undefined);
  };
}

/** Returns the limit until now; 0 where it stays. Each frame costs Prisma about a microsecond, and ours is one more. */
function lowerFrameLimit(frames: number): number {
  const limit = Error.stackTraceLimit;
  if (!(limit > frames)) return 0;
  try {
    Error.stackTraceLimit = frames;
  } catch {
    return 0; // `Error` is frozen
  }
  return limit;
}

/** For methods that extensions have added: they get the `this` of the call, which is our delegate or client. */
export function addedMethod(callee: Callee): AnyFunction {
  return function (...args) {
    const generation = callee.runner.current();
    const called = calledWith(args);
    if (generation === undefined) return callee.answerLater(called, this);
    const method = callee.ownerOn(generation)[callee.name]!;
    return callee.answer(Reflect.apply(method, this, args), called, generation, this);
  };
}
