/** A method of a client or of a model's delegate that makes operations, kept for all generations and callers. */
import type { OperationKind } from '../native-types.generated';
import type { AnyFunction, Callee } from './@prisma-frames';
import type { Environment } from './environment';
import { kRawActions, runsUserCode, sqlText } from './operation-info';
import { type PromiseClass, operationOf, promiseBeforeClient, promiseClassFor } from './promise';
import { type PrismaPromiseLike, isPrismaPromise, isThenable } from './prisma-promise';
import { type BareClient, Recipe, missing } from './recipe';
import type { Generation } from '../contracts/operation';
import { type Origin, SingleOperation } from './single-operation';

/** What owns the method: a client or a delegate. */
export interface MethodOwner {
  readonly environment: Environment;
  /** As the user would write it: 'prisma.user'. */
  readonly path: string;
  readonly client: Recipe<BareClient>;
  readonly recipe: Recipe<object>;
  /** Prisma's model name; undefined for a client's own methods, and before there is a first client. */
  readonly model: string | undefined;
  /** As long as the resilient client itself. Extended clients come and go: there may be one for each request. */
  readonly lasts: boolean;
  /** Something of it is used on `generation`, which may lack what an earlier one had. */
  follow(generation: Generation): void;
}

const kNoSlot = -1;
/** Of Prisma's own three, ours, and two of the caller's: that of a constructor or a built-in function is passed over. */
const kFramesToCaller = 6;
/** They call another method inside. */
const kDeepActions: ReadonlySet<string> = new Set(['aggregate', 'count', 'groupBy']);

type Methods = Record<string, AnyFunction>;

/** One of Prisma's own operations. */
export class Method extends Recipe<Methods> implements Callee, Origin {
  readonly runner;
  readonly isRaw: boolean;
  private readonly kind: OperationKind;
  private readonly slot: number;
  frames = 0;
  private promiseClass: PromiseClass | undefined;
  /** It has answered with a promise of Prisma's own. */
  private isPrismas = false;
  private boundUserCode = false;
  private provider: string | undefined;

  constructor(
    readonly owner: MethodOwner,
    readonly name: string,
  ) {
    super();
    const { runner, kinds } = owner.environment;
    this.runner = runner;
    this.isRaw = kRawActions.has(name);
    this.kind = this.isRaw ? 'write' : kinds.operationKind(name);
    this.slot = owner.lasts ? owner.environment.nextSlot() : kNoSlot;
  }

  override on(generation: Generation): Methods {
    const { slot } = this;
    if (slot === kNoSlot) return super.on(generation);
    return (generation.slots[slot] ??= this.make(generation)) as Methods;
  }

  get hasUserCode(): boolean {
    return this.boundUserCode || this.owner.environment.listeners.hasMiddleware;
  }

  actionOf(): string {
    return this.name;
  }

  modelOf(): string | undefined {
    return this.owner.model;
  }

  kindOf({ callArguments }: SingleOperation): OperationKind {
    return this.isRaw ? this.owner.environment.kinds.sqlKind(sqlText(callArguments), this.provider) : this.kind;
  }

  mayCommitInside({ callArguments }: SingleOperation): boolean {
    return this.isRaw && this.owner.environment.kinds.sqlMayCommitInside(sqlText(callArguments), this.provider);
  }

  ownerOn(generation: Generation): Methods {
    return this.on(generation);
  }

  answer(made: unknown, called: unknown, generation: Generation): unknown {
    // Prisma's promise may be a proxy: asking it for `then` each time costs as much as the rest of this.
    if (!(this.isPrismas && typeof made === 'object' && made !== null) && !isThenable(made)) return made;
    this.promiseClass ??= this.learnFrom(made as PromiseLike<unknown>);
    return new this.promiseClass(new SingleOperation(this, called, made as PromiseLike<unknown>, generation.epoch));
  }

  answerLater(called: unknown): unknown {
    return promiseBeforeClient(new SingleOperation(this, called, undefined));
  }

  callOn(generation: Generation, args: readonly unknown[]): unknown {
    return this.on(generation)[this.name]!(...args);
  }

  protected override make(generation: Generation): Methods {
    const methods = this.owner.recipe.on(generation) as Methods;
    this.owner.follow(generation);
    if (typeof methods[this.name] !== 'function') throw missing(`${this.owner.path}.${this.name}`);
    const client = this.owner.client.on(generation);
    this.boundUserCode = runsUserCode(client, this.owner.model, this.name);
    generation.mayHaveUserCode ||= this.boundUserCode;
    this.provider = client._activeProvider as string | undefined;
    return methods;
  }

  private learnFrom(made: PromiseLike<unknown>): PromiseClass {
    this.isPrismas = isPrismaPromise(made);
    if (this.isPrismas && !this.isRaw && !kDeepActions.has(this.name)) this.frames = kFramesToCaller;
    return promiseClassFor(made);
  }
}

/**
 * A method that an extension has added, or put in the place of one of Prisma's. It is called on the current generation,
 * with the caller's `this`: through our delegate its own operations come back to us. A promise of ours that it returns
 * is passed on as it is, a bare PrismaPromise becomes an operation, everything else is none of our business.
 */
export class AddedMethod implements Callee {
  readonly runner;
  readonly frames = 0;

  constructor(
    readonly owner: MethodOwner,
    readonly name: string,
  ) {
    this.runner = owner.environment.runner;
  }

  ownerOn(generation: Generation): Methods {
    const methods = this.owner.recipe.on(generation) as Methods;
    if (typeof methods[this.name] !== 'function') throw missing(`${this.owner.path}.${this.name}`);
    generation.mayHaveUserCode = true;
    return methods;
  }

  answer(made: unknown, called: unknown, generation: Generation, self: unknown): unknown {
    if (!isPrismaPromise(made) || operationOf(made) !== undefined) return made;
    return new (promiseClassFor(made))(new SingleOperation(new AddedCall(this, self), called, made, generation.epoch));
  }

  answerLater(called: unknown, self: unknown): unknown {
    return promiseBeforeClient(new SingleOperation(new AddedCall(this, self), called, undefined));
  }
}

/** One call of it. */
class AddedCall implements Origin {
  readonly hasUserCode = true;

  constructor(
    private readonly method: AddedMethod,
    private readonly self: unknown,
  ) {}

  get runner() {
    return this.method.runner;
  }

  actionOf({ made }: SingleOperation): string {
    return (made as PrismaPromiseLike | undefined)?.spec?.action ?? this.method.name;
  }

  modelOf({ made }: SingleOperation): string | undefined {
    return (made as PrismaPromiseLike | undefined)?.spec?.model ?? this.method.owner.model;
  }

  kindOf(operation: SingleOperation): OperationKind {
    return this.method.owner.environment.kinds.operationKind(this.actionOf(operation));
  }

  callOn(generation: Generation, args: readonly unknown[]): unknown {
    const made = Reflect.apply(this.method.ownerOn(generation)[this.method.name]!, this.self, args);
    return operationOf(made)?.promiseOn(generation) ?? made;
  }
}
