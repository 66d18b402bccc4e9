/**
 * The host of one core: carries out its effects. What to do is the core's to say; how it is done stands here and in the
 * modules this one puts together.
 */
import { type Guard, createGuard } from '../adapter/guard';
import type { SqlDriverAdapterFactory } from '../adapter/driver-adapter';
import type { SwapOptions } from '../adapter/swap';
import { extractErrorFacts } from '../client/error-facts';
import type { ClientLike } from '../client/runner';
import { DatabaseUnavailableError, FactoryError, ShutdownError, TimeoutError } from '../errors';
import type { Endpoint, SafeEmitter } from '../events';
import { type NativeActivity, type ProbeResult, roleName } from '../native-probe';
import { native, type NativeEffect, type NativeStats, type ReplaceReasonName } from '../native';
import type { EffectiveConfig, ResilientConfig } from '../options';
import { Core } from './core';
import { FailureReporter } from './failure';
import type { ServingGeneration } from './generation';
import { type Beneath, type ClientFactory, type FactoryContext, Generations } from './generations';
import { BeneathPrisma } from './guard-host';
import { Log, messageOf } from './log';
import { Looker } from './looker';
import { OutageLog } from './outage-log';
import { ping } from './ping';
import { type DatabaseProbe, openProbe } from './probe';
import { type KnownDatabase, severalHosts } from './probe-target';
import { Rescue } from './rescue';
import { Runner } from './runner';
import { hostOf, hostsOf, withHost } from './several-hosts';
import { withTimeout } from './timeout';

const { ConnectionState, EffectType, ReplaceReason, VerifyVerdict, connectionStateNames, replaceReasonNames } =
  native.enums;

/** Reasons for which, with the guard, only what is beneath the client is replaced. */
const kBeneath: ReadonlySet<number> = new Set([ReplaceReason.refresh, ReplaceReason.age, ReplaceReason.failover]);
const kRefreshing: ReadonlySet<number> = new Set([ReplaceReason.refresh, ReplaceReason.age, ReplaceReason.memory]);

/** How long a client that is given up may finish its work. */
const kDrainMs = 5000;

export interface HostOptions {
  readonly factory: ClientFactory<object>;
  /** A client was handed in ready-made: it cannot be made again. */
  readonly instance: boolean;
  readonly config: ResilientConfig;
  readonly effective: EffectiveConfig;
  readonly emitter: SafeEmitter;
  readonly log: Log;
  /** The health check is due. */
  readonly onHealthCheckDue: () => void;
}

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

export class Host {
  readonly core: Core;
  readonly generations: Generations;
  readonly runner: Runner;
  readonly reporter: FailureReporter;
  private readonly rescue: Rescue;
  private readonly outageLog: OutageLog;
  private readonly looker: Looker;
  private readonly probe: DatabaseProbe | undefined;
  private initial: Promise<ClientLike> | undefined;
  private manualResets: Waiting[] = [];
  private connectionWaits: Waiting[] = [];
  /** Where a URL with several hosts was given: that URL, and the host of them that is to be used. */
  private readonly severalHosts: string | undefined;
  private endpoint: Endpoint | undefined;
  private guardedAdapter: unknown = undefined;
  private lastProbeCode = '';
  private lastSilence = '';
  private stopping: Promise<void> | undefined;

  constructor(private readonly options: HostOptions) {
    const { config, effective, emitter, log } = options;
    this.reporter = new FailureReporter(config, emitter, log);
    this.generations = new Generations(options.factory, {
      log,
      instance: options.instance,
      verifiesWrites: effective.writes.onUnknownOutcome === 'verify',
      makeTimeoutMs: effective.warmup.timeoutMs,
      context: (reason, generation) => this.context(reason, generation),
      verify: (client, timeoutMs) => ping(client, timeoutMs),
      abandon: (generation) => this.abandon(generation),
    });
    this.severalHosts = severalHosts(config.probe?.url);
    // Before anything is started: what the factory throws at once, the constructor throws.
    const first = this.generations.make('initial');
    const ready = first instanceof Promise ? undefined : first;
    this.looker = new Looker(this.generations);
    this.probe = openProbe(config, effective, log, this.knownDatabase(ready), (result) => this.probed(result));
    this.core = new Core({
      config,
      canReplace: !options.instance,
      hasProbe: this.probe !== undefined,
      hasClient: ready !== undefined,
      serving: this.severalHosts && hostsOf(this.severalHosts)[0].replace(/[[\]]/g, ''),
      onBeat: () => this.probe?.beat(),
      onEffect: (effect) => this.carryOut(effect),
    });
    this.rescue = new Rescue(this.core);
    this.outageLog = new OutageLog({
      stats: () => this.stats(),
      givenUp: () => this.reporter.givenUp.reduce((sum, count) => sum + count, 0),
      write: (line) => log.warn(line),
    });
    this.runner = new Runner(this.core, this.generations, this.reporter);
    if (ready) this.generations.adopt(ready, this.core.epoch);
    else this.initial = first as Promise<ClientLike>;
    this.core.begin();
    if (this.initial) this.replaceFor(ReplaceReason.initial);
  }

