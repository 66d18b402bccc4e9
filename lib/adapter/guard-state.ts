import type { FlightList } from './flight-list';
import type { GuardHost } from './guard-host';
import type { StatementKinds } from './statement-kinds';

/** What all that is beneath one client by one adapter shares. */
export interface GuardState {
  readonly host: GuardHost;
  /** Work that is on its way in an adapter now; what waits for the host is not. */
  readonly flights: FlightList;
  /** Writes are verified. */
  readonly verifies: boolean;
  /** As adapters name it: 'postgres', 'mysql', 'sqlite'. */
  readonly provider: string;
  readonly kinds: StatementKinds;
}
