import {
  type AdapterInfo,
  type SqlDriverAdapter,
  type SqlQuery,
  type SqlResultSet,
  type Transaction,
} from './driver-adapter';
import { AdapterRequest } from './adapter-request';
import { GuardedTransaction } from './guarded-transaction';
import { beginLate } from './late-begin';
import type { AdapterSlot } from './adapter-slot';
import { learnAbout } from './verify/server-knowledge';
import { isToBeVerified, runVerified } from './verify/verified-write';

/** What Prisma holds in place of the adapter. Answers as the adapter beneath it does, whichever that is by now. */
export class GuardedAdapter implements SqlDriverAdapter {
  readonly provider: string;
  readonly adapterName: string;
  declare getConnectionInfo?: () => object;
  declare underlyingDriver?: () => unknown;

  constructor(private readonly slot: AdapterSlot) {
    const { adapter } = slot.lease;
    ({ provider: this.provider, adapterName: this.adapterName } = adapter satisfies AdapterInfo);
    if (adapter.getConnectionInfo) this.getConnectionInfo = () => slot.lease.adapter.getConnectionInfo?.() ?? {};
    if (adapter.underlyingDriver) this.underlyingDriver = () => slot.lease.adapter.underlyingDriver?.();
  }

  queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    const { slot } = this;
    const request = new AdapterRequest('query', query.sql, false, slot.guard.kinds.holdsSession(query));
    if (isToBeVerified(slot.guard, query)) return runVerified(slot, request, 'query', query) as Promise<SqlResultSet>;
    return slot.attempt(request, (lease) => lease.call(request, 'statement', (adapter) => adapter.queryRaw(query)));
  }

  executeRaw(query: SqlQuery): Promise<number> {
    const { slot } = this;
    const request = new AdapterRequest('execute', query.sql, false, slot.guard.kinds.holdsSession(query));
    if (isToBeVerified(slot.guard, query)) return runVerified(slot, request, 'execute', query) as Promise<number>;
    return slot.attempt(request, (lease) => lease.call(request, 'statement', (adapter) => adapter.executeRaw(query)));
  }

  executeScript(script: string): Promise<void> {
    const request = new AdapterRequest('script', script, false);
    return this.slot.attempt(request, (lease) =>
      lease.call(request, 'statement', (adapter) => adapter.executeScript(script)),
    );
  }

  startTransaction(isolationLevel?: string): Promise<Transaction> {
    const request = new AdapterRequest('begin', '', false);
    const { guard } = this.slot;
    const departure = guard.departures.begins(request.startedAt);
    const begun = this.slot.attempt(request, async (lease) => {
      // Before the connection is taken, since a pool may have but one.
      const knowledge = guard.verifies ? await learnAbout(guard, lease, request) : undefined;
      request.onAcquired = guard.beginsLate(isolationLevel !== undefined) ? beginLate : undefined;
      const inner = await lease.begin(request, isolationLevel);
      return new GuardedTransaction(this.slot, lease, inner, request.connection, knowledge, isolationLevel, departure);
    });
    begun.then(
      () => departure.begun(),
      () => departure.ended(),
    );
    return begun;
  }

  dispose(): Promise<void> {
    return this.slot.dispose();
  }
}
