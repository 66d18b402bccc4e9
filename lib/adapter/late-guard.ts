/** The guard for a client that is made first, and handed to this package afterwards. */
import { FactoryError } from '../errors';
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from './driver-adapter';

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

  /** false: it is too late, or its client was handed over before. */
  guardWith(wrap: Wrap): boolean {
    if (this.connectedUnguarded || this.guarded !== undefined) return false;
    this.guarded = wrap(this.factory);
    return true;
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
  return new LateGuard(adapterFactory as unknown as SqlDriverAdapterFactory) as unknown as AdapterFactory;
}
