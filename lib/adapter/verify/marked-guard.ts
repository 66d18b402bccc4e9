import type { GuardState } from '../guard-state';
import type { Marks } from './marks';

/** The guard's state with its marker table. */
export interface MarkedGuard extends GuardState {
  /** Where `writes.markerTable` is set. */
  readonly marks: Marks | undefined;
}
