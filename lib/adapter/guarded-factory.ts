import type { SqlDriverAdapter, SqlDriverAdapterFactory } from './driver-adapter';
import { AdapterRequest } from './adapter-request';
import type { MarkedGuard } from './verify/marked-guard';
import { GuardedAdapter } from './guarded-adapter';
import type { OpeningConnection } from './opening-connection';
import { persist } from './persistence';
import { AdapterSlot } from './adapter-slot';
import { AdapterLease } from './adapter-lease';

/** What Prisma holds in place of the factory. Each connect takes a slot, which its dispose gives up. */
export class GuardedFactory implements SqlDriverAdapterFactory {
  readonly provider: string;
  readonly adapterName: string;
  /** Stays with the adapter as it is: migrations are nobody's traffic. */
  declare connectToShadowDb?: () => Promise<SqlDriverAdapter>;
  readonly slots = new Set<AdapterSlot>();
  private epoch: number;
  private vacant: Promise<AdapterSlot> | undefined;

  constructor(
    private readonly guard: MarkedGuard,
    public factory: SqlDriverAdapterFactory,
  ) {
    this.epoch = guard.host.epoch;
    ({ provider: this.provider, adapterName: this.adapterName } = factory);
    const { connectToShadowDb } = factory;
    if (connectToShadowDb) this.connectToShadowDb = () => connectToShadowDb.call(factory);
  }

  /** Prisma's. What was connected for a ping is taken over. */
  async connect(): Promise<SqlDriverAdapter> {
    const { vacant } = this;
    this.vacant = undefined;
    return new GuardedAdapter((await vacant?.catch(() => undefined)) ?? (await this.newSlot()));
  }

  /** One that serves; where Prisma has not connected yet, one that it will find. */
  async anySlot(): Promise<AdapterSlot> {
    const [slot] = this.slots;
    if (slot !== undefined) return slot;
    const vacant = (this.vacant ??= this.newSlot());
    // The next to ask begins anew.
    vacant.catch(() => {
      if (this.vacant === vacant) this.vacant = undefined;
    });
    return vacant;
  }

  /** Gives up what was connected and Prisma has not taken over. */
  async vacate(): Promise<void> {
    const { vacant } = this;
    this.vacant = undefined;
    await (await vacant?.catch(() => undefined))?.dispose();
  }

  private async newSlot(): Promise<AdapterSlot> {
    const request = new AdapterRequest('connect', '', false);
    let lease: AdapterLease;
    do {
      lease = await persist(this.guard, request, {
        take: () => this.open(request),
        ended: () => undefined,
        isOver: () => false,
      });
      // Replaced while it connected.
    } while (lease.epoch !== this.epoch && (await lease.retire(), true));
    const slot = new AdapterSlot(this.guard, lease, (disposed) => this.slots.delete(disposed));
    this.slots.add(slot);
    return slot;
  }

  /** The client that it was made for serves from now on, as this epoch. */
  serve(epoch: number): void {
    this.epoch = epoch;
    for (const { lease } of this.slots) lease.epoch = epoch;
  }

  opening(): OpeningConnection[] {
    return [...this.slots].flatMap((slot) => slot.opening());
  }

  /** Answers with the leases that are nobody's any more. */
  follow(next: GuardedFactory): AdapterLease[] {
    const [successor] = next.slots;
    if (successor === undefined || next.provider !== this.provider) return [];
    return [...this.slots].map((slot) => slot.follow(successor));
  }

  /** From here on adapters come from `factory`. */
  replace(factory: SqlDriverAdapterFactory, epoch: number): void {
    this.factory = factory;
    this.epoch = epoch;
  }

  private async open(request: AdapterRequest): Promise<AdapterLease> {
    const { epoch, factory } = this;
    request.begins(epoch, 'acquire', false);
    return new AdapterLease(await request.abandonable(factory.connect()), epoch, this.guard.host.poolEvents);
  }
}
