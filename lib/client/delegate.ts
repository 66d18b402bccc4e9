/** Our stand-in for a model's delegate: `prisma.user`, the same object before and after every reset. */
import type { Environment } from './environment';
import { Front } from './front';
import type { MethodOwner } from './method';
import { Methods } from './methods';
import { Mirror, isWrappable, kOrdinary, kReadThrough } from './mirror';
import { isReplacedByExtension, kModelActions, modelName } from './operation-info';
import { type BareClient, type BareDelegate, PropertyRecipe, type Recipe } from './recipe';
import type { Generation } from '../contracts/operation';

/** The client that a delegate belongs to, as the delegate sees it. */
export interface DelegateParent {
  readonly environment: Environment;
  readonly path: string;
  readonly recipe: Recipe<BareClient>;
  /** What `$parent` of the delegates shows: the client that was extended, or the client itself. */
  readonly shownParent: object;
  /** See MethodOwner. */
  readonly lasts: boolean;
}

export class DelegateMirror extends Mirror<BareDelegate> implements MethodOwner {
  readonly path: string;
  readonly recipe: Recipe<BareDelegate>;
  model: string | undefined;
  private readonly methods = new Methods(this);
  /** Not of an extended client: of those there may be one per request, and a front takes time to make. */
  private readonly front: Front<BareDelegate> | undefined;
  private frontEpoch = -1;

  constructor(
    private readonly parent: DelegateParent,
    name: string,
  ) {
    super(parent.environment);
    this.path = `${parent.path}.${name}`;
    this.recipe = new PropertyRecipe(parent.recipe, name, this.path);
    if (parent.lasts) this.front = new Front(this.proxy);
  }

  /** What users get to see. */
  get shown(): BareDelegate {
    return this.front?.object ?? this.proxy;
  }

  /** The same, as it is with the delegate of `generation`. */
  shownOn(generation: Generation): BareDelegate {
    this.follow(generation);
    return this.shown;
  }

  follow(generation: Generation): void {
    if (this.front === undefined || this.frontEpoch === generation.epoch) return;
    this.frontEpoch = generation.epoch;
    const keys = Reflect.ownKeys(this.recipe.on(generation));
    this.front.show(new Map(keys.map((key) => [key, this.descriptor(key, generation)])));
  }

  get client(): Recipe<BareClient> {
    return this.parent.recipe;
  }

  get lasts(): boolean {
    return this.parent.lasts;
  }

  get shownParent(): object {
    return this.parent.shownParent;
  }

  protected override exchange(
    property: PropertyKey,
    value: unknown,
    source: BareDelegate,
    generation: Generation,
  ): unknown {
    this.model ??= modelName(source);
    if (typeof property !== 'string') return kReadThrough;
    const replaced = isReplacedByExtension(this.client.on(generation), this.model, property);
    if (!isWrappable(property, value)) {
      // There may be methods in it, and nobody sees those called.
      generation.mayHaveUserCode ||= replaced;
      return kReadThrough;
    }
    return kModelActions.has(property) && !replaced
      ? this.methods.ofPrisma(property, value)
      : this.methods.ofExtension(property, value);
  }

  /** A method of ours, or else whatever the generation of the moment has. */
  private descriptor(key: PropertyKey, generation: Generation): PropertyDescriptor {
    const value = this.read(key, generation);
    if (typeof value === 'function' && this.isKept(key)) return { value, ...kOrdinary };
    const { shown } = this;
    return {
      configurable: true,
      enumerable: true,
      get: () => Reflect.get(this.proxy, key),
      set: (changed) => Object.defineProperty(shown, key, { value: changed, ...kOrdinary }),
    };
  }

  protected override guess(name: string): unknown {
    if (kModelActions.has(name)) return this.methods.ofPrisma(name, undefined);
    return kNeverMethods.has(name) ? undefined : this.methods.ofExtension(name, undefined);
  }
}

/** Asked of any object by `await`, JSON.stringify and the like; of a delegate that is not there yet they are nothing. */
const kNeverMethods: ReadonlySet<string> = new Set(['then', 'toJSON', 'name', '$name', 'fields']);
