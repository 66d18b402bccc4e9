import { FactoryError } from '../errors';
import type { SqlDriverAdapterFactory } from './driver-adapter';
import { AdapterRequest } from './adapter-request';
import type { MarkedGuard } from './verify/marked-guard';
import type { GuardedFactory } from './guarded-factory';
import type { AdapterSlot } from './adapter-slot';
import { AdapterLease } from './adapter-lease';
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
  readonly slot: AdapterSlot;
  readonly lease: AdapterLease;
}

export async function swapAll(
  factories: readonly GuardedFactory[],
  epoch: number,
  options: SwapOptions,
  retired: Set<AdapterLease>,
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
    const drained = Promise.all(replaced.map((lease) => retire(retired, lease, options.drainMs))).then(() => undefined);
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
  private readonly leases: AdapterLease[] = [];
  private givenUp = false;

  add(lease: AdapterLease): void {
    this.leases.push(lease);
    if (this.givenUp) void lease.retire(0).catch(() => undefined);
  }

  giveUp(): void {
    this.givenUp = true;
    for (const lease of this.leases) void lease.retire(0).catch(() => undefined);
  }
}

/** It is among the `retired` until its work has ended. */
export async function retire(retired: Set<AdapterLease>, lease: AdapterLease, drainMs?: number): Promise<void> {
  retired.add(lease);
  try {
    await lease.retire(drainMs);
  } finally {
    retired.delete(lease);
  }
}

/** Resolves with the switch itself, which cannot fail. */
async function prepare(
  guarded: GuardedFactory,
  epoch: number,
  options: SwapOptions,
  made: MadeTenures,
): Promise<() => AdapterLease[]> {
  const factory = (await options.makeFactory?.(guarded.factory)) ?? guarded.factory;
  if (factory.provider !== guarded.provider) {
    throw new FactoryError(`a ${guarded.provider} adapter cannot be replaced by one for ${factory.provider}`);
  }
  const replacements = await Promise.all(
    [...guarded.slots].map(async (slot) => {
      const lease = new AdapterLease(await factory.connect(), epoch, slot.guard.host.poolEvents);
      if (sameDriver(lease, slot.lease)) throw adapterReused(factory.adapterName);
      made.add(lease);
      await verify(slot.guard, lease);
      return { slot, lease };
    }),
  );
  return () => {
    guarded.replace(factory, epoch);
    return replacements.map(take);
  };
}

async function verify(guard: MarkedGuard, lease: AdapterLease): Promise<void> {
  if (guard.verifies) await learnAbout(guard, lease, new AdapterRequest('connect', '', false));
  else await lease.verify();
}

/** Answers with the adapter that is no longer in use. */
function take({ slot, lease }: Replacement): AdapterLease {
  if (slot.isDisposed) return lease;
  return slot.take(lease);
}

/** Disposing of either would end the other. */
function sameDriver(a: AdapterLease, b: AdapterLease): boolean {
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
