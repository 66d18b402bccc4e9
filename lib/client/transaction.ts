/**
 * `$transaction`. The whole transaction is one operation, run again as a whole or not at all: a statement that is tried
 * again alone would run outside of it.
 */
import { type Caller, callerOf } from '../contracts/caller';
import type { OperationKind } from '../native-types.generated';
import type { Environment } from './environment';
import { generationOfQuery } from './extension';
import { operationOf } from './promise';
import { type PrismaPromiseLike, isPrismaPromise } from './prisma-promise';
import type { BareClient, Recipe } from './recipe';
import type { Generation, Operation } from '../contracts/operation';

type RunTransaction = (...args: unknown[]) => Promise<unknown>;
type Callback = (tx: unknown) => unknown;

/** Starts the transaction at once, as Prisma does, and throws what Prisma throws for what is none. */
export function runTransaction(
  environment: Environment,
  recipe: Recipe<BareClient>,
  args: unknown[],
  asCalled: (...args: never[]) => unknown,
): unknown {
  const [input] = args;
  const { runner } = environment;
  if (typeof input === 'function') {
    const caller = runner.transactionOpened && callerOf(asCalled);
    return runner.run(new InteractiveTransaction(environment, recipe, args, caller));
  }
  const generation = runner.current();
  if (Array.isArray(input) && (generation === undefined || (input.length > 0 && input.every(isPrismaPromise)))) {
    return runner.run(new ArrayTransaction(environment, recipe, input.slice(), args));
  }
  if (generation === undefined) return Promise.reject(new TypeError('$transaction needs an array or a function'));
  // Nothing to send, or nothing that can be sent: Prisma's answer, or its error.
  return start(recipe, generation, args);
}

abstract class Transaction implements Operation<unknown> {
  readonly action = '$transaction';
  /** Of the latest try. */
  transactionLimitMs: number | undefined;
  abstract readonly shape: 'array' | 'interactive';
  abstract readonly kind: OperationKind;
  abstract readonly hasUserCode: boolean;
  abstract start(generation: Generation): PromiseLike<unknown>;

  constructor(
    protected readonly environment: Environment,
    protected readonly recipe: Recipe<BareClient>,
    protected readonly callArguments: unknown[],
  ) {}
}

class ArrayTransaction extends Transaction {
  readonly shape = 'array';
  /** Where a member belongs to a generation and cannot be made again on another, all run there. */
  private readonly pinned: Generation | undefined;

  constructor(
    environment: Environment,
    recipe: Recipe<BareClient>,
    private readonly members: PrismaPromiseLike[],
    callArguments: unknown[],
  ) {
    super(environment, recipe, callArguments);
    for (const member of members) operationOf(member)?.capture();
    this.pinned = members.map(generationOfQuery).find((generation) => generation !== undefined);
  }

  get kind(): OperationKind {
    const { kinds } = this.environment;
    return kinds.transactionKind(
      this.members.map((member) => operationOf(member)?.kind ?? kinds.operationKind(member.spec?.action ?? '')),
    );
  }

  /** A bare member may come from a query hook, and then runs what is left of the hooks. */
  get hasUserCode(): boolean {
    return this.members.some((member) => operationOf(member)?.hasUserCode ?? true);
  }

  start(generation: Generation): PromiseLike<unknown> {
    const chosen = this.pinned ?? generation;
    // A member of this generation is used even if it has run already: as a member, Prisma runs it anew.
    const members = this.members.map((member) => operationOf(member)?.promiseOn(chosen) ?? member);
    const [, options] = this.callArguments;
    this.transactionLimitMs = limitsOf(this.recipe.on(chosen), options).timeout;
    return start(this.recipe, chosen, [members, ...this.callArguments.slice(1)]);
  }
}

class InteractiveTransaction extends Transaction {
  readonly shape = 'interactive';
  /** The callback is user code too, but has rules of its own (`transactions.retry`). */
  readonly hasUserCode = false;
  private started = false;
  private returned = false;
  /** Prisma's limits for it, of the latest try. */
  ownLimitMs: number | undefined;
  startLimitMs: number | undefined;

  constructor(
    environment: Environment,
    recipe: Recipe<BareClient>,
    callArguments: unknown[],
    /** Where it was called; undefined: nobody wants to know. */
    private readonly caller: Caller | undefined,
  ) {
    super(environment, recipe, callArguments);
  }

  get kind(): OperationKind {
    return this.environment.kinds.transactionKind(undefined);
  }

  callbackStarted(): boolean {
    return this.started;
  }

  commitStarted(): boolean {
    return this.returned;
  }

  start(generation: Generation): PromiseLike<unknown> {
    const [callback, ...rest] = this.callArguments as [Callback, ...unknown[]];
    this.returned = false;
    const { maxWait, timeout } = limitsOf(this.recipe.on(generation), rest[0]);
    this.transactionLimitMs = timeout;
    this.startLimitMs = maxWait;
    this.ownLimitMs = timeout === undefined ? undefined : timeout + (maxWait ?? 0);
    // COMMIT follows as soon as the callback's promise has resolved.
    let ended: (() => void) | undefined;
    const tracked = async (tx: unknown): Promise<unknown> => {
      this.started = true;
      ended = this.caller && this.environment.runner.transactionOpened?.(this.caller);
      const result = await callback(tx);
      this.returned = true;
      return result;
    };
    const running = start(this.recipe, generation, [tracked, ...rest]);
    const onEnd = (): void => ended?.();
    if (this.caller) running.then(onEnd, onEnd);
    return running;
  }
}

interface Limits {
  readonly maxWait?: number;
  readonly timeout?: number;
}

/** How long Prisma itself lets a transaction wait for its start and then take. */
function limitsOf(client: BareClient, options: unknown): Limits {
  const defaults = (client._engineConfig as { transactionOptions?: Limits } | undefined)?.transactionOptions;
  const given = options as Limits | null | undefined;
  return { maxWait: given?.maxWait ?? defaults?.maxWait, timeout: given?.timeout ?? defaults?.timeout };
}

function start(recipe: Recipe<BareClient>, generation: Generation, args: unknown[]): Promise<unknown> {
  const client = recipe.on(generation) as unknown as { $transaction: RunTransaction };
  return client.$transaction(...args);
}
