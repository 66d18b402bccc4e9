/** A class to extend, for frameworks whose services are classes: `class PrismaService extends ResilientClient(PrismaClient) {}`. */
import { Check } from './argument-check';
import type { ResilientClient as Instance } from './forms';
import type { PrismaClientLike, ResilientConfig } from './options';
import { ResilientPrismaClient as Resilient } from './resilient-client';

/** What the options form constructs. */
export type ResilientClient<Client extends PrismaClientLike> = Instance<Client>;

/** Options of a client, and ours; `adapter` is a driver adapter, or a function that makes one for each client. */
export type ResilientClassOptions<Options> = Omit<NonNullable<Options>, 'adapter'> & {
  readonly adapter?: unknown;
  readonly resilient?: ResilientConfig;
};

/** What a class that extends `ResilientClient(PrismaClient)` is: the client, and this package's names. */
export type ResilientClassInstance<Client extends PrismaClientLike> = Instance<Client> &
  (Client extends { $on: unknown } ? LogEvents<Client> : unknown);

/** A class does not tell its type which logs it asks for, so that all of them can be listened to. */
interface LogEvents<Client> {
  $on(event: 'query', listener: (event: QueryEvent) => void): Client;
  $on(event: 'info' | 'warn' | 'error', listener: (event: LogEvent) => void): Client;
}
/** As Prisma declares them. */
interface LogEvent {
  timestamp: Date;
  message: string;
  target: string;
}
interface QueryEvent {
  timestamp: Date;
  query: string;
  params: string;
  duration: number;
  target: string;
}

/**
 * One construct signature of two plain type parameters: so TypeScript hands on the type parameters of a generic class,
 * with their defaults. `InstanceType` would put their constraints in, with which `$extends` answers `unknown`.
 */
export type ResilientClientClass<Options, Client extends PrismaClientLike> = new (
  options: ResilientClassOptions<Options>,
) => ResilientClassInstance<Client>;

/**
 * A class that is constructed with the options of `Client` and ours (`super({ adapter, resilient })`), and whose
 * instances answer like a client in the methods of the class that extends it, too: `this.user` is a model. Members of
 * that class go before those of the client, which are at `super` then. An instance is an instance of that class, and of
 * `Client`. Throws a ConfigError where `client` is no class.
 */
export function ResilientClient<Options, Client extends PrismaClientLike>(
  client: new (options: Options) => Client,
): ResilientClientClass<Options, Client> {
  new Check('ResilientClient').that(isClass(client), 'client', 'the class PrismaClient', client).done();
  class ResilientBase {
    constructor(options: object) {
      const made = new Resilient({ ...options, client }) as unknown as object;
      // Fields and methods of the class that extends this one; what it lacks, the client has.
      const own = Object.create(new.target.prototype as object) as object;
      const self = new Proxy(own, new Members(made, ResilientBase.prototype));
      clients.set(self, made);
      return self;
    }
  }
  Object.setPrototypeOf(ResilientBase, client);
  Object.setPrototypeOf(ResilientBase.prototype, superOf(client.prototype as object));
  return ResilientBase as unknown as ResilientClientClass<Options, Client>;
}

function isClass(client: unknown): boolean {
  return typeof client === 'function' && typeof (client as { prototype?: unknown }).prototype === 'object';
}

/** The resilient client of each instance. */
const clients = new WeakMap<object, object>();

function clientOf(instance: unknown): object | undefined {
  if (typeof instance !== 'object') return undefined;
  for (let at = instance; at !== null; at = Reflect.getPrototypeOf(at)) {
    const client = clients.get(at);
    if (client !== undefined) return client;
  }
  return undefined;
}

/**
 * What `super` leads to. Prisma's own prototype would run on the instance, past the resilience; this asks the instance's
 * client instead. Where no instance asks, it is `prototype`, whose methods find the client when they are called.
 */
function superOf(prototype: object): object {
  const methods = new Map<unknown, unknown>();
  return new Proxy(Object.create(prototype) as object, {
    get(target, property, self: unknown) {
      const client = clientOf(self);
      if (client !== undefined) return Reflect.get(client, property);
      const own: unknown = Reflect.get(target, property, self);
      if (typeof own !== 'function' || property === 'constructor') return own;
      if (!methods.has(own)) methods.set(own, calledOnClient(own as Method, property));
      return methods.get(own);
    },
    // The step between is for writes, which must not reach `prototype`; nobody else sees it.
    getPrototypeOf: () => prototype,
  });
}

type Method = (...args: unknown[]) => unknown;

/** `Service.prototype.$queryRaw.call(service)`, as decorators and spies of test runners call it, asks the client of `service`. */
function calledOnClient(method: Method, property: PropertyKey): Method {
  return new Proxy(method, {
    apply(_, self: unknown, args: unknown[]) {
      const client = clientOf(self);
      const answer: unknown = client && Reflect.get(client, property);
      return typeof answer === 'function' ? Reflect.apply(answer, client, args) : Reflect.apply(method, self, args);
    },
  });
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
