/**
 * Carries out replacements: of what is beneath a guarded client, or of the client itself. When and why is the core's to
 * say.
 */
import type { Guard } from '../adapter/guard';
import type { SwapOptions } from '../adapter/swap';
import type { ClientLike } from '../client/runner';
import { FactoryError } from '../errors';
import type { SafeEmitter } from '../events';
import { native, type NativeEffect } from '../native';
import type { Core } from './core';
import type { FactoryCalls } from './factory-calls';
import type { ServingGeneration } from './generation';
import type { Generations } from './generations';
import { type Log, messageOf } from './log';
import type { Looker } from './looker';
import { Waiting } from './waiting';

const { ReplaceReason, replaceReasonNames } = native.enums;

/** Reasons for which, with the guard, only what is beneath the client is replaced. */
const kBeneath: ReadonlySet<number> = new Set([ReplaceReason.refresh, ReplaceReason.age, ReplaceReason.failover]);
const kRefreshing: ReadonlySet<number> = new Set([ReplaceReason.refresh, ReplaceReason.age, ReplaceReason.memory]);

/** How long a client that is given up may finish its work. */
const kDrainMs = 5000;

export interface ReplacerParts {
  readonly core: Core;
  readonly generations: Generations;
  readonly looker: Looker;
  readonly calls: FactoryCalls;
  readonly emitter: SafeEmitter;
  readonly log: Log;
}

export class Replacer {
  private readonly manualResets = new Waiting();
  private initial: Promise<ClientLike> | undefined;

  constructor(private readonly parts: ReplacerParts) {}

  /** The first client is still being made: it takes its place as any other does. */
  begin(initial: Promise<ClientLike>): void {
    this.initial = initial;
    this.request(ReplaceReason.initial);
  }

  /** Asks the core for a replacement. false: none can be made. */
  request(reason: number): boolean {
    return this.parts.core.input((supervisor, now) => supervisor.requestReplacement(now, reason));
  }

  /** Rejects with what went wrong. */
  hardReset(): Promise<void> {
    const done = this.manualResets.promise();
    if (!this.request(ReplaceReason.manual)) {
      this.manualResets.settle(new FactoryError('hardReset() after shutdown().'));
    }
    return done;
  }

  /** Never rejects. */
  async replace(effect: NativeEffect): Promise<void> {
    const { core, generations, log } = this.parts;
    const { reason, forced } = effect;
    const began = performance.now();
    const { current } = generations;
    try {
      if (current?.guard && kBeneath.has(reason)) await this.replaceBeneath(current, current.guard, effect);
      else await this.replaceClient(reason, forced);
    } catch (error) {
      generations.lastFactoryError = error;
      log.warn(`replacing the client (${replaceReasonNames[reason]}) failed: ${messageOf(error)}`);
      core.input((supervisor, now) => supervisor.onReplaced(now, false));
      this.manualResets.settle(error);
      return;
    }
    this.announce(reason, performance.now() - began);
    this.manualResets.settle();
  }

  private async replaceBeneath(generation: ServingGeneration, guard: Guard, effect: NativeEffect): Promise<void> {
    const { core } = this.parts;
    const { reason, forced, timeout } = effect;
    const epoch = core.epoch + 1;
    const swapped = await guard.swap({
      epoch,
      drainMs: forced ? kDrainMs : undefined,
      makeFactory: reason === ReplaceReason.failover ? await this.adaptersElsewhere(guard) : undefined,
      signal: AbortSignal.timeout(timeout),
    });
    generation.epoch = epoch;
    core.input((supervisor, now) => supervisor.onReplaced(now, true));
    this.watchDisposal(swapped.drained);
  }

  /** Of a client that the factory makes for the new endpoint; the client itself is not needed. */
  private async adaptersElsewhere(guard: Guard): Promise<SwapOptions['makeFactory']> {
    const { generations } = this.parts;
    const client = await generations.make('failover');
    const made = generations.guardBeneath(client)?.adapterFactories() ?? [];
    void generations.dismissClient(client);
    const present = guard.adapterFactories();
    if (made.length !== present.length) {
      throw new FactoryError(
        `The factory used ctx.guard ${present.length} times before, and ${made.length} times now.`,
      );
    }
    return (current) => made[present.indexOf(current)];
  }

  private async replaceClient(reason: number, forced: boolean): Promise<void> {
    const { core, generations, looker } = this.parts;
    const initial = this.initial;
    this.initial = undefined;
    const spare = await looker.take();
    const client = initial ? await initial : (spare ?? (await generations.makeVerified(replaceReasonNames[reason])));
    if (generations.isClosed) {
      void generations.dismissClient(client);
      return;
    }
    const previous = generations.adopt(client, core.epoch + 1);
    const next = generations.current?.guard;
    if (previous?.guard && next) this.watchDisposal(previous.guard.follow(next, forced ? kDrainMs : undefined));
    core.input((supervisor, now) => supervisor.onReplaced(now, true));
    if (previous) void generations.dismiss(previous, forced ? kDrainMs : 0);
  }

  private watchDisposal(disposed: Promise<void>): void {
    disposed.catch((error) => this.parts.log.warn(`disposing of an adapter: ${messageOf(error)}`));
  }

  private announce(reason: number, durationMs: number): void {
    if (reason === ReplaceReason.initial) return;
    const { calls, core, emitter, log } = this.parts;
    const info = { reason: replaceReasonNames[reason], generation: core.epoch, durationMs };
    const name = kRefreshing.has(reason) ? 'refresh' : 'hard-reset';
    log.info(`${name} reason=${info.reason} generation=${info.generation} ms=${Math.round(durationMs)}`);
    emitter.emit(name, info);
    if (reason === ReplaceReason.failover && calls.endpoint) emitter.emit('failover', calls.endpoint);
  }
}
