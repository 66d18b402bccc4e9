/**
 * Loads the probe's addon and types what it exports. It is an addon of its own, so that everything else works where it
 * cannot be loaded; then the core's addon has a probe that hears what the server says before anybody logs in, and where
 * there is none either, the core looks in band.
 */
import { here, loadProbe } from './addon/loader';
import {
  type DriverSettings as KnownDriverSettings,
  type NativeLoopMonitor,
  type NativeProbe,
  type AnyProbeAddon,
  type ProbeItem,
  type ProbeResult,
  type ServerActivity,
  native,
} from './native';

/** Exactly one of the three. */
export type ProbeTarget =
  /** postgres://… in Prisma's, node-postgres' or libpq's dialect, or libpq's keyword=value form. */
  | { readonly url: string }
  /** The same by libpq's names (`database` is taken for `dbname`), as a driver adapter has them. */
  | { readonly parameters: Readonly<Record<string, string>> }
  /** Any other database. `awaitsGreeting`: it speaks first, as MySQL and MariaDB do. */
  | { readonly tcp: { readonly host: string; readonly port: number; readonly awaitsGreeting?: boolean } };

/** What the application's driver goes by beside its connection string; src/io/tls_plan.h says what is made of it. */
export interface DriverSettings extends Omit<KnownDriverSettings, 'authorities'> {
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

/** Without `reason` it logs in. With one it hears no more than a greeting, or, without an addon, there is none. */
interface Loaded {
  readonly addon?: AnyProbeAddon;
  readonly reason?: string;
}
interface Opened {
  readonly probe?: NativeProbe;
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
  if (loading.kind) return { addon: loading.exports as AnyProbeAddon };
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
  onActivity: (question: number, activity: ServerActivity) => void = () => undefined,
): Opened {
  const loading = probeAddon();
  if (!loading.addon) return { reason: loading.reason };
  const { NativeProbe } = loading.addon;
  const { target, driver, seed = randomSeed(), sentinel = false, ...others } = options;
  const onItem = (item: ProbeItem): void => {
    switch (item.type) {
      case 'lookAnswer':
        onResult(item.result);
        return;
      case 'activityAnswer':
        onActivity(item.question, item.activity);
        return;
      default:
        item satisfies never;
    }
  };
  try {
    const known = { ...target, ...(driver && { driver: settings(loading.addon, target, driver) }) };
    return {
      probe: new NativeProbe({ ...known, ...others, sentinel, seed }, (items) => items.forEach(onItem)),
      reason: loading.reason,
    };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

function settings(
  addon: AnyProbeAddon,
  target: ProbeTarget,
  { authorities, ...known }: DriverSettings,
): KnownDriverSettings {
  const { url, parameters } = target as { url?: string; parameters?: Readonly<Record<string, string>> };
  const needed = authorities !== undefined && addon.needsAuthoritiesFor(url, parameters, known);
  return needed ? { ...known, authorities: authorities() } : known;
}

function randomSeed(): number {
  return Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
