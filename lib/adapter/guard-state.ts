import type { Departures } from './departures';
import type { AdapterRequestList } from './adapter-request-list';
import type { GuardHost } from './guard-host';
import type { StatementKinds } from './statement-kinds';

/** Times as of performance.now(). */
export interface OpenTransaction {
  readonly begunAt: number;
  /** Since when nothing is under way on its connection; Infinity while something is. */
  readonly idleSince: number;
}

/** What all that is beneath one client by one adapter shares. */
export interface GuardState {
  readonly host: GuardHost;
  /** Work that is on its way in an adapter now; what waits for the host is not. */
  readonly requests: AdapterRequestList;
  /** Transactions that have begun and whose connections were not handed back. */
  readonly transactions: Set<OpenTransaction>;
  readonly departures: Departures;
  /** Writes are verified. */
  readonly verifies: boolean;
  /** As adapters name it: 'postgres', 'mysql', 'sqlite'. */
  readonly provider: string;
  readonly kinds: StatementKinds;
  /** The statements of a transaction go out one after the other (`sendsInTurn` of the core). */
  readonly sendsInTurn: boolean;
  /** BEGIN of the transaction that begins now may go out with its first statement (`begins_late` of the core). */
  beginsLate(hasIsolationLevel: boolean): boolean;
}
