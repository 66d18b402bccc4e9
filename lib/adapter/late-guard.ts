/** The guard for a client that is made first, and handed to this package afterwards. */
import { FactoryError } from '../errors';
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from './driver-adapter';
import { GuardedFactory } from './guarded-factory';

type Wrap = (factory: SqlDriverAdapterFactory) => SqlDriverAdapterFactory;

/** The adapter as it is, until its client is handed over; from then on it connects through that client's guard. */
export class LateGuard implements SqlDriverAdapterFactory {
  readonly provider: string;
  readonly adapterName: string;
  /** Stays with the adapter as it is: migrations are nobody's traffic. */
  declare connectToShadowDb?: () => Promise<SqlDriverAdapter>;
  private guarded: SqlDriverAdapterFactory | undefined;
  private connectedUnguarded = false;

  constructor(readonly factory: SqlDriverAdapterFactory) {
    if (typeof factory?.connect !== 'function' || typeof factory.provider !== 'string') {
      throw new FactoryError(
        'guardAdapter: expected a driver adapter factory, such as new PrismaPg({ connectionString })',
      );
    }
    ({ provider: this.provider, adapterName: this.adapterName } = factory);
    const { connectToShadowDb } = factory;
    if (connectToShadowDb) this.connectToShadowDb = () => connectToShadowDb.call(factory);
  }

  /** Prisma's: it connects when the first query is sent. */
  connect(): Promise<SqlDriverAdapter> {
    this.connectedUnguarded ||= this.guarded === undefined;
    return (this.guarded ?? this.factory).connect();
  }

  /** false: queries go to the adapter as it is. */
  get isGuarded(): boolean {
    return this.guarded !== undefined && !this.connectedUnguarded;
  }

  /** Answers why it cannot be any more; undefined: it is guarded from now on. */
  guardWith(wrap: Wrap): 'connected' | 'handed over' | undefined {
    if (this.connectedUnguarded) return 'connected';
    if (this.guarded !== undefined) return 'handed over';
    this.guarded = wrap(this.factory);
    return undefined;
  }
}

/**
 * Wraps a driver adapter's factory, as `ctx.guard` does, where there is no factory of clients: for a ready-made client, and
 * for `resilientExtension` (Prisma 6.16 and later). The client must be handed to this package before its first query.
 * Throws a FactoryError if it is no driver adapter's factory.
 *
 * ```ts
 * const client = new PrismaClient({ adapter: guardAdapter(new PrismaPg({ connectionString })) });
 * const resilient = new ResilientPrismaClient(client);
 * ```
 */
export function guardAdapter<AdapterFactory>(adapterFactory: AdapterFactory): AdapterFactory {
  // One guard is enough, whoever has put it there.
  if (adapterFactory instanceof LateGuard || adapterFactory instanceof GuardedFactory) return adapterFactory;
  return new LateGuard(adapterFactory as unknown as SqlDriverAdapterFactory) as unknown as AdapterFactory;
}
