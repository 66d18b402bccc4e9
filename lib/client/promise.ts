/**
 * What an operation answers with: a PrismaPromise of ours. Lazy, run once however often it is awaited, a member of array
 * transactions, and the start of fluent relations (`findUnique(…).posts()`).
 *
 * It holds its operation under a symbol: relations are reached by name on it, so it has no other names than Prisma's.
 */
import { inspect } from 'node:util';

import type { OperationKind } from '../native-types.generated';
import { type AnyFunction, type Callee, ownMethod } from './@prisma-frames';
import { type PrismaPromiseLike, isThenable, relationsOf } from './prisma-promise';
import type { Fulfilled, Generation, Rejected } from '../contracts/operation';
import { type Origin, SingleOperation } from './single-operation';

const kOperation = Symbol('operation');

class OperationPromise<T = unknown> implements PromiseLike<T> {
  private readonly [kOperation]: SingleOperation;

  constructor(operation: SingleOperation) {
    this[kOperation] = operation;
  }

  then<R1 = T, R2 = never>(onFulfilled?: Fulfilled<T, R1>, onRejected?: Rejected<R2>): Promise<R1 | R2> {
    return this[kOperation].then(onFulfilled as Fulfilled<unknown, R1>, onRejected);
  }

  catch<R = never>(onRejected?: Rejected<R>): Promise<T | R> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.then().finally(onFinally);
  }

  /** Called by a bare client in whose array transaction this is a member. */
  requestTransaction(transaction: unknown): PromiseLike<unknown> {
    return this[kOperation].requestTransaction(transaction);
  }

  get spec(): unknown {
    return (this[kOperation].made as PrismaPromiseLike | undefined)?.spec;
  }

  /** As of Prisma's own promise, which has nothing but its `spec` to show. */
  toJSON(): object {
    return { ...(this[kOperation].made as object) };
  }

  [inspect.custom](): unknown {
    return this[kOperation].made;
  }
}

Object.defineProperty(OperationPromise.prototype, Symbol.toStringTag, { value: 'PrismaPromise', configurable: true });

/** The operation behind a promise of ours; undefined for everything else. */
export function operationOf(value: unknown): SingleOperation | undefined {
  return value instanceof OperationPromise ? value[kOperation] : undefined;
}

export type PromiseClass = new (operation: SingleOperation) => OperationPromise;

/** For an operation called before there is a client to say what its relations are: every name may be one. */
export function promiseBeforeClient(operation: SingleOperation): OperationPromise {
  return new Proxy(new OperationPromise(operation), {
    get(target, key): unknown {
      return typeof key === 'symbol' || key in target
        ? Reflect.get(target, key)
        : ownMethod(new Relation(operation, key));
    },
  });
}

/** By their relations' names: no more than there are models, however many clients and generations. */
const promiseClasses = new Map<string, PromiseClass>([['', OperationPromise]]);

/** The class for promises that have the relations of `made`. */
export function promiseClassFor(made: PromiseLike<unknown>): PromiseClass {
  const relations = relationsOf(made);
  const id = relations.join();
  const known = promiseClasses.get(id);
  if (known !== undefined) return known;
  const promiseClass: PromiseClass = class extends OperationPromise {};
  for (const relation of relations) {
    Object.defineProperty(promiseClass.prototype, relation, {
      configurable: true,
      enumerable: true,
      get(this: OperationPromise) {
        return ownMethod(new Relation(this[kOperation], relation));
      },
    });
  }
  promiseClasses.set(id, promiseClass);
  return promiseClass;
}

/** `posts` of `findUnique(…)`. What Prisma sends is its parent's operation, with a selection of the relation. */
class Relation implements Callee, Origin {
  readonly frames = 0;

  constructor(
    readonly parent: SingleOperation,
    readonly name: string,
  ) {}

  get runner() {
    return this.parent.origin.runner;
  }

  get hasUserCode() {
    return this.parent.hasUserCode;
  }

  actionOf(): string {
    return this.parent.action;
  }

  modelOf(): string | undefined {
    return this.parent.model;
  }

  kindOf(): OperationKind {
    return this.parent.kind;
  }

  callOn(generation: Generation, args: readonly unknown[]): unknown {
    return this.ownerOn(generation)[this.name]!(...args);
  }

  ownerOn(generation: Generation): Record<string, AnyFunction> {
    return this.parent.promiseOn(generation) as unknown as Record<string, AnyFunction>;
  }

  answer(made: unknown, called: unknown, generation: Generation): unknown {
    if (!isThenable(made)) return made;
    return new (promiseClassFor(made))(new RelationOperation(this, called, made, generation.epoch));
  }

  answerLater(called: unknown): unknown {
    return promiseBeforeClient(new RelationOperation(this, called, undefined));
  }
}

class RelationOperation extends SingleOperation {
  constructor(
    private readonly relation: Relation,
    called: unknown,
    made: PromiseLike<unknown> | undefined,
    epoch?: number,
  ) {
    super(relation, called, made, epoch);
  }

  override get args(): unknown {
    return this.relation.parent.args;
  }

  override capture(): void {
    this.relation.parent.capture();
    super.capture();
  }
}
