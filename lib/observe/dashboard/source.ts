/** What the dashboard reads. */
import type { Observation } from '../observation';

/** Of `pg_stat_activity`: this database's client connections by what they do, and how many the server takes. */
export interface ServerActivity {
  readonly connections: readonly { readonly state: string; readonly count: number }[];
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