  get connected(): boolean {
    return this.core.input((supervisor, now) => supervisor.stats(now)).connected;
  }

  /** Resolves once the connection is verified; rejects after `timeoutMs`. */
  connection(timeoutMs: number): Promise<void> {
    if (this.connected) return Promise.resolve();
    const waiting = new Promise<void>((resolve, reject) => this.connectionWaits.push({ resolve, reject }));
    return withTimeout(waiting, timeoutMs, () => new TimeoutError(`No connection within ${timeoutMs} ms.`));
  }

  hardReset(): Promise<void> {
    if (this.options.instance) {
      return Promise.reject(
        new FactoryError(
          'hardReset() needs a factory, and a ready-made client was given. ' +
            'Use new ResilientPrismaClient((ctx) => new PrismaClient(…)).',
        ),
      );
    }
    return new Promise((resolve, reject) => {
      this.manualResets.push({ resolve, reject });
      if (!this.replaceFor(ReplaceReason.manual)) {
        this.settle(this.manualResets, new FactoryError('hardReset() after shutdown().'));
      }
    });
  }

  /** Asks the core for a replacement. false: none can be made. */
  replaceFor(reason: number): boolean {
    return this.core.input((supervisor, now) => supervisor.requestReplacement(now, reason));
  }

  /**
   * The probe's answer, at most `maxAgeMs` old; see DatabaseProbe. undefined also where there is no probe. Rejects with a
   * ShutdownError after shutdown().
   */
  async activity(maxAgeMs: number): Promise<NativeActivity | undefined> {
    const backends = this.generations.all().flatMap(({ guard }) => guard?.backends() ?? []);
    const seen = this.stopping ? undefined : await this.probe?.activity(backends, maxAgeMs);
    if (this.stopping) throw new ShutdownError('shutdown() was called.');
    // Whoever else of this process asked at the same time was answered in the same breath.
    return seen && { ...seen, backends: seen.backends.filter(({ pid }) => backends.includes(pid)) };
  }

  shutdown(drainMs: number): Promise<void> {
    this.stopping ??= this.stop(drainMs);
    return this.stopping;
  }

  // ---- effects ----------------------------------------------------------------------------------------------------

  private carryOut(effect: NativeEffect): void {
    const { emitter, log, effective } = this.options;
    const { reconnect } = effective;
    switch (effect.type) {
      case EffectType.startLooking:
        this.probe?.start(this.core.epoch);
        return;
      case EffectType.stopLooking:
        this.probe?.stop();
        return;
      case EffectType.verify:
        void this.verify(effect);
        return;
      case EffectType.replace:
        void this.replace(effect);
        return;
      case EffectType.replaceImpossible:
        log.warn(
          `replace-impossible reason=${replaceReasonNames[effect.reason]}: a ready-made client cannot be replaced; ` +
            'pass a factory, new ResilientPrismaClient((ctx) => new PrismaClient(…))',
        );
        return;
      case EffectType.stateChanged:
        this.stateChanged(effect.from, effect.to);
        return;
      case EffectType.connected:
        emitter.emit('connect');
        return;
      case EffectType.disconnected:
        this.outageLog.began();
        log.warn(
          `disconnect inFlight=${this.stats().inFlight}: ${messageOf(this.whyDown())}; ` +
            `operations wait for the database, each for up to ${reconnect.deadline} ms (reconnect.deadline)`,
        );
        emitter.emit('disconnect', this.whyDown());
        return;
      case EffectType.reconnecting:
        emitter.emit('reconnect', effect.attempt);
        return;
      case EffectType.reconnected:
        log.info(`reconnect:success outageMs=${Math.round(effect.outage)} ${this.outageLog.ended()}`);
        emitter.emit('reconnect:success', { outageMs: effect.outage });
        return;
      case EffectType.reconnectFailed:
        log.error(
          `reconnect:failed waiting=${this.stats().parked}: operations begin to fail after ${reconnect.deadline} ms ` +
            `(reconnect.deadline), and the search goes on: ${messageOf(this.whyDown())}`,
        );
        emitter.emit('reconnect:failed', this.whyDown());
        return;
      case EffectType.sweepInFlight:
        for (const { guard } of this.generations.all()) if (guard) this.rescue.sweep(guard);
        this.runner.sweep(() => false);
        return;
      case EffectType.runHealthCheck:
        this.options.onHealthCheckDue();
        return;
      case EffectType.lookAtConnections:
        void this.lookAtConnections(effect.id);
        return;
      case EffectType.loopStalled:
        log.warn(`event-loop-stalled delayMs=${Math.round(effect.delay)}: not counted against the database`);
        return;
    }
  }

