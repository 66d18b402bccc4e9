/** Calls the factory, checks what it delivers, and knows which client serves. */
import { followEngine } from '../client/dismissed-engine';
import { lostTraits, traitsOf } from '../client/likeness';
import type { ClientLike } from '../contracts/operation';
import { FactoryError, ShutdownError } from '../errors';
import type { Endpoint } from '../events';
import type { ReplaceReason } from '../native';
import type { Guard } from '../adapter/guard';
import { ServingGeneration } from './generation';
import type { BeneathPrisma } from './guard-host';
import { type Log, messageOf } from './log';

/** What a factory is told. */
export interface FactoryContext {
  /**
   * Wraps a driver adapter's factory, so that this package also works beneath Prisma (Prisma 6.16 and later). What it
   * returns goes to `new PrismaClient({ adapter })`.
   */
  guard<AdapterFactory>(adapterFactory: AdapterFactory): AdapterFactory;
  readonly reason: ReplaceReason;
  /**
   * 0 for the first client, then a greater one each time the factory is called. Where the client serves,
   * `getConnectionStats().generation` says the same.
   */
  readonly generation: number;
  /** The server to connect to, where a URL with several hosts was given and the probe knows the primary. */
  readonly endpoint?: Endpoint;
  readonly connectionString?: string;
}

export type ClientFactory<Client extends object> = (context: FactoryContext) => Client | Promise<Client>;

/** The guard beneath one client, and what it asks. */
export interface Beneath {
  readonly guard: Guard;
  readonly host: BeneathPrisma;
}

/** One call of the factory. */
export interface FactoryCall {
  readonly context: FactoryContext;
  /** Throws a FactoryError where the client that was made uses an adapter, or a pool, of an earlier one. */
  checkAdapter(client: ClientLike): void;
  /** Afterwards: the guard, where the factory used it. */
  beneath(): Beneath | undefined;
}

/** What is around the making of a client. */
interface GenerationsHost {
  readonly log: Log;
  /** The one client was handed in ready-made: it stays the application's own. */
  readonly instance: boolean;
  /** `writes.onUnknownOutcome` is 'verify'. */
  readonly verifiesWrites: boolean;
  call(reason: ReplaceReason, generation: number): FactoryCall;
}

/** Of what a new client lacks, so many are named. */
const kLostShown = 5;

export class Generations {
  current: ServingGeneration | undefined;
  lastFactoryError: unknown = undefined;
  /** All clients that were made, with what each had from the start: the application may add to it. */
  private readonly known = new WeakMap<object, readonly string[]>();
  private readonly beneath = new WeakMap<object, Beneath>();
  private waiting: { resolve: (generation: ServingGeneration) => void; reject: (error: unknown) => void }[] = [];
  private closed = false;
  private saidUnguarded = false;

  constructor(
    private readonly factory: ClientFactory<object>,
    private readonly host: GenerationsHost,
  ) {}

