/**
 * Whether a new client is of the same kind as the one it is to replace: a factory that extends its client once and
 * forgets it the next time would take methods, or worse, query hooks away from a running application.
 */
import { internalsOf } from './internals';
import type { BareClient } from './recipe';

/** Prisma's list of extensions, the last one first; the same in 5, 6 and 7. */
interface ExtensionNode {
  readonly extension?: Readonly<Record<string, unknown>>;
  readonly previous?: ExtensionNode;
}

/** More than anybody has: a chain that goes on is none of Prisma's. */
const kMostExtensions = 1000;

/** What a client has that others may lack, as a user would name it: its models, and what its extensions add. */
export function traitsOf(client: BareClient): string[] {
  const { _runtimeDataModel, _extensions } = internalsOf(client);
  const traits = Object.keys(_runtimeDataModel?.models ?? {}).map((name) => `the model ${name}`);
  let node = (_extensions as { head?: ExtensionNode } | undefined)?.head;
  for (let seen = 0; node?.extension && seen < kMostExtensions; node = node.previous, ++seen) {
    const { client: added, model, result, query } = node.extension;
    traits.push(
      ...names(added).map((name) => `prisma.${name}`),
      ...paths(model).map((path) => `prisma.${path}`),
      ...paths(result).map((path) => `the computed field ${path}`),
      ...paths(query).map((path) => `a query hook on ${path}`),
    );
  }
  return traits;
}

/** Those of `before` that `after` has not, or has not as many times. */
export function lostTraits(before: readonly string[], after: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const trait of after) left.set(trait, (left.get(trait) ?? 0) + 1);
  return before.filter((trait) => {
    const count = left.get(trait) ?? 0;
    left.set(trait, count - 1);
    return count <= 0;
  });
}

/** 'user.byEmail' of `{ user: { byEmail() {} } }`; '$queryRaw' where there is no second level. */
function paths(tree: unknown): string[] {
  return names(tree).flatMap((name) => {
    const below: unknown = Reflect.get(tree as object, name);
    return typeof below === 'object' ? names(below).map((inner) => `${name}.${inner}`) : [name];
  });
}

function names(object: unknown): string[] {
  return typeof object === 'object' && object !== null ? Object.keys(object) : [];
}
