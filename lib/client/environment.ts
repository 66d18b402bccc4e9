/** What all proxies of one resilient client share. */
import type { Listeners } from './listeners';
import type { OperationKinds } from './operation-info';
import type { OperationRunner } from '../contracts/operation';

export interface Environment {
  readonly runner: OperationRunner;
  readonly kinds: OperationKinds;
  readonly listeners: Listeners;
  /** Where each generation keeps what it has for a recipe that lasts as long as these proxies. */
  nextSlot(): number;
}