  private async lookAtConnections(look: number): Promise<void> {
    const used = this.generations.all().flatMap(({ guard }) => guard?.inFlight() ?? []);
    const connections = used.flatMap((work) => work.connectionFacts() ?? []);
    // A question that is about nobody need not be asked.
    const seen =
      connections.length > 0
        ? await this.probe?.activity(
            connections.map(({ pid }) => pid),
            0,
          )
        : undefined;
    this.core.input((supervisor, now) => supervisor.onActivity(now, look, seen));
  }

  private stats(): NativeStats {
    return this.core.ask((supervisor, now) => supervisor.stats(now));
  }

  /** What an operation said of this outage, or, where they all hang, the probe. */
  private whyDown(): unknown {
    this.reporter.lastConnectionError ??= new DatabaseUnavailableError(
      `The database does not answer${this.lastSilence && ` (probe: ${this.lastSilence})`}.`,
    );
    return this.reporter.lastConnectionError;
  }

  private stateChanged(from: number, to: number): void {
    this.options.log.debug(`state ${connectionStateNames[from]} -> ${connectionStateNames[to]}`);
    this.options.emitter.emit('state', connectionStateNames[to], connectionStateNames[from]);
    // The database has answered: from now on what moves can be told from what hangs.
    if (from === ConnectionState.down || from === ConnectionState.suspect) {
      for (const { guard } of this.generations.all()) if (guard) this.rescue.look(guard);
    }
    // The next outage has reasons of its own.
    if (to === ConnectionState.up) this.reporter.lastConnectionError = undefined;
    if (to === ConnectionState.up || to === ConnectionState.recovering) {
      this.looker.end();
      this.settle(this.connectionWaits);
    }
  }

  private async verify(effect: NativeEffect): Promise<void> {
    let verdict: number = VerifyVerdict.ok;
    try {
      if (effect.ofDatabase && !this.options.instance) await this.looker.look(effect.timeout);
      else await ping((await this.firstWithin(effect.timeout)).client, effect.timeout);
    } catch (error) {
      verdict =
        error instanceof TimeoutError
          ? VerifyVerdict.timedOut
          : this.core.ask((supervisor) => supervisor.verifyVerdict(extractErrorFacts(error)));
      if (verdict !== VerifyVerdict.otherFailure) this.reporter.lastConnectionError = error;
      this.options.log.debug(`verify failed: ${messageOf(error)}`);
    }
    this.core.input((supervisor, now) => supervisor.onVerified(now, effect.id, verdict));
  }

  private firstWithin(timeoutMs: number): Promise<ServingGeneration> {
    return withTimeout(this.generations.first(), timeoutMs, () => new TimeoutError('There is no client yet.'));
  }

  private async replace(effect: NativeEffect): Promise<void> {
    const { reason, forced } = effect;
    const began = performance.now();
    const { current } = this.generations;
    try {
      if (current?.guard && kBeneath.has(reason)) await this.replaceBeneath(current, current.guard, effect);
      else await this.replaceClient(reason, forced);
    } catch (error) {
      this.generations.lastFactoryError = error;
      this.options.log.warn(`replacing the client (${replaceReasonNames[reason]}) failed: ${messageOf(error)}`);
      this.core.input((supervisor, now) => supervisor.onReplaced(now, false));
      this.settle(this.manualResets, error);
      return;
    }
    this.announce(reason, performance.now() - began);
    this.settle(this.manualResets);
  }

  private async replaceBeneath(generation: ServingGeneration, guard: Guard, effect: NativeEffect): Promise<void> {
    const { reason, forced, timeout } = effect;
    const epoch = this.core.epoch + 1;
    const swapped = await guard.swap({
      epoch,
      drainMs: forced ? kDrainMs : undefined,
      makeFactory: reason === ReplaceReason.failover ? await this.adaptersElsewhere(guard) : undefined,
      signal: AbortSignal.timeout(timeout),
    });
    generation.epoch = epoch;
    this.core.input((supervisor, now) => supervisor.onReplaced(now, true));
    this.watchDisposal(swapped.drained);
  }

  /** Of a client that the factory makes for the new endpoint; the client itself is not needed. */
  private async adaptersElsewhere(guard: Guard): Promise<SwapOptions['makeFactory']> {
    const client = await this.generations.make('failover');
    const made = this.generations.guardBeneath(client)?.adapterFactories() ?? [];
    void this.generations.dismissClient(client);
    const present = guard.adapterFactories();
    if (made.length !== present.length) {
      throw new FactoryError(
        `The factory used ctx.guard ${present.length} times before, and ${made.length} times now.`,
      );
    }
    return (current) => made[present.indexOf(current)];
  }

