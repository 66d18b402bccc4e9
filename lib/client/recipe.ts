/**
 * A recipe says how to get something (a client, a model's delegate, a bound method) from a generation. It is followed
 * once per generation, on first use, and outlives all of them: this is how kept delegates and extended clients follow
 * every reset.
 */
import type { ClientLike, Generation } from '../contracts/operation';

export abstract class Recipe<T extends object> {
  on(generation: Generation): T {
    const made = generation.cache.get(this) as T | undefined;
    if (made !== undefined) return made;
    const fresh = this.make(generation);
    generation.cache.set(this, fresh);
    return fresh;
  }

  protected abstract make(generation: Generation): T;
}

/** A PrismaClient, or one that was extended, as Prisma itself made it. */
export type BareClient = ClientLike;

/** A model's delegate as Prisma itself made it: `prisma.user`. */
export type BareDelegate = Record<PropertyKey, unknown>;

/** What the factory made; `prepare` is called once for each, before anything else uses it. */
export class RootRecipe extends Recipe<BareClient> {
  constructor(private readonly prepare: (client: BareClient) => void) {
    super();
  }

  protected override make(generation: Generation): BareClient {
    this.prepare(generation.client);
    return generation.client;
  }
}

/** What a property of something else holds: `$parent` of a client, `user` of a client. */
export class PropertyRecipe<T extends object> extends Recipe<T> {
  constructor(
    private readonly owner: Recipe<object>,
    private readonly property: PropertyKey,
    /** As the user would write it, for the error where a later client lacks it: 'prisma.user'. */
    private readonly path: string,
  ) {
    super();
  }

  protected override make(generation: Generation): T {
    const value: unknown = Reflect.get(this.owner.on(generation), this.property);
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) throw missing(this.path);
    return value as T;
  }
}

/** For what an earlier client had and the current one has not. */
export function missing(path: string): TypeError {
  return new TypeError(
    `${path} does not exist on the client that the factory made last. ` +
      'The factory must return the same kind of client (same models, same extensions) each time.',
  );
}
