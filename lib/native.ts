/**
 * The core's addon, and the types of what it exports. Enumerations and slots of the control block have their one source
 * in C++ and are read from here.
 */
import type { InDoubtVerdict, Learned, MarkRules, Observed } from './adapter/guard-host';
import { type LoadedAddon, loadCore } from './addon/loader';
import type { NativeActivity, ProbeAddon } from './native-probe';
import type { EffectiveConfig, ErrorClassName, OutcomeName } from './options';

/** A try as the core is told of it; the host's in-flight entries have this shape. */
export interface NativeTry {
  ticket: number;
  kind: number;
  shape: number;
  hasUserCode: boolean;
  firstStarted: number;
  tryStarted: number;
  tries: number;
  epoch: number;
  nothingSent?: boolean;
  holdsConnection?: boolean;
  newConnection?: boolean;
  callbackStarted?: boolean;
  earlierInDoubt?: boolean;
  reportedBeneath?: boolean;
  rescuedBeneath?: boolean;
  asksOutcome?: boolean;
}

/** What is known of the connection that a piece of work is on; see src/core/silent_connections.h. */
export interface NativeUsedConnection {
  /** 0: none is known. */
  readonly number: number;
  readonly opening: boolean;
  readonly pid: number;
  readonly openedAt: number;
  readonly moving: boolean;
}

export interface NativeDecision {
  readonly verdict: number;
  readonly ticket: number;
  readonly reason: number;
  readonly outcome: number;
}

export interface NativeFailureDecision extends NativeDecision {
  readonly errorClass: number;
  readonly countsAgainstBreaker: boolean;
  readonly connectionClass: boolean;
}

/** One effect; which fields it has depends on `type`, see src/core/decision.h. */
export interface NativeEffect {
  readonly type: number;
  readonly ticket: number;
  readonly reason: number;
  readonly id: number;
  readonly timeout: number;
  readonly ofDatabase: boolean;
  readonly epoch: number;
  readonly part: number;
  readonly after: number;
  readonly took: number;
  readonly hard: boolean;
  readonly from: number;
  readonly to: number;
  readonly attempt: number;
  readonly outage: number;
  readonly delay: number;
}

export interface NativeStats {
  readonly operations: number;
  readonly errors: number;
  readonly retries: number;
  readonly inFlight: number;
  readonly parked: number;
  readonly consecutiveErrors: number;
  readonly reconnectAttempts: number;
  readonly reconnects: number;
  readonly hardResets: number;
  readonly generationSince: number;
  readonly warmup?: number;
  readonly connected: boolean;
  readonly latencySamples: number;
  readonly latencyP50: number;
  readonly latencyP90: number;
  readonly latencyP99: number;
}

export interface NativeProbeResult {
  readonly verdict: number;
  readonly role: number;
  readonly trigger?: number;
  readonly everUp: boolean;
  readonly readOnly?: boolean;
  readonly latencyMs: number;
  readonly host: string;
  readonly port: number;
}

/** All times in ms of performance.now(). */
export interface NativeSupervisor {
  admit(now: number, kind: number, shape: number, hasUserCode: boolean): number;
  onFailed(now: number, failed: NativeTry, facts: object, overrideClass?: number): NativeFailureDecision;
  onHanging(now: number, hanging: NativeTry, connectionDead: boolean, ownLimit: number): NativeDecision;
  hangs(now: number, work: NativeTry, connectionDead: boolean, connection: NativeUsedConnection): boolean;
  onActivity(now: number, look: number, activity: NativeActivity | undefined): void;
  onSucceeded(now: number, ticket: number): void;
  onCancelled(now: number, ticket: number): void;
  onProbeResult(now: number, result: NativeProbeResult): void;
  onVerified(now: number, id: number, verdict: number): void;
  onDelivered(now: number, epoch: number): void;
  onMade(now: number, epoch: number, verdict: number, guarded: boolean): void;
  onDrained(now: number, epoch: number): void;
  onClosed(now: number, epoch: number): void;
  takeGenerationNumber(): number;
  makeVerdict(facts: object): number;
  onTick(now: number): void;
  requestReplacement(now: number, reason: number, drainMs?: number): boolean;
  wantConnection(now: number): void;
  requestReconnect(now: number): void;
  stop(now: number, drainMs: number): void;
  classify(facts: object): number;
  verifyVerdict(facts: object): number;
  takeEffects(): NativeEffect[];
  stats(now: number): NativeStats;
  /** [bound in ms, how many successful tries took less, …] */
  /** [bound in ms, how many were below it, …]; `fine`: four bounds for each power of two instead of one. */
  latencyCounts(fine?: boolean): number[];
}

/** What looks like a secret, and those that are known, are hidden (src/io/redact.h). */
export interface NativeRedactor {
  /** A password, as it is. */
  add(password: string): void;
  /** Whatever looks like a secret in a connection string of any kind. */
  learn(connectionString: string): void;
  redact(text: string): string;
}

export interface NativeLogger {
  wants(level: number): boolean;
  log(level: number, text: string): boolean;
  take(): (number | string)[];
}

/** Counts since the process began: failed tries, runs after the first, operations given up. */
type OutageInput = [now: number, failed: number, retried: number, givenUp: number];
export type OutageLine = [elapsedMs: number, failed: number, retried: number, givenUp: number];

export interface NativeOutageReport {
  begin(...counts: OutageInput): void;
  tick(...counts: OutageInput): OutageLine | undefined;
  end(...counts: OutageInput): OutageLine | undefined;
  due(): number;
}

