/** Prisma's own promises, as far as they are used here. */
import type { BareClient } from './recipe';
import type { Generation } from '../contracts/operation';

export interface PrismaPromiseLike<T = unknown> extends PromiseLike<T> {
  readonly [Symbol.toStringTag]: string;
  /** From 6.17 on. */
  readonly spec?: { readonly action?: string; readonly model?: string };
  requestTransaction?(transaction: unknown): PromiseLike<unknown>;
}

/** Asked of members of array transactions by Prisma in the same way. */
export function isPrismaPromise(value: unknown): value is PrismaPromiseLike {
  return (value as PrismaPromiseLike | null | undefined)?.[Symbol.toStringTag] === 'PrismaPromise';
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

/** Of the class itself: a subclass may begin only when its own `then` is called. */
const thenOfPromise = Promise.prototype.then;

/** A stub's promise runs before it is asked: until then, or where it never is, its rejection must not end the process. */
export function hearRejection(promise: unknown): void {
  if (promise instanceof Promise) void thenOfPromise.call(promise, undefined, () => undefined);
}

/**
 * The relations that can be followed from `promise`: Prisma lists them as its own keys. One called `then` or the like
 * is left out: with Prisma itself such a promise can never be awaited.
 */
export function relationsOf(promise: PromiseLike<unknown>): string[] {
  return Reflect.ownKeys(promise).filter((key): key is string => typeof key === 'string' && isRelation(promise, key));
}

function isRelation(promise: object, key: string): boolean {
  if (key === 'then' || key === 'catch' || key === 'finally' || key === 'requestTransaction') return false;
  return typeof Reflect.get(promise, key) === 'function';
}

/**
 * Another run of `promise`, already started; undefined where this Prisma cannot do that. Prisma runs a promise once when
 * it is awaited, but as often as it is asked as a member of a transaction, and asked with `null` for the transaction it
 * runs outside of any. That keeps the line of the caller, noted when the promise was made: one made anew lacks it.
 */
export function rerun(promise: PromiseLike<unknown>, generation: Generation): PromiseLike<unknown> | undefined {
  const { requestTransaction } = promise as PrismaPromiseLike;
  if (typeof requestTransaction !== 'function' || !canRerun(generation.client)) return undefined;
  return requestTransaction.call(promise, null);
}

const answers = new WeakMap<BareClient, boolean>();

function canRerun(client: BareClient): boolean {
  let answer = answers.get(client);
  if (answer === undefined) {
    answer = tryRerun(client);
    answers.set(client, answer);
  }
  return answer;
}

type MakePromise = (run: (transaction: unknown) => Promise<unknown>) => PrismaPromiseLike;

/** With a promise that does nothing: Prisma never promised that `null` means this. */
function tryRerun(client: BareClient): boolean {
  const makePromise = client._createPrismaPromise as MakePromise | undefined;
  if (typeof makePromise !== 'function') return false;
  const transactions: unknown[] = [];
  const promise = makePromise((transaction) => {
    transactions.push(transaction);
    return Promise.resolve();
  });
  void promise.then();
  void promise.requestTransaction?.(null);
  return transactions.length === 2 && transactions[1] === null;
}
