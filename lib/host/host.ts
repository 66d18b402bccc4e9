/**
 * The host of one core: carries out its effects. What to do is the core's to say; how it is done stands here and in the
 * modules this one puts together.
 */
import { FactoryError, ShutdownError, TimeoutError } from '../errors';
import type { Guard } from '../adapter/guard';
import type { PoolEvents } from '../adapter/pool-events';
import type { SafeEmitter } from '../events';
import {
  ConnectionState,
  type EffectiveConfig,
  type NativeConfig,
  type ProbeResult,
  type ReplaceReason,
  type ServerActivity,
  type SupervisorStats,
} from '../native';
import type { ResilientConfig } from '../options';
import { Core, type CoreOptions, type TaskEffect } from '../drive/core';
import { ConnectionReporter } from './connection-reporter';
import { FactoryCalls } from './factory-calls';
import { DatabaseIdentity } from './database-identity';
import { FailureReporter } from './failure';
import { type ClientFactory, Generations } from './generations';
import { BeneathPrisma } from './guard-host';
import { HeldConnections } from './held-connections';
import { HeldTransaction } from './held-transaction';
import { keepAliveUntil } from '../drive/keep-alive';
import type { Log } from './log';
import { Looker } from './looker';
import { type DatabaseProbe, openProbe } from './probe';
import type { KnownDatabase } from './probe-target';
import { Replacer } from './replacer';
import { StuckWork } from './stuck-work';
import { Runner } from './runner';
import { SlowOperations } from './slow-operations';
import { withTimeout } from './timeout';
import { Verification } from './verification';
import { Waiting } from './waiting';

const kNothingKnown: KnownDatabase = { guardedAdapter: undefined, adapter: undefined };

/** A probe ends with its client, also where nobody calls shutdown(). */
const probes = new FinalizationRegistry<DatabaseProbe>((probe) => probe.close());

interface HostOptions extends Pick<CoreOptions, 'onWoken'> {
  readonly factory: ClientFactory<object>;
  /** A client was handed in ready-made: it cannot be made again. */
  readonly instance: boolean;
  readonly config: ResilientConfig;
  readonly parsed: NativeConfig;
  readonly effective: EffectiveConfig;
  readonly emitter: SafeEmitter;
  readonly log: Log;
  /** The health check is due. */
  readonly onHealthCheckDue: () => void;
}

export class Host {
  readonly core: Core;
  readonly generations: Generations;
  readonly runner: Runner;
  readonly reporter: FailureReporter;
  private readonly stuckWork: StuckWork;
  private readonly connectionReporter: ConnectionReporter;
  private readonly looker: Looker;
  private readonly probe: DatabaseProbe | undefined;
  private readonly calls: FactoryCalls;
  private readonly verification: Verification;
  private readonly replacer: Replacer;
  private readonly connectionWaits = new Waiting();
  readonly identity: DatabaseIdentity;
  /** Pools tell of their connections here. They may outlive this host, and must not keep it. */
  readonly poolEvents: PoolEvents = {};
  private readonly held: HeldConnections | undefined;
  /** `host:port` that the probe has looked at last; undefined before that. */
  lookedAt: string | undefined;
  private stopping: Promise<void> | undefined;

