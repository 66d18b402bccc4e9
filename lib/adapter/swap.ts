import { FactoryError } from '../errors';
import type { SqlDriverAdapterFactory } from './driver-adapter';
import { Flight } from './flight';
import type { MarkedGuard } from './verify/marked-guard';
import type { GuardedFactory } from './guarded-factory';
import type { Seat } from './seat';
import { Tenure } from './tenure';
import { adapterReused } from './used-adapters';
import { learnAbout } from './verify/server-knowledge';

export interface SwapOptions {
  /**
   * Makes the factory that takes over, given the one in place (of a failover, say, with another host). Default: the one
   * in place connects again, which gives a new pool.
   */
  readonly makeFactory?: (
    current: SqlDriverAdapterFactory,
  ) => SqlDriverAdapterFactory | Promise<SqlDriverAdapterFactory>;
  /** Stamped on work that runs on the new adapter. Default: one more than before. */
  readonly epoch?: number;
  /**
   * After this many ms the connections on which the old adapter's work still runs are destroyed. Default: no deadline.
   */
  readonly drainMs?: number;
  /** Asked right before the switch: true puts it off. The swap rejects with `swapPutOff`, and nothing has changed. */
  readonly putOff?: () => boolean;
  /** Aborted before the switch: the swap rejects with the signal's reason, and nothing has changed. */
  readonly signal?: AbortSignal;
}

export const swapPutOff = new FactoryError('The swap was put off: a connection holds state of its session.');

export interface Swapped {
  readonly epoch: number;
  /** Resolves when the old adapter's work has ended and it is disposed of; rejects with what its dispose threw. */
  readonly drained: Promise<void>;
}

interface Replacement {
  readonly seat: Seat;
  readonly tenure: Tenure;
}

export async function swapAll(
  factories: readonly GuardedFactory[],
  epoch: number,
  options: SwapOptions,
  retired: Set<Tenure>,
): Promise<Swapped> {
  const made = new MadeTenures();
  try {
    const takeOvers = await abortable(
      options.signal,
      Promise.all(factories.map((guarded) => prepare(guarded, epoch, options, made))),
    );
    options.signal?.throwIfAborted?.();
    if (options.putOff?.()) throw swapPutOff;
    const replaced = takeOvers.map((takeOver) => takeOver()).flat();
    const drained = Promise.all(replaced.map((tenure) => retire(retired, tenure, options.drainMs))).then(
      () => undefined,
    );
    // Whoever does not look at it does not end the process by it.
    drained.catch(() => undefined);
    return { epoch, drained };
  } catch (error) {
    made.giveUp();
    throw error;
  }
}

/** The adapters of one swap. Once it is given up, those that connect later are disposed of when they arrive. */
class MadeTenures {
  private readonly tenures: Tenure[] = [];
  private givenUp = false;

  add(tenure: Tenure): void {
    this.tenures.push(tenure);
    if (this.givenUp) void tenure.retire(0).catch(() => undefined);
  }

  giveUp(): void {
    this.givenUp = true;
    for (const tenure of this.tenures) void tenure.retire(0).catch(() => undefined);
  }
}

/** It is among the `retired` until its work has ended. */
export async function retire(retired: Set<Tenure>, tenure: Tenure, drainMs?: number): Promise<void> {
  retired.add(tenure);
  try {
    await tenure.retire(drainMs);
  } finally {
    retired.delete(tenure);
  }
}

/** Resolves with the switch itself, which cannot fail. */
async function prepare(
  guarded: GuardedFactory,
  epoch: number,
  options: SwapOptions,
  made: MadeTenures,
): Promise<() => Tenure[]> {
  const factory = (await options.makeFactory?.(guarded.factory)) ?? guarded.factory;
  if (factory.provider !== guarded.provider) {
    throw new FactoryError(`a ${guarded.provider} adapter cannot be replaced by one for ${factory.provider}`);
  }
  const replacements = await Promise.all(
    [...guarded.seats].map(async (seat) => {
      const tenure = new Tenure(await factory.connect(), epoch, seat.guard.host.poolEvents);
      if (sameDriver(tenure, seat.tenure)) throw adapterReused(factory.adapterName);
      made.add(tenure);
      await verify(seat.guard, tenure);
      return { seat, tenure };
    }),
  );
  return () => {
    guarded.replace(factory, epoch);
    return replacements.map(take);
  };
}

async function verify(guard: MarkedGuard, tenure: Tenure): Promise<void> {
  if (guard.verifies) await learnAbout(guard, tenure, new Flight('connect', '', false));
  else await tenure.verify();
}

/** Answers with the adapter that is no longer in use. */
function take({ seat, tenure }: Replacement): Tenure {
  if (seat.isDisposed) return tenure;
  return seat.take(tenure);
}

/** Disposing of either would end the other. */
function sameDriver(a: Tenure, b: Tenure): boolean {
  if (a.adapter === b.adapter) return true;
  const driver = a.adapter.underlyingDriver?.();
  return driver !== undefined && driver === b.adapter.underlyingDriver?.();
}

async function abortable<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
