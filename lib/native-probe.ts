/**
 * Loads the probe's addon and types what it exports. It is an addon of its own, so that everything else works where it
 * cannot be loaded; then the core's addon has a probe that hears what the server says before anybody logs in, and where
 * there is none either, the core looks in band.
 */
import { here, loadProbe } from './addon/loader';
import { type NativeProbeResult, native } from './native';

/** Exactly one of the three. */
export type ProbeTarget =
  /** postgres://… in Prisma's, node-postgres' or libpq's dialect, or libpq's keyword=value form. */
  | { readonly url: string }
  /** The same by libpq's names (`database` is taken for `dbname`), as a driver adapter has them. */
  | { readonly parameters: Readonly<Record<string, string>> }
  /** Any other database. `awaitsGreeting`: it speaks first, as MySQL and MariaDB do. */
  | { readonly tcp: { readonly host: string; readonly port: number; readonly awaitsGreeting?: boolean } };

/** What the application's driver goes by beside its connection string; src/io/tls_plan.h says what is made of it. */
export interface DriverSettings {
  readonly driver: keyof ProbeAddon['enums']['Driver'];
  /** node-postgres' `ssl`, flat; PEM for `ca`, `cert` and `key`; `unread` names what is no text. */
  readonly ssl?: Readonly<Record<string, string>>;
  /** PGSSLMODE. */
  readonly environmentMode?: string;
  /** NODE_TLS_REJECT_UNAUTHORIZED=0. */
  readonly trustsAll?: boolean;
  /** In PEM, made only where they are needed. */
  readonly authorities?: () => string;
}

export interface ProbeOptions {
  readonly target: ProbeTarget;
  /** Whose settings the target's are; libpq's by default. */
  readonly driver?: DriverSettings;
  /** Whether to keep one idle connection open, whose end is reported the moment it happens. PostgreSQL only. */
  readonly sentinel?: boolean;
  /** Between looks while the database is up. */
  readonly intervalMs: number;
  /** Between looks while it is down, at first. */
  readonly downIntervalMs: number;
  /** For one look. */
  readonly timeoutMs: number;
  /** Of the schedule's jitter; random by default. */
  readonly seed?: number;
  /** Of this thread's event loop: results then come with `loopStallMs`. */
  readonly monitor?: NativeLoopMonitor;
}

/** One look's result. `verdict`, `role` and `trigger` are values of `ProbeAddon.enums`. */
export interface ProbeResult extends NativeProbeResult {
  readonly trigger: number;
  readonly readOnly: boolean;
  /** As given to the `start` or `now` that this answers. */
  readonly epoch: number;
  readonly loopStallMs: number;
  /** As PostgreSQL counts, 150018; 0 where unknown. */
  readonly serverVersion: number;
  /** SQLSTATE, the name of a system error, or one of src/core/probe_verdict.h; empty on success. */
  readonly code: string;
  /** For people; holds no password. */
  readonly message: string;
}

/** Of one server process; `state` is a value of `ProbeAddon.enums`. */
export interface NativeBackend {
  readonly pid: number;
  readonly state: number;
  readonly ageMs: number;
  readonly inStateMs: number;
  /** By the server's clock, in µs: equal where nothing has happened in between. */
  readonly stateSince: number;
}

/** The answer to one question about `pg_stat_activity`. */
export interface NativeActivity {
  readonly question: number;
  /** false: `code` and `message` say why. */
  readonly known: boolean;
  /** Of this database's clients, the probe's own not among them. */
  readonly connections: readonly { readonly state: string; readonly count: number }[];
  readonly waitingForLock: number;
  readonly maxConnections: number;
  /** By the server's clock, in µs. */
  readonly serverStarted: number;
  /** Of those that were asked about, the ones that are there. */
  readonly backends: readonly NativeBackend[];
  readonly code: string;
  readonly message: string;
}

/** Shared by all of this process that look at the same database. Nothing of it keeps the process alive. */
export interface Probe {
  /** Looks for the database until `stop`. */
  start(epoch: number): void;
  /** Looks once, whether started or not. */
  now(epoch: number): void;
  stop(): void;
  /**
   * What the database's connections do, those of `pids` one by one; answered once, as a NativeActivity. What anybody of
   * this process has been told within the last `maxAgeMs` is told again instead of asking.
   */
  activity(question: number, pids: readonly number[], maxAgeMs: number): void;
  /** The driver's, where it fetches one: for attempts that begin from now on. */
  password(text: string): void;
  /** No result comes after this. Idempotent. */
  close(): void;
}

