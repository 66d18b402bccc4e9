import type { Flight } from './flight';

/** Work that is on its way, in the order in which it began. Linked through the flights: nothing is allocated for it. */
export class FlightList implements Iterable<Flight> {
  private first: Flight | undefined = undefined;
  private last: Flight | undefined = undefined;

  /** REQUIRES: `flight` is in no list. */
  add(flight: Flight): void {
    const { last } = this;
    flight.listed = true;
    flight.previous = last;
    if (last === undefined) this.first = flight;
    else last.next = flight;
    this.last = flight;
  }

  /** false: it was not there. */
  remove(flight: Flight): boolean {
    if (!flight.listed) return false;
    const { next, previous } = flight;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    flight.listed = false;
    flight.goTo(undefined);
    flight.previous = undefined;
    flight.next = undefined;
    return true;
  }

  /** REQUIRES: nothing is added or removed meanwhile. */
  *[Symbol.iterator](): Iterator<Flight> {
    for (let flight = this.first; flight !== undefined; flight = flight.next) yield flight;
  }
}
