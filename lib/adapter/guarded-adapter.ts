import {
  type AdapterInfo,
  type SqlDriverAdapter,
  type SqlQuery,
  type SqlResultSet,
  type Transaction,
} from './driver-adapter';
import { Flight } from './flight';
import { GuardedTransaction } from './guarded-transaction';
import type { Seat } from './seat';
import { learnAbout } from './verify/server-knowledge';
import { isToBeVerified, runVerified } from './verify/verified-write';

/** What Prisma holds in place of the adapter. Answers as the adapter beneath it does, whichever that is by now. */
export class GuardedAdapter implements SqlDriverAdapter {
  readonly provider: string;
  readonly adapterName: string;
  declare getConnectionInfo?: () => object;
  declare underlyingDriver?: () => unknown;

  constructor(private readonly seat: Seat) {
    const { adapter } = seat.tenure;
    ({ provider: this.provider, adapterName: this.adapterName } = adapter satisfies AdapterInfo);
    if (adapter.getConnectionInfo) this.getConnectionInfo = () => seat.tenure.adapter.getConnectionInfo?.() ?? {};
    if (adapter.underlyingDriver) this.underlyingDriver = () => seat.tenure.adapter.underlyingDriver?.();
  }

  queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    const { seat } = this;
    const flight = new Flight('query', query.sql, false, seat.guard.kinds.holdsSession(query));
    if (isToBeVerified(seat.guard, query)) return runVerified(seat, flight, 'query', query) as Promise<SqlResultSet>;
    return seat.attempt(flight, (tenure) => tenure.call(flight, 'statement', (adapter) => adapter.queryRaw(query)));
  }

  executeRaw(query: SqlQuery): Promise<number> {
    const { seat } = this;
    const flight = new Flight('execute', query.sql, false, seat.guard.kinds.holdsSession(query));
    if (isToBeVerified(seat.guard, query)) return runVerified(seat, flight, 'execute', query) as Promise<number>;
    return seat.attempt(flight, (tenure) => tenure.call(flight, 'statement', (adapter) => adapter.executeRaw(query)));
  }

  executeScript(script: string): Promise<void> {
    const flight = new Flight('script', script, false);
    return this.seat.attempt(flight, (tenure) =>
      tenure.call(flight, 'statement', (adapter) => adapter.executeScript(script)),
    );
  }

  startTransaction(isolationLevel?: string): Promise<Transaction> {
    const flight = new Flight('begin', '', false);
    const { guard } = this.seat;
    const departure = guard.departures.begins(flight.startedAt);
    const begun = this.seat.attempt(flight, async (tenure) => {
      // Before the connection is taken, since a pool may have but one.
      const knowledge = guard.verifies ? await learnAbout(guard, tenure, flight) : undefined;
      const inner = await tenure.begin(flight, isolationLevel);
      return new GuardedTransaction(this.seat, tenure, inner, flight.connection, knowledge, isolationLevel, departure);
    });
    begun.then(
      () => departure.begun(),
      () => departure.ended(),
    );
    return begun;
  }

  dispose(): Promise<void> {
    return this.seat.dispose();
  }
}
