import type { AdapterRequest } from './adapter-request';

/** Work that is on its way, in the order in which it began. Linked through the requests: nothing is allocated for it. */
export class AdapterRequestList implements Iterable<AdapterRequest> {
  private first: AdapterRequest | undefined = undefined;
  private last: AdapterRequest | undefined = undefined;

  /** REQUIRES: `request` is in no list. */
  add(request: AdapterRequest): void {
    const { last } = this;
    request.listed = true;
    request.previous = last;
    if (last === undefined) this.first = request;
    else last.next = request;
    this.last = request;
  }

  /** false: it was not there. */
  remove(request: AdapterRequest): boolean {
    if (!request.listed) return false;
    const { next, previous } = request;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    request.listed = false;
    request.goTo(undefined);
    request.previous = undefined;
    request.next = undefined;
    return true;
  }

  /** REQUIRES: nothing is added or removed meanwhile. */
  *[Symbol.iterator](): Iterator<AdapterRequest> {
    for (let request = this.first; request !== undefined; request = request.next) yield request;
  }
}
