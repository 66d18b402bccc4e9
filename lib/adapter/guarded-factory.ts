import type { SqlDriverAdapter, SqlDriverAdapterFactory } from './driver-adapter';
import { Flight } from './flight';
import type { MarkedGuard } from './verify/marked-guard';
import { GuardedAdapter } from './guarded-adapter';
import type { Opening } from './opening';
import { persist } from './persistence';
import { Seat } from './seat';
import { Tenure } from './tenure';

/** What Prisma holds in place of the factory. Each connect takes a seat, which its dispose gives up. */
export class GuardedFactory implements SqlDriverAdapterFactory {
  readonly provider: string;
  readonly adapterName: string;
  /** Stays with the adapter as it is: migrations are nobody's traffic. */
  declare connectToShadowDb?: () => Promise<SqlDriverAdapter>;
  readonly seats = new Set<Seat>();
  private epoch: number;
  private vacant: Promise<Seat> | undefined;

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
    return new GuardedAdapter((await vacant?.catch(() => undefined)) ?? (await this.newSeat()));
  }

  /** One that serves; where Prisma has not connected yet, one that it will find. */
  async anySeat(): Promise<Seat> {
    const [seat] = this.seats;
    if (seat !== undefined) return seat;
    const vacant = (this.vacant ??= this.newSeat());
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

  private async newSeat(): Promise<Seat> {
    const flight = new Flight('connect', '', false);
    let tenure: Tenure;
    do {
      tenure = await persist(this.guard, flight, {
        take: () => this.open(flight),
        ended: () => undefined,
        isOver: () => false,
      });
      // Replaced while it connected.
    } while (tenure.epoch !== this.epoch && (await tenure.retire(), true));
    const seat = new Seat(this.guard, tenure, (disposed) => this.seats.delete(disposed));
    this.seats.add(seat);
    return seat;
  }

  /** The client that it was made for serves from now on, as this epoch. */
  serve(epoch: number): void {
    this.epoch = epoch;
    for (const { tenure } of this.seats) tenure.epoch = epoch;
  }

  opening(): Opening[] {
    return [...this.seats].flatMap((seat) => seat.opening());
  }

  /** Answers with the tenures that are nobody's any more. */
  follow(next: GuardedFactory): Tenure[] {
    const [successor] = next.seats;
    if (successor === undefined || next.provider !== this.provider) return [];
    return [...this.seats].map((seat) => seat.follow(successor));
  }

  /** From here on adapters come from `factory`. */
  replace(factory: SqlDriverAdapterFactory, epoch: number): void {
    this.factory = factory;
    this.epoch = epoch;
  }

  private async open(flight: Flight): Promise<Tenure> {
    const { epoch, factory } = this;
    flight.begins(epoch, 'acquire', false);
    return new Tenure(await flight.abandonable(factory.connect()), epoch, this.guard.host.poolEvents);
  }
}