  /** The first client, once there is one. */
  first(): Promise<ServingGeneration> {
    if (this.current) return Promise.resolve(this.current);
    if (this.closed) return Promise.reject(new ShutdownError('shutdown() was called before there was a client.'));
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** Calls the factory. What it throws, and a client that is none, is thrown. `generation` is given once. */
  make(reason: ReplaceReason, generation: number): ClientLike | Promise<ClientLike> {
    const call = this.host.call(reason, generation);
    const made = this.factory(call.context);
    if (!isThenable(made)) return this.checked(made, call);
    return Promise.resolve(made).then((client) => this.checked(client, call));
  }

  /** The guard beneath a client that `make` has made, where the factory asked for it. */
  guardBeneath(client: ClientLike): Guard | undefined {
    return this.beneath.get(client)?.guard;
  }

  /** Of the guarded adapters beneath `client`; '': there is no guard. */
  providerBeneath(client: ClientLike): string {
    return this.guardBeneath(client)?.provider ?? '';
  }

  /** `client` serves from now on. */
  adopt(client: ClientLike, epoch: number): ServingGeneration {
    const beneath = this.beneath.get(client);
    if (!beneath && this.host.verifiesWrites) this.sayUnguarded();
    const generation = new ServingGeneration(client, epoch, beneath?.guard, beneath?.host);
    // Whoever has made it may use it past us.
    if (this.host.instance) generation.mayHaveUserCode = true;
    this.current = generation;
    const waiting = this.waiting;
    this.waiting = [];
    for (const waiter of waiting) waiter.resolve(generation);
    return generation;
  }

  /**
   * Disconnects a client with nothing in flight; what that throws is logged. From then on the client opens no connection
   * of its own.
   */
  async disconnect(client: ClientLike): Promise<void> {
    try {
      await Promise.all([client.$disconnect(), this.guardBeneath(client)?.vacate()]);
    } catch (error) {
      this.host.log.warn(`dismissing a client: ${messageOf(error)}`);
    }
    this.leave(client);
  }

  /** Whatever the application still asks of this client goes to the one that serves. */
  leave(client: ClientLike): void {
    if (!this.host.instance) followEngine(client, () => this.serving());
  }

  private serving(): ClientLike {
    if (this.closed) throw new ShutdownError('shutdown() was called: this client takes no more operations.');
    if (!this.current) throw new FactoryError('The factory has not delivered a client yet.');
    return this.current.client;
  }

  /** Nothing is made any more, and whoever waits for a client is refused. */
  close(): void {
    this.closed = true;
    const waiting = this.waiting;
    this.waiting = [];
    for (const waiter of waiting) waiter.reject(new ShutdownError('shutdown() was called before there was a client.'));
  }

  /** Throws a FactoryError unless `client` can serve. */
  checked(client: unknown, call: FactoryCall): ClientLike {
    if ((typeof client !== 'object' && typeof client !== 'function') || client === null) {
      throw new FactoryError(
        `The factory returned ${client === null ? 'null' : typeof client}; expected a PrismaClient. ` +
          'Does it lack a `return`, or an arrow function its parentheses?',
      );
    }
    for (const method of ['$connect', '$disconnect', '$transaction'] as const) {
      if (typeof (client as ClientLike)[method] !== 'function') {
        throw new FactoryError(
          `The factory returned an object without ${method}(); expected a PrismaClient, extended or not.`,
        );
      }
    }
    if (this.known.has(client)) {
      throw new FactoryError(
        'The factory returned a client that it had returned before. ' +
          'It must make a new PrismaClient, with a new adapter, each time it is called.',
      );
    }
    call.checkAdapter(client as ClientLike);
    this.known.set(client, traitsOf(client as ClientLike));
    this.checkLikeness(client as ClientLike);
    const beneath = call.beneath();
    if (beneath) this.beneath.set(client, beneath);
    return client as ClientLike;
  }

  private sayUnguarded(): void {
    if (this.saidUnguarded) return;
    this.saidUnguarded = true;
    this.host.log.warn(
      "writes.onUnknownOutcome: 'verify' needs the guard beneath Prisma 6.16 or newer: a factory that gives " +
        "ctx.guard(adapter) to its client, or guardAdapter(adapter) for a ready-made one. Writes are treated as with 'throw'.",
    );
  }

  private checkLikeness(client: ClientLike): void {
    const serving = this.current && this.known.get(this.current.client);
    const lost = serving ? lostTraits(serving, this.known.get(client) ?? []) : [];
    if (lost.length === 0) return;
    void this.disconnect(client);
    const more = lost.length > kLostShown ? ` and ${lost.length - kLostShown} more` : '';
    throw new FactoryError(
      `The factory returned a client without ${lost.slice(0, kLostShown).join(', ')}${more}, which the one before had. ` +
        'It must make the same kind of client, with the same extensions, each time it is called; the one before serves on.',
    );
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function' &&
    // A client may have a model called `then`; a promise has no $connect.
    typeof (value as { $connect?: unknown }).$connect !== 'function'
  );
}
