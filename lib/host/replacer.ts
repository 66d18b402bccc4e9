/**
 * Carries out the life of generations: makes them, puts them in place, tells when they have drained, closes them. What is
 * made, when and why, and what becomes of it, is the core's to say (src/core/generation_life.h).
 */
import type { Guard } from '../adapter/guard';
import { type SwapOptions, swapPutOff } from '../adapter/swap';
import { extractErrorFacts } from '../client/error-facts';
import type { ClientLike } from '../contracts/operation';
import { FactoryError, ShutdownError, TimeoutError } from '../errors';
import type { SafeEmitter } from '../events';
import {
  type AbandonGeneration,
  type CloseGeneration,
  type CutGeneration,
  type DrainGeneration,
  MakeVerdict,
  type Replace,
  type ReplaceFailed,
  ReplacePart,
  ReplaceReason,
  type Replaced,
  type ServeGeneration,
  type StopMaking,
} from '../native';
import type { Core } from '../drive/core';
import type { FactoryCalls } from './factory-calls';
import type { FailureReporter } from './failure';
import type { ServingGeneration } from './generation';
import type { Generations } from './generations';
import { type Log, messageOf } from './log';
import { ping, untilAborted } from './ping';
import { Waiting } from './waiting';

interface ReplacerParts {
  readonly core: Core;
  readonly generations: Generations;
  readonly calls: FactoryCalls;
  readonly reporter: FailureReporter;
  readonly emitter: SafeEmitter;
  readonly log: Log;
}

/** What was made and waits for its place: a client, or adapters that have taken theirs already. */
type Made = { readonly client: ClientLike } | { readonly drained: Promise<void> };

/** What has lost its place: a client, or the adapters that were beneath one that stays. */
type Old = { readonly generation: ServingGeneration; closing: boolean } | { readonly drained: Promise<void> };

export class Replacer {
  private readonly manualResets = new Waiting();
  private initial: Promise<ClientLike> | undefined;
  private readonly making = new Map<number, { readonly stop: AbortController; readonly reason: ReplaceReason }>();
  private readonly delivered = new Set<number>();
  private readonly made = new Map<number, Made>();
  private readonly old = new Map<number, Old>();
  private ended: (() => void) | undefined;
  private putOffSaid = false;

  constructor(private readonly parts: ReplacerParts) {}

  /** The first client is still being made: the core asks for it as for any other. */
  expect(initial: Promise<ClientLike>): void {
    initial.catch(() => undefined);
    this.initial = initial;
  }

  /** Asks the core for a replacement. false: none can be made. */
  request(reason: ReplaceReason, drainMs?: number): boolean {
    return this.parts.core.input((supervisor, now) => supervisor.requestReplacement(now, reason, drainMs));
  }

  /** Rejects with what went wrong. `drainMs`: everything that still runs on the old client then is cut. */
  hardReset(drainMs?: number): Promise<void> {
    const done = this.manualResets.promise();
    if (!this.request(ReplaceReason.manual, drainMs)) {
      this.manualResets.settle(new FactoryError('hardReset() after shutdown().'));
    }
    return done;
  }