  constructor(private readonly options: HostOptions) {
    const { config, effective, emitter, log } = options;
    this.reporter = new FailureReporter(config, emitter, log);
    const { markerTable } = config.writes ?? {};
    this.calls = new FactoryCalls(
      config.probe?.url,
      () => new BeneathPrisma(() => this.core, this.reporter, effective, markerTable, log, this.poolEvents),
      log,
    );
    this.generations = new Generations(options.factory, {
      log,
      instance: options.instance,
      verifiesWrites: effective.writes.onUnknownOutcome === 'verify',
      call: (reason, generation) => this.calls.begin(reason, generation),
    });
    // Before anything is started: what the factory throws at once, the constructor throws.
    const first = this.generations.make('initial', 0);
    const ready = first instanceof Promise ? undefined : first;
    this.probe = Host.openProbe(new WeakRef<Host>(this), config, effective, log);
    if (this.probe) probes.register(this, this.probe);
    this.core = new Core({
      config: options.parsed,
      canReplace: !options.instance,
      hasProbe: this.probe !== undefined,
      hasClient: ready !== undefined,
      beneath: ready === undefined ? '' : this.generations.providerBeneath(ready),
      serving: this.calls.firstHost,
      onBeat: () => this.probe?.beat(),
      onRest: () => this.probe?.rest(),
      onWoken: options.onWoken,
      onEffect: (effect) => this.carryOut(effect),
    });
    this.looker = new Looker(this.core, this.generations);
    const { calls, core, generations, looker, reporter } = this;
    this.stuckWork = new StuckWork(core);
    this.verification = new Verification(core, generations, options.instance ? undefined : looker, reporter, log);
    this.replacer = new Replacer({ core, generations, calls, reporter, emitter, log });
    const stats = (): SupervisorStats => core.ask((supervisor, now) => supervisor.stats(now));
    this.connectionReporter = new ConnectionReporter(stats, reporter, emitter, log, effective.reconnect.deadline);
    this.runner = new Runner(this.core, this.generations, this.reporter);
    this.identity = new DatabaseIdentity(generations, calls);
    const { heldConnectionMs, slowOperationMs } = effective.warnings;
    if (slowOperationMs > 0) this.reporter.slow = new SlowOperations(options.parsed, emitter, log);
    if (heldConnectionMs > 0) this.held = this.watchHeld();
    if (ready) this.generations.adopt(ready, this.core.epoch);
    if (first instanceof Promise) this.replacer.expect(first);
    this.core.begin();
  }

  /**
   * The probe's thread calls back for as long as it looks, and must not keep a client that nobody uses any more. Not in the
   * constructor: closures that are made in one function keep what any of them uses.
   */
  private static openProbe(
    host: WeakRef<Host>,
    config: ResilientConfig,
    effective: EffectiveConfig,
    log: Log,
  ): DatabaseProbe | undefined {
    return openProbe(
      config,
      effective,
      log,
      () => host.deref()?.calls.database() ?? kNothingKnown,
      (result) => host.deref()?.probed(result),
    );
  }

  private watchHeld(): HeldConnections {
    const { emitter, log, parsed } = this.options;
    const { core, generations } = this;
    const isUp = (): boolean => core.state === ConnectionState.up;
    const held = new HeldConnections(parsed, isUp, emitter, log);
    this.runner.transactionOpened = (caller) => held.add(new HeldTransaction(caller, generations.current?.guard));
    const weak = new WeakRef(held);
    this.poolEvents.taken = (taken) => void weak.deref()?.add(taken);
    return held;
  }

  get connected(): boolean {
    this.wantConnection();
    return this.core.ask((supervisor) => supervisor.connected());
  }

  /** Begins the warm-up, where nothing has yet. */
  wantConnection(): void {
    this.core.input((supervisor, now) => supervisor.wantConnection(now));
  }

  /**
   * Resolves once the connection is verified; rejects after `timeoutMs`, and with a ConfigError where writes cannot be
   * verified as the configuration asks for.
   */
  async connection(timeoutMs: number): Promise<void> {
    if (!this.connected) await this.untilConnected(timeoutMs);
    await this.generations.current?.guard?.checkServer();
  }

  private untilConnected(timeoutMs: number): Promise<void> {
    return keepAliveUntil(
      withTimeout(
        this.connectionWaits.promise(),
        timeoutMs,
        () => new TimeoutError(`No connection within ${timeoutMs} ms.`),
      ),
    );
  }

  hardReset(drainMs?: number): Promise<void> {
    if (this.options.instance) {
      return Promise.reject(
        new FactoryError(
          'hardReset() needs a factory, and a ready-made client was given. ' +
            'Use new ResilientPrismaClient((ctx) => new PrismaClient(…)).',
        ),
      );
    }
    return keepAliveUntil(this.replacer.hardReset(drainMs));
  }

  /** Asks the core for a replacement. false: none can be made. */
  replaceFor(reason: ReplaceReason): boolean {
    return this.replacer.request(reason);
  }

