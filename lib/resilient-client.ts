/** The package's main class: wraps what a factory makes, keeps it alive, and tells what happens. */
import { tellAddon } from './addon/in-use';
import type { PoolEvents } from './adapter/pool-events';
import { builtins } from './builtins';
import type { OptionsForm } from './client/options-form';
import { createClientProxy } from './client/proxy';
import { type ExtendedClient, sourceOf } from './client/source';
import { ConfigError, DatabaseUnavailableError, TimeoutError } from './errors';
import { type HealthResult, type ResilienceEvents, SafeEmitter } from './events';
import type { ClientFactory } from './host/generations';
import { Host } from './host/host';
import { keepAliveUntil } from './drive/keep-alive';
import { Log, messageOf } from './host/log';
import type { MemoryWatch } from './host/memory';
import { watchMemory } from './host/memory-events';
import type { OperationTracer } from './host/operation-tracer';
import { pingCurrent } from './host/ping';
import { withTimeout } from './host/timeout';
import { addon, native, type EffectiveConfig } from './native';
import { connectionStats, type ConnectionStats } from './observe/connection-stats';
import { checkHealth } from './observe/health';
import { type Metrics, keptMetrics } from './observe/metrics';
import type { MetricsPersistence } from './observe/metrics-persistence';
import type { ServerActivity } from './observe/dashboard/source';
import { observe, type Observation } from './observe/observation';
import { serverActivity } from './observe/server-activity';
import { Tally } from './observe/tally';
import type { PrismaClientLike, ResilientConfig } from './options';
import { learnEnvironment, learnSecrets } from './redaction';
import { warnOfAdapter } from './toolbox/adapter-warnings';
import type { Bulkhead } from './toolbox/bulkhead';
import type { Cache } from './toolbox/cache';
import { runInside, CallAttempt } from './contracts/call-context';
import { Check } from './argument-check';
import type { CircuitBreaker } from './toolbox/circuit-breaker';
import { LimitedRunner, limitsOf } from './toolbox/limited-runner';
import { Once, type OnceFunction, type OnceOptions, type Stored } from './toolbox/once';
import {
  ReadWriteReport,
  type CallFunction,
  type ReadOptions,
  type ReportOptions,
  type WriteOptions,
} from './toolbox/read-write-report';

const kPoolEvents = ['waited', 'timedOut', 'opened', 'used'] as const;

/**
 * Keeps a PrismaClient working through everything its database can do.
 *
 * ```ts
 * const resilient = new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg({ connectionString })) }));
 * export const prisma = resilient.getClient();
 * ```
 */
export class ResilientPrismaClient<Client extends PrismaClientLike> extends SafeEmitter {
  readonly #host: Host;
  readonly #client: Client;
  readonly #effective: EffectiveConfig;
  readonly #log: Log;
  readonly #tally: Tally;
  readonly #memory: MemoryWatch;
  readonly #toolbox: ReadWriteReport;
  readonly #once: Once;
  readonly #metrics: MetricsPersistence<Metrics>;
  readonly #began = performance.now();
  #ending: Promise<void> | undefined;

