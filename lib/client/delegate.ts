/** Our stand-in for a model's delegate: `prisma.user`, the same object before and after every reset. */
import { type AnyFunction, addedMethod, ownMethod } from './@prisma-frames';
import type { Environment } from './environment';
import { AddedMethod, Method, type MethodOwner } from './method';
import { Mirror, disguise, isWrappable, kReadThrough } from './mirror';
import { isReplacedByExtension, kModelActions, modelName } from './operation-info';
import { type BareClient, type BareDelegate, PropertyRecipe, type Recipe } from './recipe';
import type { Generation } from './runner';

/** The client that a delegate belongs to, as the delegate sees it. */
export interface DelegateParent {
  readonly environment: Environment;
  readonly path: string;
  readonly recipe: Recipe<BareClient>;
  /** What `$parent` of the delegates shows: the client that was extended, or the client itself. */
  readonly shownParent: object;
}

export class DelegateMirror extends Mirror<BareDelegate> implements MethodOwner {
  readonly path: string;
  readonly recipe: Recipe<BareDelegate>;
  model: string | undefined;
  private readonly own = new Map<string, AnyFunction>();
  private readonly added = new Map<string, AnyFunction>();

  constructor(
    private readonly parent: DelegateParent,
    name: string,
  ) {
    super(parent.environment);
    this.path = `${parent.path}.${name}`;
    this.recipe = new PropertyRecipe(parent.recipe, name, this.path);
  }

  get client(): Recipe<BareClient> {
    return this.parent.recipe;
  }

  protected override exchange(
    property: PropertyKey,
    value: unknown,
    source: BareDelegate,
    generation: Generation,
  ): unknown {
    this.model ??= modelName(source);
    if (property === '$parent') return this.parent.shownParent;
    if (typeof property !== 'string' || !isWrappable(property, value)) return kReadThrough;
    const replaced = isReplacedByExtension(this.client.on(generation), this.model, property);
    return kModelActions.has(property) && !replaced
      ? this.ownMethod(property, value)
      : this.addedMethod(property, value);
  }

  protected override guess(property: PropertyKey): unknown {
    if (property === '$parent') return this.parent.shownParent;
    if (typeof property !== 'string' || property in Object.prototype) return Reflect.get(Object.prototype, property);
    if (kModelActions.has(property)) return this.ownMethod(property, undefined);
    return kNeverMethods.has(property) ? undefined : this.addedMethod(property, undefined);
  }

  private ownMethod(name: string, value: unknown): AnyFunction {
    let method = this.own.get(name);
    if (method === undefined) {
      method = disguise(ownMethod(new Method(this, name)), value);
      this.own.set(name, method);
    }
    return method;
  }

  private addedMethod(name: string, value: unknown): AnyFunction {
    let method = this.added.get(name);
    if (method === undefined) {
      method = disguise(addedMethod(new AddedMethod(this, name)), value);
      this.added.set(name, method);
    }
    return method;
  }
}

/** Asked of any object by `await`, JSON.stringify and the like; of a delegate that is not there yet they are nothing. */
const kNeverMethods: ReadonlySet<string> = new Set(['then', 'toJSON', 'name', '$name', 'fields']);
