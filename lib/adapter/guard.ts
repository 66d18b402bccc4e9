/**
 * The guard beneath Prisma: wraps a driver adapter factory so that what was not sent is sent again, transactions in
 * doubt are decided, and the adapter can be replaced beneath a living client. Prisma sees an adapter that answers as
 * the one beneath it, errors included.
 */
import { ConfigError, FactoryError } from '../errors';
import type { CallAttempt } from '../contracts/call-context';
import { native } from '../native';
import type { SqlDriverAdapterFactory } from './driver-adapter';
import { Departures } from './departures';
import { AdapterRequest } from './adapter-request';
import { AdapterRequestList } from './adapter-request-list';
import type { GuardHost, GuardWork, TransactionOrigins } from './guard-host';
import { GuardPing } from './guard-ping';
import type { OpenTransaction } from './guard-state';
import type { MarkedGuard } from './verify/marked-guard';
import type { PoolUse } from './pool-connections';
import { GuardedFactory } from './guarded-factory';
import { endureLogins } from './mariadb-logins';
import { OpeningConnection } from './opening-connection';
import { StatementKinds } from './statement-kinds';
import { type SwapOptions, type Swapped, retire, swapAll } from './swap';
import type { AdapterLease } from './adapter-lease';
import { Marks } from './verify/marks';
import { checkKnowledge } from './verify/server-knowledge';

export class Guard {
  private readonly requests = new AdapterRequestList();
  private readonly transactions = new Set<OpenTransaction>();
  /** What tries of operations have left under way. */
  readonly departures = new Departures();
  private readonly verifies: boolean;
  private readonly factories: GuardedFactory[] = [];
  /** Adapters that were replaced and whose work has not ended yet. */
  private readonly retired = new Set<AdapterLease>();
  private epoch: number;
  /** undefined: no client serves above. */
  private origins: TransactionOrigins | undefined;
  private swapping: Promise<unknown> = Promise.resolve();

  constructor(private readonly host: GuardHost) {
    this.epoch = host.epoch;
    this.verifies = host.writes.onUnknownOutcome === 'verify';
  }

  /**
   * The factory to give to PrismaClient instead of `factory`. Throws a FactoryError if `factory` is no driver
   * adapter factory, and a ConfigError if writes cannot be verified on its database as the configuration asks for.
   */
  wrap<Factory extends SqlDriverAdapterFactory>(factory: Factory): Factory {
    if (typeof factory?.connect !== 'function' || typeof factory.provider !== 'string') {
      throw new FactoryError('guard: expected a driver adapter factory, such as new PrismaPg({ connectionString })');
    }
    if (this.verifies && factory.provider !== 'postgres') this.checkProvider(factory);
    if (factory.provider === 'mysql') endureLogins();
    const guarded = new GuardedFactory(this.stateFor(factory.provider), factory);
    this.factories.push(guarded);
    // By shape it is what it wraps, as far as Prisma uses it.
    return guarded as unknown as Factory;
  }

  private checkProvider({ adapterName, provider }: SqlDriverAdapterFactory): void {
    const known = provider === 'mysql' || provider === 'sqlite';
    if (known && this.host.writes.markerTable !== undefined) return;
    throw new ConfigError([
      known
        ? `writes.onUnknownOutcome: 'verify' needs writes.markerTable with ${adapterName}: ` +
          '`npx prisma-resilient marks` prints its migration'
        : `writes.onUnknownOutcome: 'verify' needs PostgreSQL, MySQL, MariaDB or SQLite, and ${adapterName} is for ` +
          `${provider}. Use 'throw', or 'retry' at your own risk`,
    ]);
  }

  private stateFor(provider: string): MarkedGuard {
    const { departures, requests, host, transactions, verifies } = this;
    const { markerTable } = host.writes;
    return {
      host,
      requests,
      transactions,
      departures,
      verifies,
      provider,
      kinds: new StatementKinds(host, provider),
      sendsInTurn: native.sendsInTurn(provider),
      beginsLate: (hasIsolationLevel) => host.beginsLate(provider, { hasIsolationLevel, ...this.originsNow() }),
      marks: verifies && markerTable !== undefined ? new Marks(host, markerTable, provider) : undefined,
    };
  }

  /** A second client, such as one for a replica, tells nothing of itself; nor does one that does not serve yet. */
  private originsNow(): TransactionOrigins {
    const { mayBeInteractive = true, mayHaveUserCode = true, showsErrors = false } = this.origins ?? {};
    const servesOneClient = this.factories.length === 1 && this.factories[0]!.slots.size === 1;
    return { mayBeInteractive: mayBeInteractive || !servesOneClient, mayHaveUserCode, showsErrors };
  }

  /**
   * Whether writes can be verified as the configuration asks for, where the server can be asked. Rejects with a
   * ConfigError if not.
   */
  async checkServer(): Promise<void> {
    if (!this.verifies) return;
    const slots = this.factories.flatMap((factory) => [...factory.slots]);
    await Promise.all(slots.map(({ guard, lease }) => checkKnowledge(guard, lease)));
  }

