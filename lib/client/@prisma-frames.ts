/**
 * The functions that users call and that call Prisma in turn. They stand between the caller and Prisma while it looks
 * for the line to show in errors: the first stack frame that is not its own. In 5, 6 and 7 a frame counts as Prisma's
 * own if its file's path contains '@prisma'; hence this file's name. Nothing else may be on the stack at that moment.
 */
import type { Generation, OperationRunner } from './runner';

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Something that is called by name on whatever is there in the current generation. */
export interface Callee {
  readonly runner: OperationRunner;
  readonly name: string;
  /** What to call it on. Throws where the generation lacks it. */
  ownerOn(generation: Generation): Record<string, AnyFunction>;
  /** Ours for what Prisma, or an extension's method, has answered. */
  answer(made: unknown, args: unknown[], generation: Generation, self: unknown): unknown;
  /** The answer as long as there is no client yet. */
  answerLater(args: unknown[], self: unknown): unknown;
}

/** For Prisma's own methods, which belong to their owner. */
export function ownMethod(callee: Callee): AnyFunction {
  // Nearly all calls have one argument, and collecting and spreading it costs more than passing it.
  return function (first?: unknown) {
    const generation = callee.runner.current();
    // eslint-disable-next-line prefer-rest-params
    const args: unknown[] = arguments.length === 1 ? [first] : [...arguments];
    if (generation === undefined) return callee.answerLater(args, undefined);
    const owner = callee.ownerOn(generation);
    const { name } = callee;
    const made = args.length === 1 ? owner[name]!(first) : owner[name]!(...args);
    return callee.answer(made, args, generation, undefined);
  };
}

/** For methods that extensions have added: they get the `this` of the call, which is our delegate or client. */
export function addedMethod(callee: Callee): AnyFunction {
  return function (...args) {
    const generation = callee.runner.current();
    if (generation === undefined) return callee.answerLater(args, this);
    const method = callee.ownerOn(generation)[callee.name]!;
    return callee.answer(Reflect.apply(method, this, args), args, generation, this);
  };
}
