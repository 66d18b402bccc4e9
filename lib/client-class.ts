/** A class to extend, for frameworks whose services are classes: `class PrismaService extends ResilientClient(PrismaClient) {}`. */
import type { ResilientClient as Instance } from './forms';
import type { PrismaClientLike, ResilientConfig } from './options';
import { ResilientPrismaClient as Resilient } from './resilient-client';

/** What the options form constructs, and a class made by the function of this name. */
export type ResilientClient<Client extends PrismaClientLike> = Instance<Client>;

type Constructor = new (options: never) => PrismaClientLike;

/** Options of `Client`, and ours; `adapter` is a driver adapter, or a function that makes one for each client. */
type Options<Client extends Constructor> = Omit<NonNullable<ConstructorParameters<Client>[0]>, 'adapter'> & {
  readonly adapter?: unknown;
  readonly resilient?: ResilientConfig;
};

export type ResilientClientClass<Client extends Constructor> = new (
  options: Options<Client>,
) => Instance<InstanceType<Client>>;

/**
 * A class that is constructed with the options of `Client` and ours (`super({ adapter, resilient })`), and whose
 * instances answer like a client in the methods of the class that extends it, too: `this.user` is a model. Members of
 * that class go before those of the client. An instance is an instance of that class, and of `Client`.
 */
export function ResilientClient<Client extends Constructor>(client: Client): ResilientClientClass<Client> {
  class ResilientBase {
    constructor(options: object) {
      const made = new Resilient({ ...options, client }) as unknown as object;
      // Fields and methods of the class that extends this one; what it lacks, the client has.
      const own = Object.create(new.target.prototype as object) as object;
      return new Proxy(own, new Members(made, ResilientBase.prototype));
    }
  }
  Object.setPrototypeOf(ResilientBase.prototype, client.prototype as object);
  return ResilientBase as unknown as ResilientClientClass<Client>;
}

class Members implements ProxyHandler<object> {
  constructor(
    private readonly client: object,
    /** From here on the prototypes are the client's, whose methods must not be called past the client. */
    private readonly base: object,
  ) {}

  get(own: object, property: PropertyKey, self: unknown): unknown {
    return this.owns(own, property) ? Reflect.get(own, property, self) : Reflect.get(this.client, property);
  }

  has(own: object, property: PropertyKey): boolean {
    return this.owns(own, property) || Reflect.has(this.client, property);
  }

  private owns(own: object, property: PropertyKey): boolean {
    if (property === 'constructor') return true;
    for (let at: object | null = own; at !== null && at !== this.base; at = Reflect.getPrototypeOf(at)) {
      if (Object.prototype.hasOwnProperty.call(at, property)) return true;
    }
    return false;
  }
}
