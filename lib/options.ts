/**
 * The configuration as users write it. Every key is optional; the core checks types, ranges and spelling and reports
 * all problems in one ConfigError. Durations are whole milliseconds. `undefined` means the default.
 */

/** What is needed of a PrismaClient that is handed in. */
export interface PrismaClientLike {
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
  $transaction(...args: never[]): Promise<unknown>;
}

/** Anything shaped like the console or like a pino logger. What it throws is swallowed. */
export interface Logger {
  trace?(...args: unknown[]): void;
  debug(...args: unknown[]): void;
  info(...args: unknown[]): void;
  warn(...args: unknown[]): void;
  error(...args: unknown[]): void;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What one may conclude from a failure. */
export type ErrorClassName =
  | 'not-sent'
  | 'saturated'
  | 'unknown'
  | 'rolled-back'
  | 'read-only'
  | 'cancelled'
  | 'engine-fault'
  | 'fatal-configuration'
  | 'query'
  | 'local';

/** What became of an operation's effects, as far as it can be known. */
export type OutcomeName = 'not-applied' | 'unknown' | 'applied';

/** An operation as overrides see it. */
export interface OperationDescription {
  /** Prisma's model name; absent for raw queries and `$transaction`. */
  readonly model?: string;
  /** Prisma's operation: 'findMany', 'create', '$queryRaw', '$transaction', … */
  readonly operation: string;
  /** The operation's arguments, as the caller gave them. Not to be changed. */
  readonly args?: unknown;
}

/** Handed to `onError` for each failure. */
export interface ErrorContext {
  readonly operation: string;
  readonly model?: string;
  /** Runs after the first one, up to this failure. */
  readonly retryCount: number;
  /** Milliseconds since the operation was called. */
  readonly duration: number;
  readonly errorClass: ErrorClassName;
  readonly outcome: OutcomeName;
}

/** The part of a Keyv instance, or of a Keyv store, that the cache uses. */
export interface CacheStore {
  get(key: string): unknown;
  set(key: string, value: unknown, ttl?: number): unknown;
  delete(key: string): unknown;
}

export interface ReconnectOptions {
  /**
   * Runs of one operation after a connection-class failure. Time parked while the database is known to be down does
   * not use one up; while the probe is up the first retry goes at once. Default 3.
   */
  maxAttempts?: number;
  /** First bound of the backoff in ms, from the second retry on. Default 1000. */
  initialDelay?: number;
  /** Last bound of the backoff in ms: no wait is longer. Default 10000. */
  maxDelay?: number;
  /** How the bound grows. Default 'exponential'. */
  backoff?: 'exponential' | 'linear';
  /** 'full' waits a random share of the bound, 'none' the bound itself. Default 'full'. */
  jitter?: 'full' | 'none';
  /**
   * No new try and no new wait of an operation starts or lasts beyond this many ms; it never ends a try that runs on a
   * live connection. Default 15000.
   */
  deadline?: number;
  /** Operations that may wait for the database; one more is refused with QueueFullError. Default 10000. */
  maxParked?: number;
  /** Replace the client before the last run of an operation, only while the probe says up. Default true. */
  hardResetOnFinalAttempt?: boolean;
  /**
   * Connection-class errors in a row that trigger a hard reset, only while the probe says up. Query errors (P2002 and
   * its like) and saturation never count. Default 10.
   */
  maxConsecutiveErrors?: number;
  /** Preventive replacement of a client this many ms old; Infinity: never. Default 64800000 (18 h). */
  maxConnectionAge?: number;
  /** Automatic hard resets are never closer together than this many ms. Default 10000. */
  minResetInterval?: number;
  /** Retries while the database is believed up. */
  retryBudget?: {
    /** As a share of all operations, 0 to 1. Default 0.2. */
    ratio?: number;
    /** Always allowed, per second, with a burst of ten seconds of them. Default 10. */
    minPerSecond?: number;
  };
}

export interface BulkheadOptions {
  /** Calls that run at once. */
  maxConcurrent?: number;
  /** Calls that may wait for a place; one more is refused with BulkheadRejectedError. */
  maxWaiting?: number;
}

export interface CircuitBreakerOptions {
  /** Failures among the last `maxSampleSize` calls that open the circuit. Default 5. */
  failureThreshold?: number;
  /** Milliseconds in OPEN before calls are let through on trial. Default 30000. */
  resetTimeout?: number;
  /** Successes on trial that close the circuit. Default 2. */
  halfOpenSuccessThreshold?: number;
  /** Calls that the circuit remembers; not below `failureThreshold`. Default 100. */
  maxSampleSize?: number;
}

export interface ResilientConfig {
  /**
   * 'serverless' sets a deadline of 5000 ms, jittered waits of 200, 400 and 800 ms, refresh and health timers off and
   * the probe on demand; keys given beside it win. Default 'server'.
   */
  preset?: 'server' | 'serverless';
  reconnect?: ReconnectOptions;
  /** Recycles connections without failing one operation; jittered, skipped while idle. */
  refresh?: {
    /** Default true. */
    enabled?: boolean;
    /** Default 300000 ms. */
    intervalMs?: number;
  };
  memory?: {
    /** Run the collector and return native memory when the threshold is crossed. Default true. */
    autoGC?: boolean;
    /** Share of the heap's or the container's limit that counts as high, 0.01 to 1. Default 0.85. */
    gcThreshold?: number;
    /** Time between samples. Default 5000 ms. */
    intervalMs?: number;
    /** Replace the client where resident memory keeps growing. Default false. */
    resetOnGrowth?: boolean;
  };
  /** Periodic check and `health` event; skipped while idle. */
  healthCheck?: {
    /** Default true. */
    enabled?: boolean;
    /** Default 60000 ms. */
    intervalMs?: number;
    /** A slower answer counts as degraded. Default 500 ms. */
    latencyWarnMs?: number;
    /** No answer by then counts as unhealthy. Default 5000 ms. */
    timeoutMs?: number;
  };
  /** The libpq probe that looks for the database on its own thread and connection. */
  probe?: {
    /**
     * What it connects to; Prisma's own URL parameters are stripped. `false` turns it off. Default: the guarded
     * adapter's parameters, else DATABASE_URL where that is PostgreSQL and agrees with the adapter.
     */
    url?: string | false;
    /** 'sentinel' keeps one idle connection open and sees a shutdown the moment it happens. Default 'on-demand'. */
    mode?: 'on-demand' | 'sentinel' | 'off';
    /** Time between looks at a database that is up, where the probe looks at all. Default 5000 ms. */
    intervalMs?: number;
    /** Time between looks at a database that is down: for 2 s, then doubling to 1 s, jittered. Default 50 ms. */
    downIntervalMs?: number;
    /** Of one look. Default 1000 ms. */
    timeoutMs?: number;
    /**
     * An operation in flight that long makes the probe look: at the database where nothing has completed since, and with
     * the guard at what the server does for it. Default 2000 ms.
     */
    suspectAfterMs?: number;
  };
  writes?: {
    /**
     * What becomes of a write that may or may not have been committed: 'throw' hands on the original error with
     * `resilience.outcome === 'unknown'`; 'verify' finds out (needs the guard on PostgreSQL); 'retry' runs it again at
     * the caller's risk. Default 'throw'.
     */
    onUnknownOutcome?: 'throw' | 'verify' | 'retry';
    /**
     * With 'verify': a row of this table, written in the same statement or transaction, decides. Without a round trip on
     * PostgreSQL, and needed on MySQL, MariaDB and SQLite. `npx prisma-resilient marks` prints its migration.
     */
    markerTable?: string;
  };
  transactions?: {
    /**
     * 'safe': array transactions, and interactive ones whose callback was not yet called; 'conflict': also callbacks
     * after P2034, 40001 or 40P01; 'always': after any rolled-back failure; 'never'. Default 'safe'.
     */
    retry?: 'safe' | 'conflict' | 'always' | 'never';
  };
  /** Refuses calls while too many of the last ones failed; counts infrastructure failures and timeouts only. */
  circuitBreaker?: CircuitBreakerOptions & {
    /** Default false. */
    enabled?: boolean;
  };
  /** Places for calls of one kind; used by read(), write() and report(), and by getClient() where configured. */
  bulkheads?: {
    /** Default 50 at once, 100 waiting. */
    read?: BulkheadOptions;
    /** Default 20 at once, 50 waiting. */
    write?: BulkheadOptions;
    /** Default 5 at once, 10 waiting. */
    reporting?: BulkheadOptions;
  };
  timeouts?: {
    /** Of one try of read(). Default 5000 ms. */
    read?: number;
    /** Of one try of write(). Default 10000 ms. */
    write?: number;
    /** Of one try of report(). Default 30000 ms. */
    report?: number;
    /** Of one operation through getClient(), which has none unless this is set. */
    operation?: number;
  };
  /** Of read() and report() with a `cacheKey`. */
  cache?: {
    /** Any Keyv instance or Keyv store, for entries that several processes share. Default: in memory. */
    store?: CacheStore;
    /** Entries held in memory; the least recently used goes first. Default 1000. */
    maxEntries?: number;
    /** How long an entry is fresh where the call names no `cacheTtl`. Default 60000 ms. */
    ttlMs?: number;
    /** How long after that it may stand in for a failed fetch where the call names no `staleTtl`. Default 300000 ms. */
    staleTtlMs?: number;
  };
  /**
   * The first operations wait for a verified connection, never for a fixed sleep. The first of them begins it, or
   * `ready()`, or whoever asks whether there is a connection.
   */
  warmup?: {
    /** Default true. */
    enabled?: boolean;
    /** After that they are let go unverified. Default 10000 ms. */
    timeoutMs?: number;
  };
  /** What is told of because it is slow, or held for too long. */
  warnings?: {
    /**
     * An operation that takes this long is told by `operation:slow` and a log line, with where its time went. 0: none
     * is, and nothing is measured. Default 0.
     */
    slowOperationMs?: number;
    /**
     * An interactive transaction that stays open this long, or a connection that the application has taken from the
     * adapter's pool and does nothing with, is told once by `connection:held` and a log line, with the caller's line.
     * 0: none is. Default 30000 ms.
     */
    heldConnectionMs?: number;
  };
  logging?: {
    /** The least that is logged. Default 'info'. */
    level?: LogLevel;
    /** Default: console. */
    logger?: Logger;
  };
  /** Overrides the class of an error. Returning the suggestion, nothing, or throwing keeps the suggestion. */
  classifyError?(error: unknown, suggestion: ErrorClassName): ErrorClassName | undefined;
  /** Whether a write may be run again although its first outcome is unknown. Throwing means no. */
  isIdempotent?(operation: OperationDescription): boolean | undefined;
  /** Told of each failure, off the critical path. What it throws, or rejects with, is logged and harms nothing. */
  onError?(error: Error, context: ErrorContext): void | Promise<void>;
}
