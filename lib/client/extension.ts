/**
 * `$extends`. An extension that is an object becomes a recipe, followed on every generation; one that is a function is
 * called once, with our client, as Prisma calls it: what it keeps of that client follows every reset, and nothing that
 * it does is done again.
 */
import { type BareClient, Recipe } from './recipe';
import type { Generation } from '../contracts/operation';

type Extends = (extension: unknown) => BareClient;

export class ExtensionRecipe extends Recipe<BareClient> {
  constructor(
    private readonly base: Recipe<BareClient>,
    private readonly extension: unknown,
  ) {
    super();
  }

  protected override make(generation: Generation): BareClient {
    const base = this.base.on(generation);
    return (base.$extends as Extends)(withKnownQueries(this.extension, generation));
  }
}

/**
 * The generation of the promises that query hooks get from `query(args)`. A hook may put one into an array transaction
 * beside promises of ours (Prisma's own example for row-level security does); all must then run on that generation.
 */
const generations = new WeakMap<object, Generation>();

export function generationOfQuery(promise: object): Generation | undefined {
  return generations.get(promise);
}

type Hook = (params: { query: (...args: unknown[]) => object }) => unknown;

function withKnownQueries(extension: unknown, generation: Generation): unknown {
  const { query } = (extension ?? {}) as { query?: unknown };
  if (typeof query !== 'object' || query === null) return extension;
  return { ...(extension as object), query: watchHooks(query, generation) };
}

/** A view of a tree of hooks, so that it may be of any make: hooks by name, or by model and then by name. */
function watchHooks(hooks: object, generation: Generation): object {
  return new Proxy(hooks, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value === 'function') return watchHook(value as Hook, generation);
      return typeof value === 'object' && value !== null ? watchHooks(value, generation) : value;
    },
  });
}

function watchHook(hook: Hook, generation: Generation): Hook {
  return function (this: unknown, params) {
    const { query } = params;
    if (typeof query === 'function') {
      params.query = (...args) => {
        const promise = query(...args);
        generations.set(promise, generation);
        return promise;
      };
    }
    return Reflect.apply(hook, this, [params]);
  };
}
