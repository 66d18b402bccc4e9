import {
  type AdapterInfo,
  type SqlDriverAdapter,
  type SqlQuery,
  type SqlQueryable,
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
    return this.run('query', query, (queryable) => queryable.queryRaw(query));
  }

  executeRaw(query: SqlQuery): Promise<number> {
    return this.run('execute', query, (queryable) => queryable.executeRaw(query));
  }

  executeScript(script: string): Promise<void> {
    const flight = new Flight('script', script, false);
    return this.seat.attempt(flight, (tenure) =>
      tenure.call(flight, 'statement', (adapter) => adapter.executeScript(script)),
    );
  }

  startTransaction(isolationLevel?: string): Promise<Transaction> {
    const flight = new Flight('begin', '', false);
    return this.seat.attempt(flight, async (tenure) => {
      // Before the connection is taken, since a pool may have but one.
      const { guard } = this.seat;
      const knowledge = guard.verifies ? await learnAbout(guard, tenure, flight) : undefined;
      const inner = await tenure.begin(flight, isolationLevel);
      return new GuardedTransaction(this.seat, tenure, inner, flight.connection, knowledge, isolationLevel);
    });
  }

  dispose(): Promise<void> {
    return this.seat.dispose();
  }

  private run<T>(kind: 'query' | 'execute', query: SqlQuery, ask: (queryable: SqlQueryable) => Promise<T>): Promise<T> {
    const flight = new Flight(kind, query.sql, false);
    if (isToBeVerified(this.seat.guard, query)) return runVerified(this.seat, flight, ask);
    return this.seat.attempt(flight, (tenure) => tenure.call(flight, 'statement', ask));
  }
}
