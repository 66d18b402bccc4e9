import type { FlightList } from './flight-list';
import type { GuardHost } from './guard-host';
import type { StatementKinds } from './statement-kinds';
import type { Markers } from './verify/marker';

/** What every part of one guard shares. */
export interface GuardState {
  readonly host: GuardHost;
  /** Work that is on its way in an adapter now; what waits for the host is not. */
  readonly flights: FlightList;
  /** Writes are verified. */
  readonly verifies: boolean;
  readonly kinds: StatementKinds;
  readonly markers: Markers | undefined;
}
