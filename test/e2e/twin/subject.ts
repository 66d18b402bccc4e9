/** Whose behaviour is looked at: a bare client, or the same client through this package. */
import { ResilientPrismaClient, type FactoryContext } from '../../../lib';
import type { AnyClient } from './scenario';

export interface Subject {
  readonly client: AnyClient;
  /** Puts a new client beneath. Nothing on a bare one. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Makes one client; `context` where it is this package that wants one. */
export type Factory = (context?: FactoryContext) => AnyClient;

export type Cast = (factory: Factory) => Promise<Subject>;

export function bare(factory: Factory): Promise<Subject> {
  const client = factory();
  return Promise.resolve({ client, reset: () => Promise.resolve(), close: () => client.$disconnect() });
}

/** For tests that are not about recovery. */
export const kQuiet = {
  logging: { level: 'silent' },
  refresh: { enabled: false },
  healthCheck: { enabled: false },
  probe: { mode: 'off' },
} as const;

export async function wrapped(factory: Factory): Promise<Subject> {
  const resilient = new ResilientPrismaClient<AnyClient>(factory, kQuiet);
  await resilient.ready();
  return {
    client: resilient.getClient(),
    reset: () => resilient.hardReset(),
    close: () => resilient.shutdown(),
  };
}