  private async replaceClient(reason: number, forced: boolean): Promise<void> {
    const initial = this.initial;
    this.initial = undefined;
    const spare = await this.looker.take();
    const client = initial
      ? await initial
      : (spare ?? (await this.generations.makeVerified(replaceReasonNames[reason])));
    if (this.stopping) {
      void this.generations.dismissClient(client);
      return;
    }
    const previous = this.generations.adopt(client, this.core.epoch + 1);
    const next = this.generations.current?.guard;
    if (previous?.guard && next) this.watchDisposal(previous.guard.follow(next, forced ? kDrainMs : undefined));
    this.core.input((supervisor, now) => supervisor.onReplaced(now, true));
    if (previous) void this.generations.dismiss(previous, forced ? kDrainMs : 0);
  }

  private watchDisposal(disposed: Promise<void>): void {
    disposed.catch((error) => this.options.log.warn(`disposing of an adapter: ${messageOf(error)}`));
  }

  private announce(reason: number, durationMs: number): void {
    if (reason === ReplaceReason.initial) return;
    const info = { reason: replaceReasonNames[reason], generation: this.core.epoch, durationMs };
    const name = kRefreshing.has(reason) ? 'refresh' : 'hard-reset';
    this.options.log.info(`${name} reason=${info.reason} generation=${info.generation} ms=${Math.round(durationMs)}`);
    this.options.emitter.emit(name, info);
    if (reason === ReplaceReason.failover && this.endpoint) this.options.emitter.emit('failover', this.endpoint);
  }

  /** Given up with work in flight: its connections are destroyed where they can be reached, and its callers told. */
  private abandon(generation: ServingGeneration): void {
    for (const work of generation.guard?.inFlight() ?? []) generation.guard?.abandon(work);
    this.runner.sweep((entry) => entry.generation === generation);
  }

  // ---- beneath Prisma ---------------------------------------------------------------------------------------------

  private context(
    reason: ReplaceReasonName,
    generation: number,
  ): { context: FactoryContext; beneath(): Beneath | undefined } {
    let beneath: Beneath | undefined;
    const context: FactoryContext = {
      reason,
      generation,
      ...(this.severalHosts && {
        endpoint: this.endpoint,
        connectionString: withHost(this.severalHosts, this.endpoint && hostOf(this.endpoint)),
      }),
      guard: (adapterFactory) => {
        this.guardedAdapter ??= adapterFactory;
        beneath ??= this.makeGuard();
        return beneath.guard.wrap(
          adapterFactory as unknown as SqlDriverAdapterFactory,
        ) as unknown as typeof adapterFactory;
      },
    };
    return { context, beneath: () => beneath };
  }

  private makeGuard(): Beneath {
    const { config, effective, log } = this.options;
    const host = new BeneathPrisma(() => this.core, this.reporter, effective, config.writes?.markerTable, log);
    return { guard: createGuard(host), host };
  }

  private knownDatabase(client: ClientLike | undefined): KnownDatabase {
    const config = client?._engineConfig as { adapter?: unknown } | undefined;
    return { guardedAdapter: this.guardedAdapter, adapter: this.guardedAdapter ?? config?.adapter };
  }

  private probed(result: ProbeResult): void {
    const role = roleName(result.role);
    if (result.host !== '' && role !== 'unknown') this.endpoint = { host: result.host, port: result.port, role };
    if (result.code !== this.lastProbeCode) this.options.log.debug(`probe: ${result.code || 'up'} ${result.message}`);
    this.lastProbeCode = result.code;
    this.lastSilence = result.code && `${result.code}, ${result.message}`;
    this.core.input((supervisor, now) => supervisor.onProbeResult(now, result));
  }

  // ---- the end ----------------------------------------------------------------------------------------------------

  private async stop(drainMs: number): Promise<void> {
    this.core.input((supervisor, now) => supervisor.stop(now));
    this.probe?.close();
    this.looker.end();
    this.outageLog.stop();
    const closing = this.generations
      .close()
      .map((generation) => this.generations.dismiss(generation, Math.max(1, drainMs)));
    await Promise.all(closing);
    this.core.end();
    this.settle(this.connectionWaits, new TimeoutError('shutdown() was called before there was a connection.'));
  }

  private settle(waiting: Waiting[], error?: unknown): void {
    for (const { resolve, reject } of waiting.splice(0)) {
      if (error === undefined) resolve();
      else reject(error);
    }
  }
}
