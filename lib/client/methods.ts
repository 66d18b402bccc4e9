/** The methods of a client or of a delegate as users get them: each is made once, and serves every generation. */
import { type AnyFunction, addedMethod, ownMethod } from './@prisma-frames';
import { AddedMethod, Method, type MethodOwner } from './method';
import { disguise } from './mirror';

export class Methods {
  private readonly own = new Map<string, AnyFunction>();
  private readonly added = new Map<string, AnyFunction>();

  constructor(private readonly owner: MethodOwner) {}

  /** Prisma's own. `value`: what the client has there; undefined as long as there is none. */
  ofPrisma(name: string, value: unknown, make = () => ownMethod(new Method(this.owner, name))): AnyFunction {
    return kept(this.own, name, value, make);
  }

  /** One that an extension has added, or put in the place of one of Prisma's. */
  ofExtension(name: string, value: unknown): AnyFunction {
    return kept(this.added, name, value, () => addedMethod(new AddedMethod(this.owner, name)));
  }
}

function kept(methods: Map<string, AnyFunction>, name: string, value: unknown, make: () => AnyFunction): AnyFunction {
  let method = methods.get(name);
  if (method === undefined) {
    method = disguise(make(), value);
    methods.set(name, method);
  }
  return method;
}
