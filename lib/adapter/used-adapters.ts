import { FactoryError } from '../errors';
import type { SqlDriverAdapterFactory } from './driver-adapter';

/** Closing a pool that an earlier client has in use would end that client's work. */
export function adapterReused(adapterName: string): FactoryError {
  return new FactoryError(
    `${adapterName}: this adapter, or its pool, is already used by an earlier client. Make a new one each time, inside ` +
      'the client factory: (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg({ connectionString })) }).',
  );
}

/** Which generation of one host's clients uses which adapter. Keeps none of them alive. */
export class UsedAdapters {
  private readonly generations = new WeakMap<object, number>();

  /** Throws a FactoryError if `factory`, or a pool that it was given, belongs to another generation. */
  claim(factory: SqlDriverAdapterFactory, generation: number): void {
    const used = [factory, ...givenPools(factory)];
    for (const object of used) {
      const owner = this.generations.get(object);
      if (owner !== undefined && owner !== generation) throw adapterReused(factory.adapterName);
    }
    for (const object of used) this.generations.set(object, generation);
  }
}

/** `new PrismaPg(pool)`: the pool outlives the adapter, and so the generation. */
function givenPools(factory: SqlDriverAdapterFactory): object[] {
  const { externalPool } = factory as { externalPool?: unknown };
  return typeof externalPool === 'object' && externalPool !== null ? [externalPool] : [];
}