export interface NativeLoopMonitor {
  /** The event loop has turned. */
  beat(): void;
  /** No beats are to be expected until the next one. */
  rest(): void;
  /** How long, in ms, the loop has not turned when it should have. */
  stalledFor(): number;
  /** How many of the last `ms` were spent in stalls. */
  stalledWithin(ms: number): number;
}

type Enumeration<Names extends string> = Readonly<Record<Names, number>>;

export interface ProbeAddon {
  readonly NativeProbe: new (
    options: object,
    onResults: (results: readonly (ProbeResult | NativeActivity)[]) => void,
  ) => Probe;
  readonly NativeLoopMonitor: new (periodMs: number, toleranceMs: number) => NativeLoopMonitor;
  /** For how many databases this process has a probe now. */
  activeDatabases(): number;
  /** Whether a probe made of these options would use `driver.authorities`. */
  needsAuthorities(options: object): boolean;
  /** What is linked into the one that logs in: 150018, and "OpenSSL 3.0.22 …". */
  readonly libraries?: { readonly libpq: number; readonly openssl: string };
  readonly enums: {
    readonly ProbeVerdict: Enumeration<'up' | 'down' | 'inconclusive'>;
    readonly ServerRole: Enumeration<'unknown' | 'primary' | 'standby'>;
    readonly BackendState: Enumeration<'unknown' | 'active' | 'idle'>;
    readonly Driver: Enumeration<'libpq' | 'nodePostgres' | 'prismaEngine' | 'unknown'>;
    readonly ProbeTrigger: Enumeration<'schedule' | 'onDemand' | 'sentinel'>;
  };
}

/** Without `reason` it logs in. With one it hears no more than a greeting, or, without an addon, there is none. */
export interface Loaded {
  readonly addon?: ProbeAddon;
  readonly reason?: string;
}
export interface Opened {
  readonly probe?: Probe;
  readonly reason?: string;
}

let loaded: Loaded | undefined;

/** Loads the addon on the first call. */
export function probeAddon(): Loaded {
  loaded ??= load();
  return loaded;
}

function load(): Loaded {
  const loading = loadProbe();
  if (loading.kind) return { addon: loading.exports as ProbeAddon };
  const reason = `no probe that logs in can be loaded on ${here()}: ${loading.refused.join('; ')}`;
  return { addon: native.probe, reason };
}

/**
 * The reason, where there is no probe: the addon cannot be loaded, or the connection string is malformed. It quotes
 * nothing of the connection string.
 */
export function createProbe(
  options: ProbeOptions,
  onResult: (result: ProbeResult) => void,
  onActivity: (activity: NativeActivity) => void = () => undefined,
): Opened {
  const loading = probeAddon();
  if (!loading.addon) return { reason: loading.reason };
  const { NativeProbe } = loading.addon;
  const { target, driver, seed = randomSeed(), sentinel = false, ...others } = options;
  const onResults = (results: readonly (ProbeResult | NativeActivity)[]): void => {
    for (const result of results) {
      if ('question' in result) onActivity(result);
      else onResult(result);
    }
  };
  try {
    const known = { ...target, ...(driver && { driver: settings(loading.addon, target, driver) }) };
    return { probe: new NativeProbe({ ...known, ...others, sentinel, seed }, onResults), reason: loading.reason };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

function settings(addon: ProbeAddon, target: ProbeTarget, { authorities, driver, ...others }: DriverSettings): object {
  const known = { ...others, driver: addon.enums.Driver[driver] };
  if (!authorities || !addon.needsAuthorities({ ...target, driver: known })) return known;
  return { ...known, authorities: authorities() };
}

function randomSeed(): number {
  return Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
}

/** As users see it, from a result's number. */
export function roleName(role: number): 'unknown' | 'primary' | 'standby' {
  const { ServerRole } = probeAddon().addon?.enums ?? {};
  if (role === ServerRole?.primary) return 'primary';
  return role === ServerRole?.standby ? 'standby' : 'unknown';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