  /** Of all adapters that were wrapped; '': none was. */
  get provider(): string {
    return this.factories[0]?.provider ?? '';
  }

  /** The factories that were wrapped, as they are now, in the order in which they were. */
  adapterFactories(): SqlDriverAdapterFactory[] {
    return this.factories.map(({ factory }) => factory);
  }

  /**
   * Replaces the adapter beneath every living client of this guard: makes the new one, verifies it, switches. Resolves
   * when new work goes to the new one; what runs, transactions included, ends on the old one, and `drained` tells
   * when that is done. Rejects with what went wrong, and nothing has changed then. Swaps wait for each other.
   */
  swap(options: SwapOptions = {}): Promise<Swapped> {
    const swap = async (): Promise<Swapped> => {
      const swapped = await swapAll(this.factories, options.epoch ?? this.epoch + 1, options, this.retired);
      this.epoch = swapped.epoch;
      return swapped;
    };
    const running = this.swapping.then(swap, swap);
    this.swapping = running.catch(() => undefined);
    return running;
  }

  /** The client above serves from now on: work that begins beneath it is of this epoch. */
  serve(epoch: number, origins?: TransactionOrigins): void {
    this.epoch = epoch;
    this.origins = origins ?? this.origins;
    for (const factory of this.factories) factory.serve(epoch);
  }

  /**
   * The client above `next` has taken over from the one above this guard. What runs ends where it runs; what begins
   * here from now on, tries that are made again included, goes to the adapters of that one. Resolves when this guard's
   * own adapters have ended their work and are disposed of, `drainMs` as in `swap`; rejects with what that threw.
   */
  async follow(next: Guard, drainMs?: number): Promise<void> {
    const left = this.factories.flatMap((factory, index) => {
      const successor = next.factories[index];
      return successor ? factory.follow(successor) : [];
    });
    await Promise.all(left.map((lease) => retire(this.retired, lease, drainMs)));
  }

  /** Breaks every connection of the adapters that were replaced and still have work: it fails. */
  destroyRetired(): void {
    for (const lease of this.retired) lease.connections?.destroyAll();
  }

  /** Breaks every connection beneath the client above. */
  destroyConnections(): void {
    this.destroyRetired();
    for (const { slots } of this.factories) for (const slot of slots) slot.destroyConnections();
  }

  /** undefined: there is no adapter to ask through. */
  ping(): GuardPing | undefined {
    const [factory] = this.factories;
    return factory && new GuardPing(this.requests, factory);
  }

  /** The client above is dismissed: gives up what it never took. Rejects with what the adapter threw. */
  async vacate(): Promise<void> {
    await Promise.all(this.factories.map((factory) => factory.vacate()));
  }

  /** What is on its way in adapters now, and what they open for it. What is parked by the host is not in it. */
  inFlight(): readonly GuardWork[] {
    return [...this.requests, ...this.factories.flatMap((factory) => factory.opening())];
  }

  /** In the order in which they began. */
  openTransactions(): Iterable<OpenTransaction> {
    return this.transactions;
  }

  /** Of the pools that serve now; undefined where no adapter shows one. */
  poolUse(): PoolUse | undefined {
    let sum: PoolUse | undefined;
    for (const { slots } of this.factories) {
      for (const { lease } of slots) {
        const use = lease.connections?.use();
        if (!use) continue;
        const { open = 0, idle = 0, waiting = 0, max = 0 } = sum ?? {};
        sum = {
          open: open + use.open,
          idle: idle + use.idle,
          waiting: waiting + use.waiting,
          max: use.max === undefined ? sum?.max : max + use.max,
        };
      }
    }
    return sum;
  }

  /** A connection beneath the client above holds state of its session, which a swap would end. */
  get holdsSession(): boolean {
    return this.factories.some(({ slots }) => [...slots].some(({ lease }) => lease.connections?.holdsSession));
  }

  /** The server's processes behind the connections of the pools that serve now. */
  backends(): number[] {
    return this.factories.flatMap(({ slots }) =>
      [...slots].flatMap(({ lease }) => lease.connections?.backends() ?? []),
    );
  }

  /** The call has ended, because its time is up or its caller left: what it still runs ends, at the server too. */
  takeBack(caller: CallAttempt): void {
    for (const request of [...this.requests]) if (request.caller === caller) request.takeBack();
  }

  /**
   * Ends work that hangs: destroys its connection, so that it fails as on a broken one. false: it has none and cannot
   * be ended, or it is not in flight.
   */
  abandon(work: GuardWork): boolean {
    if (work instanceof OpeningConnection) return work.abandon();
    return work instanceof AdapterRequest && work.listed && work.abandon();
  }
}

export function createGuard(host: GuardHost): Guard {
  return new Guard(host);
}