  /** Resolves when all generations have come to their end. */
  stop(drainMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.ended = resolve;
      this.parts.core.input((supervisor, now) => supervisor.stop(now, drainMs));
      this.manualResets.settle(new ShutdownError('shutdown() was called before the client was replaced.'));
    });
  }

  /** The client that serves, and those that still drain. */
  clients(): ServingGeneration[] {
    const { current } = this.parts.generations;
    const draining = [...this.old.values()].flatMap((old) => ('generation' in old ? old.generation : []));
    return current && !draining.includes(current) ? [current, ...draining] : draining;
  }

  // ---- effects ----------------------------------------------------------------------------------------------------

  /** Never rejects. */
  async make({ epoch, reason, part, sparesSessions }: Replace): Promise<void> {
    const { core, generations } = this.parts;
    const putOff = (): boolean => sparesSessions && generations.current?.guard?.holdsSession === true;
    const stop = new AbortController();
    this.making.set(epoch, { stop, reason });
    let verdict: MakeVerdict = MakeVerdict.made;
    if (reason === ReplaceReason.credentials) this.sayRefused();
    try {
      // A statement may come while it is made: asked again when it is to take over.
      if (putOff()) throw swapPutOff;
      const made =
        part === ReplacePart.client
          ? { client: await this.makeClient(epoch, reason, stop.signal) }
          : await this.makeBeneath(epoch, reason, part, { signal: stop.signal, putOff });
      if ('client' in made && putOff()) {
        void generations.disconnect(made.client);
        throw swapPutOff;
      }
      this.made.set(epoch, made);
    } catch (error) {
      if (error === swapPutOff) this.sayPutOff(reason);
      verdict =
        error === swapPutOff
          ? MakeVerdict.putOff
          : core.ask((supervisor) => supervisor.makeVerdict(extractErrorFacts(error)));
      if (!stop.signal.aborted && error !== swapPutOff) {
        generations.lastFactoryError = error;
        this.sayFailed(reason, error);
      }
    }
    this.making.delete(epoch);
    this.delivered.delete(epoch);
    core.input((supervisor, now) => supervisor.onMade(now, epoch, verdict, this.beneath(epoch)));
  }

  stopMaking({ epoch, afterMs }: StopMaking): void {
    const { generations } = this.parts;
    const error = this.delivered.has(epoch)
      ? new TimeoutError(`The new client has not answered a trivial query within ${afterMs} ms.`)
      : new FactoryError(`The factory has not delivered a client within ${afterMs} ms.`);
    generations.lastFactoryError = error;
    const making = this.making.get(epoch);
    if (making) this.sayFailed(making.reason, error);
    making?.stop.abort(error);
  }

  serve({ epoch }: ServeGeneration): void {
    const { generations } = this.parts;
    const made = this.made.get(epoch);
    this.made.delete(epoch);
    const previous = generations.current;
    if (made === undefined) return;
    if ('client' in made) {
      const generation = generations.adopt(made.client, epoch);
      if (previous === undefined) return;
      this.old.set(previous.epoch, { generation: previous, closing: false });
      if (previous.guard && generation.guard) this.watch(previous.guard.follow(generation.guard));
    } else if (previous !== undefined) {
      this.old.set(previous.epoch, made);
      previous.epoch = epoch;
    }
  }

  drain({ epoch }: DrainGeneration): void {
    const { core, generations } = this.parts;
    const drained = (): void => core.input((supervisor, now) => supervisor.onDrained(now, epoch));
    const { current } = generations;
    if (!this.old.has(epoch) && current?.epoch === epoch) this.old.set(epoch, { generation: current, closing: false });
    const old = this.old.get(epoch);
    if (old === undefined) return drained();
    if ('drained' in old) {
      this.watch(old.drained.finally(drained));
      return;
    }
    old.generation.onIdle = drained;
    if (old.generation.inFlight === 0) drained();
  }

  cut({ epoch }: CutGeneration): void {
    const old = this.old.get(epoch);
    if (old !== undefined && 'generation' in old) old.generation.guard?.destroyConnections();
    else this.parts.generations.current?.guard?.destroyRetired();
  }

  close({ epoch }: CloseGeneration): void {
    const { core, generations } = this.parts;
    const closed = (): void => {
      this.old.delete(epoch);
      core.input((supervisor, now) => supervisor.onClosed(now, epoch));
    };
    const old = this.old.get(epoch);
    const late = this.made.get(epoch);
    this.made.delete(epoch);
    if (old !== undefined && 'generation' in old) {
      old.closing = true;
      void generations.disconnect(old.generation.client).then(closed);
    } else if (late !== undefined && 'client' in late) {
      void generations.disconnect(late.client).then(closed);
    } else {
      closed();
    }
  }

  abandon({ epoch }: AbandonGeneration): void {
    const { generations, log } = this.parts;
    const old = this.old.get(epoch);
    this.old.delete(epoch);
    if (old === undefined || !('generation' in old)) return;
    old.generation.onIdle = undefined;
    if (!old.closing) return;
    log.warn('$disconnect() of a replaced client has not ended in time');
    generations.leave(old.generation.client);
  }

  end(): void {
    this.ended?.();
  }

  replaced({ epoch, reason, hard, tookMs }: Replaced): void {
    const { calls, emitter, generations, log } = this.parts;
    generations.lastFactoryError = undefined;
    if (reason !== ReplaceReason.initial) {
      const info = { reason: reason, generation: epoch, durationMs: tookMs };
      const name = hard ? 'hard-reset' : 'refresh';
      log.info(`${name} reason=${info.reason} generation=${epoch} ms=${Math.round(tookMs)}`);
      emitter.emit(name, info);
      if (reason === ReplaceReason.failover && calls.endpoint) emitter.emit('failover', calls.endpoint);
    }
    if (reason === ReplaceReason.manual || reason === ReplaceReason.initial) this.manualResets.settle();
  }

  replaceFailed({ reason }: ReplaceFailed): void {
    if (reason !== ReplaceReason.manual && reason !== ReplaceReason.initial) return;
    this.manualResets.settle(this.parts.generations.lastFactoryError);
  }

  // ---- making -----------------------------------------------------------------------------------------------------

  /** Made and verified. One that comes after `signal` is handed on as it is, for the core to say what becomes of it. */
  private async makeClient(epoch: number, reason: ReplaceReason, signal: AbortSignal): Promise<ClientLike> {
    const { core, generations } = this.parts;
    const { initial } = this;
    this.initial = undefined;
    if (initial) return initial;
    const client = await generations.make(reason, epoch);
    if (signal.aborted) return client;
    this.delivered.add(epoch);
    core.input((supervisor, now) => supervisor.onDelivered(now, epoch));
    const guard = generations.guardBeneath(client);
    try {
      // Or the first operation on it would connect it, in a span among the user's own.
      await untilAborted(Promise.resolve(client.$connect()), signal);
      await ping(client, guard, signal);
      await guard?.checkServer();
    } catch (error) {
      void generations.disconnect(client);
      throw error;
    }
    return client;
  }

  private async makeBeneath(
    epoch: number,
    reason: ReplaceReason,
    part: ReplacePart,
    options: Pick<SwapOptions, 'signal' | 'putOff'>,
  ): Promise<Made> {
    const guard = this.parts.generations.current?.guard;
    if (!guard) throw new FactoryError('There is no guard beneath the client.');
    const makeFactory = part === ReplacePart.adapters ? await this.newAdapters(guard, epoch, reason) : undefined;
    const { drained } = await guard.swap({ ...options, epoch, makeFactory });
    return { drained };
  }

  /** Of a client that the factory makes; the client itself is not needed. */
  private async newAdapters(guard: Guard, epoch: number, reason: ReplaceReason): Promise<SwapOptions['makeFactory']> {
    const { generations } = this.parts;
    const client = await generations.make(reason, epoch);
    const made = generations.guardBeneath(client)?.adapterFactories() ?? [];
    void generations.disconnect(client);
    const present = guard.adapterFactories();
    if (made.length !== present.length) {
      throw new FactoryError(
        `The factory used ctx.guard ${present.length} times before, and ${made.length} times now.`,
      );
    }
    return (current) => made[present.indexOf(current)]!;
  }

  /** The provider of the guarded adapters of what was made; '': there is no guard. */
  private beneath(epoch: number): string {
    const { generations } = this.parts;
    const made = this.made.get(epoch);
    if (made === undefined) return '';
    return 'client' in made ? generations.providerBeneath(made.client) : (generations.current?.guard?.provider ?? '');
  }

  private sayFailed(reason: ReplaceReason, error: unknown): void {
    this.parts.log.warn(`replacing the client (${reason}) failed: ${messageOf(error)}`);
  }

  private sayPutOff(reason: ReplaceReason): void {
    if (this.putOffSaid) return;
    this.putOffSaid = true;
    this.parts.log.info(
      `${reason} put off: a connection holds state of its session (an advisory lock, SET, LISTEN, PREPARE, a temporary ` +
        'table), which would end with it',
    );
  }

  private sayRefused(): void {
    const { log, reporter } = this.parts;
    log.warn(
      `credentials-refused: new connections are refused, and the factory is asked for others: ` +
        messageOf(reporter.lastRefusal ?? 'by the adapter that served so far'),
    );
  }

  private watch(disposed: Promise<void>): void {
    disposed.catch((error) => this.parts.log.warn(`disposing of an adapter: ${messageOf(error)}`));
  }
}