  /**
   * `source`: a factory, which is called for the first client and again for each replacement; a ready-made client, which
   * can be reconnected but not replaced; or options of PrismaClient and ours in one, and then the constructed object
   * itself answers like a client, with this API where no model has the same name and at `$resilience`. Throws a
   * ConfigError that lists everything wrong with `config`, a FactoryError where `source` is none of them, and what the
   * factory throws at its first call. A database that is down does not make it throw: operations wait for it.
   */
  constructor(source: ClientFactory<Client> | Client | OptionsForm<Client> | ExtendedClient, given?: ResilientConfig) {
    const { factory, instance, isClient, ...own } = sourceOf(source, given);
    // Read once, here: a getter of the user's is not asked again.
    const parsed = new native.NativeConfig(own.config, ConfigError);
    const config = parsed.given();
    const effective = parsed.effective();
    learnEnvironment();
    learnSecrets(config.probe?.url);
    builtins();
    const log = new Log(effective.logging.level, config.logging?.logger);
    const tally = new Tally();
    super(
      (event, error) => log.error(`a listener of '${event}' threw: ${messageOf(error)}`),
      (event, args) => tally.told(Date.now(), event, args),
    );
    this.#tally = tally;
    this.#effective = effective;
    this.#log = log;
    tellAddon(addon, log);
    for (const notice of parsed.notices()) log.warn(notice);
    this.#host = new Host({
      factory: factory as ClientFactory<object>,
      instance,
      config,
      parsed,
      effective,
      emitter: this,
      log,
      onHealthCheckDue: () => void this.healthCheck(),
      onWoken: () => (this.#memory as MemoryWatch | undefined)?.start(),
    });
    this.#memory = watchMemory(parsed, effective.memory.intervalMs, this, log, this.#host);
    this.#toolbox = new ReadWriteReport({
      config,
      effective,
      log,
      onCircuit: (event) => {
        log.info(`circuit:${event}`);
        this.emit(`circuit:${event}`);
      },
    });
    const { core, generations, reporter } = this.#host;
    this.#metrics = keptMetrics(core, reporter, this.#toolbox, log);
    warnOfAdapter(generations, log, effective.logging.level);
    const limits = limitsOf(effective, this.#toolbox);
    const runner = limits ? new LimitedRunner(this.#host.runner, limits) : this.#host.runner;
    this.#client = createClientProxy(runner, native, isClient ? this : undefined) as unknown as Client;
    const { deadline, initialDelay, maxDelay } = effective.reconnect;
    this.#once = new Once(this.#client, deadline, { initialDelay, maxDelay });
    if (isClient) return this.#client as unknown as this;
  }

  /** The client to work with: typed as what the factory returns, the same object every time, across all replacements. */
  getClient(): Client {
    return this.#client;
  }

  /**
   * A read through cache, bulkhead, circuit, retry and timeout, in this order. Rejects with what `fn` throws, or with a
   * BulkheadRejectedError, CircuitOpenError, TimeoutError or DeadlineExceededError.
   */
  read<T>(fn: CallFunction<T>, options?: ReadOptions): Promise<T> {
    return this.#toolbox.read(fn, options);
  }

  /** A write through bulkhead, circuit, retry and timeout; forgets cached answers once it is done, or may be. */
  write<T>(fn: CallFunction<T>, options?: WriteOptions): Promise<T> {
    return this.#toolbox.write(fn, options);
  }

  /** As read(), in places of its own, with a longer time limit and without retries. */
  report<T>(fn: CallFunction<T>, options?: ReportOptions): Promise<T> {
    return this.#toolbox.report(fn, options);
  }

  /** The EventEmitter's: `listener` hears of the next `event` alone. */
  override once<Name extends keyof ResilienceEvents>(
    event: Name,
    listener: (...args: ResilienceEvents[Name]) => void,
  ): this;
  /**
   * Runs `fn` in a transaction, exactly once for its key: what it writes and the key's row, with the result as JSON, commit
   * together. A second call with the key within `ttlMs`, from any process, answers the first one's result and runs nothing;
   * calls at the same time run one. `fn` is run again where nothing of it was committed, so it should write through `tx`
   * alone. Rejects with what `fn` throws, and nothing is kept then; with a KeyReusedError for a key of another fingerprint.
   */
  override once<T>(key: string, fn: OnceFunction<Client, T>, options: OnceOptions): Promise<Stored<T>>;
  override once<T>(name: string, fn: OnceFunction<Client, T>, ...options: [OnceOptions?]): unknown {
    // An emitter's `once` has two arguments, and work has its options.
    if (options.length === 0) return super.once(name as never, fn as never);
    return this.#once.run(name, fn, options[0]);
  }

  /** What read() and report() with a `cacheKey` answer from. */
  get cache(): Cache {
    return this.#toolbox.cache;
  }

  /** Of read(), write() and report(); always CLOSED unless `circuitBreaker.enabled`. */
  get circuitBreaker(): CircuitBreaker {
    return this.#toolbox.circuit;
  }

  get bulkheads(): Readonly<Record<'read' | 'write' | 'reporting', Bulkhead>> {
    return this.#toolbox.bulkheads;
  }

  /**
   * Whether the database is believed reachable through the current client. False before the first verified connection,
   * which asking begins where no operation has.
   */
  isConnected(): boolean {
    return this.#host.connected;
  }

  /** Begins the warm-up, and resolves once the first connection is verified. Rejects with a TimeoutError after `timeoutMs` (default 30 s). */
  ready(timeoutMs = 30_000): Promise<void> {
    return this.#host.connection(timeoutMs);
  }

  /** Whether the database answers a trivial query through the current client within `healthCheck.timeoutMs`. */
  async checkConnection(): Promise<boolean> {
    try {
      await this.#ask();
      return true;
    } catch (error) {
      this.#log.debug(`checkConnection: ${messageOf(error)}`);
      return false;
    }
  }

  /**
   * Looks for the database now, and resolves once it is reachable; rejects with a DatabaseUnavailableError after
   * `reconnect.deadline`. Nothing is disconnected by it.
   */
  async reconnect(): Promise<void> {
    if (await this.checkConnection()) return;
    this.#host.core.input((supervisor, now) => supervisor.requestReconnect(now));
    try {
      await this.#host.connection(this.#effective.reconnect.deadline);
    } catch {
      throw new DatabaseUnavailableError('The database did not become reachable within reconnect.deadline.', {
        cause: this.#host.reporter.lastConnectionError,
      });
    }
  }

  /** `checkConnection()`, and up to `retries` times `reconnect()`. Rejects with the last DatabaseUnavailableError. */
  async ensureConnected(retries = this.#effective.reconnect.maxAttempts): Promise<void> {
    if (await this.checkConnection()) return;
    for (let attempt = 1; ; ++attempt) {
      try {
        await this.reconnect();
        return;
      } catch (error) {
        if (attempt >= retries) throw error;
      }
    }
  }

  /**
   * Makes a new client, verifies it, swaps. The old one's operations go on; after 5 s those end that are not known to make
   * progress (which takes the guard and the native probe), with `drainMs` all that still run then. Rejects with what went
   * wrong, and then the old one still serves; with a FactoryError where a ready-made client was given.
   */
  hardReset({ drainMs }: { drainMs?: number } = {}): Promise<void> {
    return badDrain('hardReset', drainMs) ?? this.#host.hardReset(drainMs);
  }

  /** Asks the database and looks at the heap; also emitted as `health`. Never rejects. */
  async healthCheck(): Promise<HealthResult> {
    const result = await checkHealth(() => this.#ask(), this.#effective, this.#log);
    this.emit('health', result);
    return result;
  }

  getConnectionStats(): ConnectionStats {
    return connectionStats(this.#host.core, this.#began);
  }

  /**
   * Counts since the beginning, or since they were last saved by startMetricsPersistence(); the last ten errors; and
   * latencies since the beginning.
   */
  getMetrics(): Metrics {
    return this.#metrics.current();
  }

  /**
   * Everything at once, with counts since the beginning whatever was saved: what exports and dashboards read. Cheap
   * enough for once a second.
   */
  observe(): Observation {
    const { core, reporter, generations } = this.#host;
    return observe({
      core,
      reporter,
      tally: this.#tally,
      toolbox: this.#toolbox,
      memory: this.#memory.latest(),
      pool: generations.current?.guard?.poolUse(),
      database: this.#host.identity.name(),
      stats: this.getConnectionStats(),
      host: this.#host.lookedAt,
      deadlineMs: this.#effective.reconnect.deadline,
    });
  }

  /** For exports: one tracer is told of retries, waits and recoveries of operations; undefined ends it. */
  traceOperations(tracer: OperationTracer | undefined): void {
    this.#host.reporter.tracer = tracer;
  }

  /** For exports: one listener is told what happens to the connections of the adapter's pool; undefined ends it. */
  tracePool(events: Omit<PoolEvents, 'taken'> | undefined): void {
    const { poolEvents } = this.#host;
    for (const event of kPoolEvents) poolEvents[event] = events?.[event] as never;
  }

  /**
   * What the connections of this database do at the server, from `pg_stat_activity`; undefined on other databases. The
   * probe asks, on a connection of its own, at most once per `probe.intervalMs` for the whole process; where there is
   * no native probe, or it is not let in, the current client does. Rejects where the database does not answer.
   */
  serverActivity(): Promise<ServerActivity | undefined> {
    const { probe, healthCheck } = this.#effective;
    return serverActivity(this.#host, probe.intervalMs, healthCheck.timeoutMs);
  }

  /**
   * Hands `getMetrics()` to `save` every `intervalMs` (default 60 s), and once more at shutdown(). Counts begin anew only
   * where `save` has succeeded: what it throws or rejects with is logged, and the counts come again with the next.
   * Answers how to end it, with a last save.
   */
  startMetricsPersistence(save: (metrics: Metrics) => unknown, intervalMs = 60_000): () => Promise<void> {
    new Check('startMetricsPersistence')
      .that(typeof save === 'function', 'save', 'a function', save)
      .duration('intervalMs', intervalMs, 1)
      .done();
    this.#metrics.start(save, intervalMs);
    return () => this.#metrics.stop();
  }

  /**
   * Stops taking work, lets what runs finish for up to `drainMs` (default 5000), and disconnects. What waits, and what
   * comes afterwards, is refused with a ShutdownError. Calling it again returns the same promise.
   */
  shutdown({ drainMs = 5000 }: { drainMs?: number } = {}): Promise<void> {
    return badDrain('shutdown', drainMs) ?? (this.#ending ??= keepAliveUntil(this.#end(drainMs)));
  }

  async #end(drainMs: number): Promise<void> {
    const until = performance.now() + drainMs;
    this.#memory.stop();
    this.#host.runner.closing = true;
    // Within a try of its own, as a part of what was accepted before: metrics may be saved through this very client.
    const saved = runInside(new CallAttempt(1), () => this.#metrics.stop());
    const ended = Promise.all([saved, this.#toolbox.close()]);
    await withTimeout(ended, drainMs, () => new TimeoutError('drainMs')).catch(() => undefined);
    await this.#host.shutdown(Math.max(0, until - performance.now()));
  }

  async #ask(): Promise<void> {
    this.#host.wantConnection();
    await pingCurrent(this.#host.generations, this.#effective.healthCheck.timeoutMs);
  }
}

/** A rejection where `drainMs` is no time. */
function badDrain(method: string, drainMs: number | undefined): Promise<never> | undefined {
  if (drainMs === undefined || (Number.isFinite(drainMs) && drainMs >= 0)) return undefined;
  return Promise.reject(new ConfigError([`${method}: drainMs: expected milliseconds from 0, got ${String(drainMs)}`]));
}
