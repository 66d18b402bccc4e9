/** What the dashboard reads. */
import type { Observation } from '../observation';

/** Of `pg_stat_activity`: this database's client connections by what they do, and how many the server takes. */
export interface ServerActivity {
  /** Who has asked: the probe, on a connection of its own and at no cost to the pool, or the current client. */
  readonly via: 'probe' | 'client';
  /** As the server names the states; 'unknown' for those that it does not show to this role. */
  readonly connections: readonly { readonly state: string; readonly count: number }[];
  /** How many of them wait for a lock. */
  readonly waitingForLock: number;
  /** How many of them are this client's own. undefined: not known; nothing shows them, or a pooler is in between. */
  readonly own: number | undefined;
  readonly maxConnections: number;
}

/** The part of a ResilientPrismaClient that the dashboard uses. */
export interface DashboardSource {
  observe(): Observation;
  serverActivity(): Promise<ServerActivity | undefined>;
  /** Where it is there, a change of state is shown at once. */
  on?(event: 'state', listener: () => void): unknown;
  off?(event: 'state', listener: () => void): unknown;
}