type Enumeration<Names extends string> = Readonly<Record<Names, number>>;

export interface NativeEnums {
  readonly EffectType: Enumeration<
    | 'release'
    | 'expire'
    | 'startLooking'
    | 'stopLooking'
    | 'verify'
    | 'replace'
    | 'replaceImpossible'
    | 'stateChanged'
    | 'connected'
    | 'disconnected'
    | 'reconnecting'
    | 'reconnected'
    | 'reconnectFailed'
    | 'sweepInFlight'
    | 'runHealthCheck'
    | 'loopStalled'
    | 'lookAtConnections'
    | 'stopMaking'
    | 'serveGeneration'
    | 'drainGeneration'
    | 'cutGeneration'
    | 'closeGeneration'
    | 'abandonGeneration'
    | 'ended'
    | 'replaced'
    | 'replaceFailed'
  >;
  readonly DecisionVerdict: Enumeration<'runNow' | 'wait' | 'giveUp' | 'leave'>;
  readonly VerifyVerdict: Enumeration<'ok' | 'unreachable' | 'timedOut' | 'otherFailure' | 'inconclusive'>;
  readonly OperationKind: Enumeration<'read' | 'idempotentWrite' | 'write'>;
  readonly OperationShape: Enumeration<'single' | 'array' | 'interactive'>;
  readonly ErrorClass: Readonly<Record<string, number>>;
  readonly ConnectionState: Enumeration<
    'connecting' | 'up' | 'suspect' | 'down' | 'verifying' | 'recovering' | 'replacing' | 'stopped'
  >;
  readonly GiveUpReason: Enumeration<
    | 'notRetryable'
    | 'unknownOutcome'
    | 'userCode'
    | 'transactionPolicy'
    | 'attemptsExhausted'
    | 'deadline'
    | 'retryBudget'
    | 'queueFull'
    | 'shutdown'
  >;
  readonly ReplaceReason: Enumeration<
    | 'initial'
    | 'refresh'
    | 'age'
    | 'consecutiveErrors'
    | 'finalAttempt'
    | 'engineFault'
    | 'failover'
    | 'manual'
    | 'memory'
    | 'credentials'
  >;
  readonly MakeVerdict: Enumeration<'made' | 'failed' | 'refused'>;
  readonly ReplacePart: Enumeration<'client' | 'connections' | 'adapters'>;
  readonly errorClassNames: readonly ErrorClassName[];
  readonly connectionStateNames: readonly ConnectionStateName[];
  readonly giveUpReasonNames: readonly string[];
  readonly replaceReasonNames: readonly ReplaceReasonName[];
  readonly outcomeNames: readonly OutcomeName[];
}

export type ConnectionStateName =
  'connecting' | 'up' | 'suspect' | 'down' | 'verifying' | 'recovering' | 'replacing' | 'stopped';

export type ReplaceReasonName =
  | 'initial'
  | 'refresh'
  | 'age'
  | 'consecutive-errors'
  | 'final-attempt'
  | 'engine-fault'
  | 'failover'
  | 'manual'
  | 'memory'
  | 'credentials';

export type HealthStatusName = 'healthy' | 'degraded' | 'unhealthy';

export interface NativeAddon {
  /** Hears greetings and logs in nowhere; not in the WebAssembly build, nor on Windows. */
  readonly probe?: ProbeAddon;
  readonly NativeSupervisor: new (
    config: object,
    host: {
      canReplace: boolean;
      hasProbe: boolean;
      hasClient: boolean;
      guarded: boolean;
      serving: string | undefined;
      seed: number;
      now: number;
      block: Float64Array;
      ConfigError: new (problems: readonly string[]) => Error;
    },
  ) => NativeSupervisor;
  readonly NativeOutageReport: new () => NativeOutageReport;
  readonly NativeLogger: new (level: number) => NativeLogger;
  effectiveConfig(config: object, configError: new (problems: readonly string[]) => Error): EffectiveConfig;
  readonly NativeRedactor: new () => NativeRedactor;
  /** Whether what a parameter or field of that name holds must not be shown. */
  isSecretKey(name: string): boolean;
  readonly configKeys: readonly { path: string; default: unknown; accepted: string; meaning: string }[];
  readonly slots: Readonly<
    Record<
      | 'gate'
      | 'epoch'
      | 'tickDue'
      | 'effects'
      | 'started'
      | 'succeeded'
      | 'failed'
      | 'lastCompletion'
      | 'oldestInFlight'
      | 'latencyMin'
      | 'latencyMax'
      | 'state'
      | 'latencySum'
      | 'latencyBuckets',
      number
    >
  >;
  readonly controlBlockLength: number;
  readonly enums: NativeEnums;
  readonly stateTable: readonly { from: string; event: string; to: string }[];
  decideInDoubt(learned: Learned, observed: Observed): InDoubtVerdict;
  readonly marks: MarkRules;
  judgeHealth(
    answered: boolean,
    latencyMs: number,
    heapShare: number,
    latencyWarnMs: number,
    heapWarnShare: number,
  ): HealthStatusName;
  operationKind(action: string): number;
  /** `provider` as Prisma names it; it says how the SQL is read. */
  sqlKind(sql: string, provider?: string): number;
  sqlMayCommitInside(sql: string, provider?: string): boolean;
  sqlMayEndTransaction(sql: string, provider?: string): boolean;
  transactionKind(members: readonly number[] | undefined): number;
}

/** Which addon is in use, and where it came from. */
export const addon: LoadedAddon = loadCore();

export const native = addon.exports as NativeAddon;