  /**
   * The probe's answer, at most `maxAgeMs` old; see DatabaseProbe. undefined also where there is no probe. Rejects with a
   * ShutdownError after shutdown().
   */
  async activity(maxAgeMs: number): Promise<ServerActivity | undefined> {
    const backends = this.guards().flatMap((guard) => guard.backends());
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

  private carryOut(effect: TaskEffect): void {
    const { log } = this.options;
    switch (effect.type) {
      case 'startLooking':
        this.probe?.start(this.core.epoch);
        return;
      case 'stopLooking':
        this.probe?.stop();
        return;
      case 'verify':
        void this.verification.run(effect);
        return;
      case 'replace':
        void this.replacer.make(effect);
        return;
      case 'stopMaking':
        this.replacer.stopMaking(effect);
        return;
      case 'serveGeneration':
        this.replacer.serve(effect);
        return;
      case 'drainGeneration':
        this.replacer.drain(effect);
        return;
      case 'cutGeneration':
        this.replacer.cut(effect);
        return;
      case 'closeGeneration':
        this.replacer.close(effect);
        return;
      case 'abandonGeneration':
        this.replacer.abandon(effect);
        return;
      case 'ended':
        this.replacer.end();
        return;
      case 'replaced':
        this.replacer.replaced(effect);
        return;
      case 'replaceFailed':
        this.replacer.replaceFailed(effect);
        return;
      case 'replaceImpossible':
        log.warn(
          `replace-impossible reason=${effect.reason}: a ready-made client cannot be replaced; ` +
            'pass a factory, new ResilientPrismaClient((ctx) => new PrismaClient(…))',
        );
        return;
      case 'stateChanged':
        this.stateChanged(effect.from, effect.to);
        return;
      case 'connected':
        this.connectionReporter.connected();
        return;
      case 'disconnected':
        this.connectionReporter.disconnected();
        return;
      case 'reconnecting':
        this.connectionReporter.reconnecting(effect.attempt);
        return;
      case 'reconnected':
        this.connectionReporter.reconnected(effect.outageMs);
        return;
      case 'reconnectFailed':
        this.connectionReporter.reconnectFailed();
        return;
      case 'sweepInFlight':
        for (const guard of this.guards()) this.stuckWork.sweep(guard);
        this.runner.sweep(() => false);
        return;
      case 'runHealthCheck':
        this.options.onHealthCheckDue();
        return;
      case 'lookAtConnections':
        void this.stuckWork.askServer(this.guards(), this.probe, effect.look);
        return;
      case 'loopStalled':
        log.warn(`event-loop-stalled delayMs=${Math.round(effect.delayMs)}: not counted against the database`);
        return;
      default:
        effect satisfies never;
    }
  }

  /** Of all clients that still run something. */
  private guards(): Guard[] {
    return this.replacer.clients().flatMap(({ guard }) => guard ?? []);
  }

  private stateChanged(from: ConnectionState, to: ConnectionState): void {
    this.options.log.debug(`state ${from} -> ${to}`);
    this.options.emitter.emit('state', to, from);
    // The database has answered: from now on what moves can be told from what hangs.
    if (from === ConnectionState.down || from === ConnectionState.suspect) {
      for (const guard of this.guards()) this.stuckWork.look(guard);
    }
    if (to === ConnectionState.up) {
      this.connectionReporter.up();
      this.held?.outageEnded();
    }
    if (to === ConnectionState.up || to === ConnectionState.recovering) {
      this.looker.end();
      this.connectionWaits.settle();
    }
  }

  private probed(result: ProbeResult): void {
    this.calls.probed(result);
    this.connectionReporter.probed(result);
    if (result.host !== '') this.lookedAt = `${result.host}:${result.port}`;
    this.core.input((supervisor, now) => supervisor.onProbeResult(now, result));
  }

  // ---- the end ----------------------------------------------------------------------------------------------------

  private async stop(drainMs: number): Promise<void> {
    const ended = this.replacer.stop(drainMs);
    this.probe?.close();
    this.looker.end();
    this.connectionReporter.stop();
    this.held?.stop();
    this.generations.close();
    await ended;
    this.core.end();
    this.connectionWaits.settle(new TimeoutError('shutdown() was called before there was a connection.'));
  }
}
