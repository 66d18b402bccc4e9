/** Our stand-in for a client: what `getClient()` returns, and what `$extends` on it returns. */
import type { AnyFunction } from './@prisma-frames';
import { ApiNames, kWhole } from './api-names';
import { DelegateMirror, type DelegateParent } from './delegate';
import type { Environment } from './environment';
import { ExtensionRecipe } from './extension';
import { internalsOf } from './internals';
import { Listeners } from './listeners';
import type { MethodOwner } from './method';
import { Methods } from './methods';
import { Mirror, isWrappable, kReadThrough } from './mirror';
import { type OperationKinds, isDelegate, kRawActions } from './operation-info';
import { type BareClient, PropertyRecipe, type Recipe, RootRecipe } from './recipe';
import type { ClientLike, Generation, OperationRunner } from '../contracts/operation';
import { runTransaction } from './transaction';

/**
 * The client whose operations `runner` runs: the same object before and after every reset. With an `api`, the options
 * form: the client also answers to the names of `api` where it has none of its own, is an instance of its class, and
 * has `api` itself at `$resilience`.
 */
export function createClientProxy(runner: OperationRunner, kinds: OperationKinds, api?: object): ClientLike {
  const listeners = new Listeners();
  const root = new RootRecipe((client) => listeners.attachTo(client));
  const names = api && new ApiNames(api);
  let slots = 0;
  const environment: Environment = { runner, kinds, listeners, nextSlot: () => slots++ };
  return new ClientMirror(environment, root, undefined, names).proxy;
}

class ClientMirror extends Mirror<BareClient> implements MethodOwner, DelegateParent {
  readonly path = 'prisma';
  protected override readonly tag = 'PrismaClient';
  readonly model = undefined;
  private readonly delegates = new Map<string, DelegateMirror>();
  private readonly methods = new Methods(this);
  private parentOfRoot: ClientMirror | undefined;

  constructor(
    environment: Environment,
    readonly recipe: Recipe<BareClient>,
    /** The client that was extended; undefined for what the factory makes. */
    private readonly parent: ClientMirror | undefined,
    private readonly api?: ApiNames,
  ) {
    super(environment);
  }

  override has(target: object, property: PropertyKey): boolean {
    return super.has(target, property) || this.api?.has(property) === true;
  }

  override getPrototypeOf(): object | null {
    return this.api?.prototype ?? super.getPrototypeOf();
  }

  get client(): Recipe<BareClient> {
    return this.recipe;
  }

  get lasts(): boolean {
    return this.recipe instanceof RootRecipe;
  }

  follow(): void {
    // Nothing of a client's is kept beyond its generation but methods, which ask for it themselves.
  }

  get shownParent(): object {
    if (this.parent) return this.parent.proxy;
    const generation = this.environment.runner.current();
    if (generation === undefined) return this.proxy;
    const client = this.recipe.on(generation);
    if (client.$parent === undefined || client.$parent === client) return this.proxy;
    // The factory itself extends its client.
    this.parentOfRoot ??= new ClientMirror(
      this.environment,
      new PropertyRecipe(this.recipe, '$parent', 'prisma.$parent'),
      undefined,
    );
    return this.parentOfRoot.proxy;
  }

  protected override exchange(
    property: PropertyKey,
    value: unknown,
    source: BareClient,
    generation: Generation,
  ): unknown {
    if (typeof property !== 'string') return kReadThrough;
    // A mock has a function of every name; no model can have this one.
    if (property === kWhole && this.api) return this.api.get(property);
    if (property.startsWith('_')) return kReadThrough;
    if (isDelegate(value) && !property.startsWith('$')) return this.delegate(property).shownOn(generation);
    if (isWrappable(property, value)) return this.method(property, value, source);
    if (isDelegate(value) && typeof value === 'object') return this.delegate(property).shownOn(generation);
    // There may be methods in it, and nobody sees those called.
    if (this.isAdded(property, value, source)) generation.mayHaveUserCode = true;
    return kReadThrough;
  }

  protected override absent(property: PropertyKey, source: BareClient): unknown {
    return this.api === undefined || property in source ? undefined : this.api.get(property);
  }

  protected override guess(name: string): unknown {
    if (name === '$on' && this.parent) return undefined;
    if (name.startsWith('$')) return this.isOwn(name) ? this.ownMethod(name, undefined) : undefined;
    if (name.startsWith('_') || name === 'then' || name === 'toJSON') return undefined;
    return this.delegate(name).shown;
  }

  private delegate(name: string): DelegateMirror {
    let delegate = this.delegates.get(name);
    if (delegate === undefined) {
      delegate = new DelegateMirror(this, name);
      this.delegates.set(name, delegate);
    }
    return delegate;
  }

  private method(name: string, value: unknown, source: BareClient): unknown {
    if (this.isAdded(name, value, source)) return this.methods.ofExtension(name, value);
    return this.isOwn(name) ? this.ownMethod(name, value) : kReadThrough;
  }

  /** By an extension. */
  private isAdded(name: string, value: unknown, source: BareClient): boolean {
    const original = internalsOf(source)._originalClient as BareClient | undefined;
    return original !== undefined && original[name] !== value;
  }

  private isOwn(name: string): boolean {
    return kRawActions.has(name) || Object.hasOwn(kClientMethods, name);
  }

  private ownMethod(name: string, value: unknown): AnyFunction {
    const call = kClientMethods[name];
    if (call === undefined) return this.methods.ofPrisma(name, value);
    return this.methods.ofPrisma(name, value, () => {
      const wrapper: AnyFunction = (...args) => call(this, args, wrapper);
      return wrapper;
    });
  }

  /** `$on` and `$use`. Prisma returns nothing, or the client to go on with. */
  listen(method: '$on' | '$use', args: unknown[]): unknown {
    const { runner, listeners } = this.environment;
    const generation = runner.current();
    const client = generation && this.recipe.on(generation);
    const result = listeners.add(method, args, client);
    return result === undefined && client !== undefined ? undefined : this.proxy;
  }

  extend(extension: unknown): unknown {
    if (typeof extension === 'function') return (extension as AnyFunction)(this.proxy);
    const recipe = new ExtensionRecipe(this.recipe, extension);
    const generation = this.environment.runner.current();
    if (generation) recipe.on(generation);
    return new ClientMirror(this.environment, recipe, this, this.api?.ofExtended()).proxy;
  }
}

type ClientMethod = (client: ClientMirror, args: unknown[], asCalled: AnyFunction) => unknown;

/** Prisma's own methods that answer with no PrismaPromise. */
const kClientMethods: Readonly<Record<string, ClientMethod>> = {
  $connect: (client) => client.environment.runner.connect(),
  $disconnect: (client) => client.environment.runner.disconnect(),
  $extends: (client, [extension]) => client.extend(extension),
  $on: (client, args) => client.listen('$on', args),
  $transaction: (client, args, asCalled) => runTransaction(client.environment, client.recipe, args, asCalled),
  $use: (client, args) => client.listen('$use', args),
};
