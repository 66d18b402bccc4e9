/**
 * What crosses between C++ and TypeScript. Made by scripts/generate-native-types.mjs from what the addons say of
 * themselves (binding/records, binding/seam): never edited by hand.
 */
import type { ResilientConfig } from './options';

export const AdmissionVerdict = { run: 'run', parked: 'parked', rejected: 'rejected' } as const;
export type AdmissionVerdict = (typeof AdmissionVerdict)[keyof typeof AdmissionVerdict];

export const BackendState = { unknown: 'unknown', active: 'active', idle: 'idle' } as const;
export type BackendState = (typeof BackendState)[keyof typeof BackendState];

export const BackoffKind = { exponential: 'exponential', linear: 'linear' } as const;
export type BackoffKind = (typeof BackoffKind)[keyof typeof BackoffKind];

export const BulkheadEntry = { refused: 0, entered: 1, waiting: 2 } as const;
export type BulkheadEntry = (typeof BulkheadEntry)[keyof typeof BulkheadEntry];

export const BulkheadName = { read: 'read', write: 'write', reporting: 'reporting' } as const;
export type BulkheadName = (typeof BulkheadName)[keyof typeof BulkheadName];

export const CallKind = { read: 'read', write: 'write' } as const;
export type CallKind = (typeof CallKind)[keyof typeof CallKind];

export const CallResult = { success: 0, failure: 1, neither: 2 } as const;
export type CallResult = (typeof CallResult)[keyof typeof CallResult];

export const CircuitState = { closed: 0, open: 1, halfOpen: 2 } as const;
export type CircuitState = (typeof CircuitState)[keyof typeof CircuitState];

export const ConnectionEvent = {
  verified: 'verified',
  failure: 'failure',
  hang: 'hang',
  probeDoubt: 'probe-doubt',
  probeUp: 'probe-up',
  probeDown: 'probe-down',
  inconclusive: 'inconclusive',
  drained: 'drained',
  clientFault: 'client-fault',
  replaced: 'replaced',
  replaceFailed: 'replace-failed',
  stop: 'stop',
} as const;
export type ConnectionEvent = (typeof ConnectionEvent)[keyof typeof ConnectionEvent];

export const ConnectionState = {
  connecting: 'connecting',
  up: 'up',
  suspect: 'suspect',
  down: 'down',
  verifying: 'verifying',
  recovering: 'recovering',
  replacing: 'replacing',
  stopped: 'stopped',
} as const;
export type ConnectionState = (typeof ConnectionState)[keyof typeof ConnectionState];

export const DecisionVerdict = { runNow: 'runNow', wait: 'wait', giveUp: 'giveUp', leave: 'leave' } as const;
export type DecisionVerdict = (typeof DecisionVerdict)[keyof typeof DecisionVerdict];

export const Driver = {
  libpq: 'libpq',
  nodePostgres: 'nodePostgres',
  prismaEngine: 'prismaEngine',
  unknown: 'unknown',
} as const;
export type Driver = (typeof Driver)[keyof typeof Driver];

export const EndsTransaction = { no: 'no', yes: 'yes', ifConfigured: 'if-configured' } as const;
export type EndsTransaction = (typeof EndsTransaction)[keyof typeof EndsTransaction];

export const ErrorClass = {
  notSent: 'not-sent',
  saturated: 'saturated',
  unknown: 'unknown',
  rolledBack: 'rolled-back',
  readOnly: 'read-only',
  cancelled: 'cancelled',
  engineFault: 'engine-fault',
  fatalConfiguration: 'fatal-configuration',
  query: 'query',
  local: 'local',
} as const;
export type ErrorClass = (typeof ErrorClass)[keyof typeof ErrorClass];

export const GiveUpReason = {
  notRetryable: 'not-retryable',
  unknownOutcome: 'unknown-outcome',
  userCode: 'user-code',
  transactionPolicy: 'transaction-policy',
  attemptsExhausted: 'attempts-exhausted',
  deadline: 'deadline',
  retryBudget: 'retry-budget',
  queueFull: 'queue-full',
  shutdown: 'shutdown',
} as const;
export type GiveUpReason = (typeof GiveUpReason)[keyof typeof GiveUpReason];

export const GuardPhase = {
  none: 'none',
  acquire: 'acquire',
  begin: 'begin',
  statement: 'statement',
  commit: 'commit',
  rollback: 'rollback',
} as const;
export type GuardPhase = (typeof GuardPhase)[keyof typeof GuardPhase];

export const HealthStatus = { healthy: 'healthy', degraded: 'degraded', unhealthy: 'unhealthy' } as const;
export type HealthStatus = (typeof HealthStatus)[keyof typeof HealthStatus];

export const HoldKind = { transaction: 'transaction', connection: 'connection' } as const;
export type HoldKind = (typeof HoldKind)[keyof typeof HoldKind];

export const InDoubtReason = {
  nothingWritten: 'nothing-written',
  marker: 'marker',
  noRecovery: 'no-recovery',
  walLost: 'wal-lost',
  walSurvived: 'wal-survived',
  cleanRestart: 'clean-restart',
  standby: 'standby',
  anotherSystem: 'another-system',
  restartUnclear: 'restart-unclear',
  forgotten: 'forgotten',
  contradiction: 'contradiction',
  unreadable: 'unreadable',
  alone: 'alone',
} as const;
export type InDoubtReason = (typeof InDoubtReason)[keyof typeof InDoubtReason];

export const JitterKind = { full: 'full', none: 'none' } as const;
export type JitterKind = (typeof JitterKind)[keyof typeof JitterKind];

export const LogLevel = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  silent: 'silent',
} as const;
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];

export const MakeVerdict = { made: 'made', failed: 'failed', refused: 'refused', putOff: 'putOff' } as const;
export type MakeVerdict = (typeof MakeVerdict)[keyof typeof MakeVerdict];

export const MarkAnswer = {
  there: 'there',
  refused: 'refused',
  held: 'held',
  readOnly: 'readOnly',
  alone: 'alone',
} as const;
export type MarkAnswer = (typeof MarkAnswer)[keyof typeof MarkAnswer];

export const MarkedAnswer = { rows: 'rows', count: 'count' } as const;
export type MarkedAnswer = (typeof MarkedAnswer)[keyof typeof MarkedAnswer];

export const MemoryMeasure = { heap: 'heap', container: 'container' } as const;
export type MemoryMeasure = (typeof MemoryMeasure)[keyof typeof MemoryMeasure];

export const NameRefusal = { none: 'none', notKept: 'notKept', stale: 'stale' } as const;
export type NameRefusal = (typeof NameRefusal)[keyof typeof NameRefusal];

export const Need = {
  required: 'required',
  defaulted: 'defaulted',
  optional: 'optional',
  nullable: 'nullable',
} as const;
export type Need = (typeof Need)[keyof typeof Need];

export const OperationKind = { read: 'read', idempotentWrite: 'idempotent-write', write: 'write' } as const;
export type OperationKind = (typeof OperationKind)[keyof typeof OperationKind];

export const OperationShape = { single: 'single', array: 'array', interactive: 'interactive' } as const;
export type OperationShape = (typeof OperationShape)[keyof typeof OperationShape];

export const Outcome = { notApplied: 'not-applied', unknown: 'unknown', applied: 'applied' } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export const PipelinedStep = {
  commit: 'commit',
  rollBack: 'roll-back',
  rollBackFirst: 'roll-back-first',
  notApplied: 'not-applied',
  askMark: 'ask-mark',
  doneAlone: 'done-alone',
  refusedAlone: 'refused-alone',
  unknown: 'unknown',
} as const;
export type PipelinedStep = (typeof PipelinedStep)[keyof typeof PipelinedStep];

export const ProbeTrigger = { schedule: 'schedule', onDemand: 'onDemand', sentinel: 'sentinel' } as const;
export type ProbeTrigger = (typeof ProbeTrigger)[keyof typeof ProbeTrigger];

export const ProbeVerdict = { up: 'up', down: 'down', inconclusive: 'inconclusive' } as const;
export type ProbeVerdict = (typeof ProbeVerdict)[keyof typeof ProbeVerdict];

export const ProbeView = { unknown: 'unknown', up: 'up', down: 'down' } as const;
export type ProbeView = (typeof ProbeView)[keyof typeof ProbeView];

export const ReplacePart = { client: 'client', connections: 'connections', adapters: 'adapters' } as const;
export type ReplacePart = (typeof ReplacePart)[keyof typeof ReplacePart];

export const ReplaceReason = {
  initial: 'initial',
  refresh: 'refresh',
  age: 'age',
  consecutiveErrors: 'consecutive-errors',
  finalAttempt: 'final-attempt',
  engineFault: 'engine-fault',
  failover: 'failover',
  manual: 'manual',
  memory: 'memory',
  credentials: 'credentials',
  reconnect: 'reconnect',
} as const;
export type ReplaceReason = (typeof ReplaceReason)[keyof typeof ReplaceReason];

export const RetryVerdict = { retry: 'retry', exhausted: 'exhausted', deadline: 'deadline' } as const;
export type RetryVerdict = (typeof RetryVerdict)[keyof typeof RetryVerdict];

export const RuleSource = {
  none: 'none',
  name: 'name',
  sqlstate: 'sqlstate',
  errno: 'errno',
  sqlite: 'sqlite',
  kind: 'kind',
  code: 'code',
  errorCode: 'errorCode',
  message: 'message',
  class: 'class',
  override: 'override',
} as const;
export type RuleSource = (typeof RuleSource)[keyof typeof RuleSource];

export const SentReply = { done: 'done', refused: 'refused', lost: 'lost', unsent: 'unsent' } as const;
export type SentReply = (typeof SentReply)[keyof typeof SentReply];

export const ServerRole = { unknown: 'unknown', primary: 'primary', standby: 'standby' } as const;
export type ServerRole = (typeof ServerRole)[keyof typeof ServerRole];

export const SlowPart = {
  database: 'database',
  pool: 'pool',
  wire: 'wire',
  process: 'process',
  unseen: 'unseen',
} as const;
export type SlowPart = (typeof SlowPart)[keyof typeof SlowPart];

export const TransactionFate = {
  committed: 'committed',
  notCommitted: 'not-committed',
  inProgress: 'in-progress',
  unknown: 'unknown',
} as const;
export type TransactionFate = (typeof TransactionFate)[keyof typeof TransactionFate];

export const TypeKind = {
  boolean: 'boolean',
  number: 'number',
  whole: 'whole',
  time: 'time',
  text: 'text',
  enumeration: 'enumeration',
  record: 'record',
  union: 'union',
  typeScript: 'typeScript',
  table: 'table',
  nothing: 'nothing',
} as const;
export type TypeKind = (typeof TypeKind)[keyof typeof TypeKind];

export const VerifyVerdict = {
  ok: 'ok',
  unreachable: 'unreachable',
  timedOut: 'timedOut',
  otherFailure: 'otherFailure',
  inconclusive: 'inconclusive',
} as const;
export type VerifyVerdict = (typeof VerifyVerdict)[keyof typeof VerifyVerdict];

export interface AbandonGeneration {
  readonly epoch: number;
}

export interface ActivityAnswer {
  readonly question: number;
  readonly activity: ServerActivity;
}

export interface Backend {
  readonly pid: number;
  readonly state: BackendState;
  readonly ageMs: number;
  readonly inStateMs: number;
  readonly stateSinceUs: number;
}

export interface CallJudgement {
  readonly result: CallResult;
  readonly again: boolean;
  readonly unknown: boolean;
}

export interface CaseSchema {
  readonly value: string;
  readonly record: string;
  readonly fields: readonly FieldSchema[];
}

export interface ClassSchema {
  readonly name: string;
  readonly parameters: readonly FieldSchema[];
  readonly methods: readonly FunctionSchema[];
}

export interface Classification {
  readonly errorClass: ErrorClass;
  readonly traits: ErrorTraits;
  readonly conflict: boolean;
  readonly callbackNotCalled: boolean;
  readonly wrongServerSuspected: boolean;
  readonly credentialsSuspected: boolean;
  readonly source: RuleSource;
  readonly rule: string;
}

export interface CloseGeneration {
  readonly epoch: number;
}

export interface CollectionReport {
  readonly before: MemorySample;
  readonly after: MemorySample;
  readonly shareBack: number;
  readonly worthwhile: boolean;
}

export interface ConfigKeyRow {
  readonly path: string;
  readonly defaultText: string;
  readonly accepted: string;
  readonly meaning: string;
}

export interface CutGeneration {
  readonly epoch: number;
}

export interface DrainGeneration {
  readonly epoch: number;
}

export interface DriverSettings {
  readonly driver: Driver;
  readonly ssl?: Readonly<Record<string, string>>;
  readonly environmentMode?: string;
  readonly trustsAll?: boolean;
  readonly authorities?: string;
}

export interface EnumerationSchema {
  readonly name: string;
  readonly values: readonly string[];
  readonly asNumber: boolean;
}

export interface ErrorFacts {
  readonly kind?: string;
  readonly originalCode?: string;
  readonly originalMessage?: string;
  readonly severity?: string;
  readonly code?: string;
  readonly errorCode?: string;
  readonly name?: string;
  readonly message?: string;
  readonly causeCode?: string;
  readonly causeMessage?: string;
  readonly syscall?: string;
  readonly host?: string;
  readonly driver?: string;
  readonly poolActive?: number;
  readonly poolIdle?: number;
  readonly prismaMajor?: number;
  readonly compilesQueries?: boolean;
  readonly phase?: GuardPhase;
  readonly probe?: ProbeView;
  readonly provenOutcome?: Outcome;
  readonly inTransaction?: boolean;
  readonly mayCommitInside?: boolean;
}

export interface ErrorTraits {
  readonly sent: boolean;
  readonly outcome: Outcome;
  readonly poisonsClient: boolean;
  readonly retryMayHelp: boolean;
  readonly countsAgainstBreaker: boolean;
  readonly connectionClass: boolean;
}

export interface Expire {
  readonly ticket: number;
  readonly reason: GiveUpReason;
}

export interface FailedAttempt {
  readonly ticket: number;
  readonly operation: Operation;
  readonly firstStartedMs: number;
  readonly tryStartedMs: number;
  readonly tries: number;
  readonly epoch: number;
  readonly nothingSent?: boolean;
  readonly holdsConnection?: boolean;
  readonly newConnection?: boolean;
  readonly callbackStarted?: boolean;
  readonly earlierInDoubt?: boolean;
  readonly reportedBeneath?: boolean;
  readonly sweptByGuard?: boolean;
  readonly underWay?: boolean;
}

export interface FieldSchema {
  readonly name: string;
  readonly type: TypeSchema;
  readonly need: Need;
}

export interface FunctionSchema {
  readonly name: string;
  readonly parameters: readonly FieldSchema[];
  readonly result: TypeSchema;
  readonly resultOptional: boolean;
}

export interface Growth {
  readonly bytesPerSecond: number;
  readonly risingShare: number;
  readonly first: number;
  readonly last: number;
}

export interface HealthLimits {
  readonly latencyWarnMs: number;
  readonly heapWarn: number;
}

export interface HealthSample {
  readonly answered: boolean;
  readonly latencyMs: number;
  readonly heapShare: number;
}

export interface Hold {
  readonly kind: HoldKind;
  readonly sinceMs: number;
  readonly idleSinceMs: number;
}

export interface HoldWarning {
  readonly heldMs: number;
  readonly leftOut?: number;
}

export interface HostAbilities {
  readonly canReplace: boolean;
  readonly hasProbe: boolean;
  readonly serving?: string;
  readonly hasClient: boolean;
  readonly beneath?: string;
}

export interface InDoubtVerdict {
  readonly verdict: TransactionFate;
  readonly reason: InDoubtReason;
  readonly askAgain: boolean;
}

export interface JudgedFailure {
  readonly decision: Decision;
  readonly errorClass: ErrorClass;
  readonly countsAgainstBreaker: boolean;
  readonly connectionClass: boolean;
}

export interface LatencyBound {
  readonly boundMs: number;
  readonly below: number;
}

export interface LatencySummary {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
}

export interface Learned {
  readonly xid: string | null;
  readonly lsn: string | null;
  readonly replayLsn: string | null;
  readonly startTime: string | null;
  readonly statsReset: string | null;
  readonly systemId: string | null;
  readonly serializable: boolean;
}

export interface LinkedLibraries {
  readonly libpq: number;
  readonly openssl: string;
}

export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
}

export interface LookAnswer {
  readonly result: ProbeResult;
}

export interface LookAtConnections {
  readonly look: number;
}

export interface LoopStalled {
  readonly delayMs: number;
}

export interface MarkLimits {
  readonly lockWaitMs: number;
  readonly keptMs: number;
  readonly sweepBatch: number;
  readonly mostSettled: number;
  readonly sweepPauseMs: number;
  readonly usesBeforeName: number;
  readonly mostStale: number;
  readonly mostNames: number;
}

export interface MarkRequest {
  readonly table: string;
  readonly parameters: number;
  readonly wantsRows: boolean;
}

export interface MarkVerdict {
  readonly verdict: TransactionFate;
  readonly reason: InDoubtReason;
  readonly askAgain: boolean;
  readonly endGhost: boolean;
}

export interface MarkedSql {
  readonly text: string;
  readonly answer: MarkedAnswer;
  readonly recall: string;
  readonly mayBePrepared: boolean;
}

export interface MemoryAdvice {
  readonly high?: MemoryPressure;
  readonly collect: boolean;
  readonly replace?: Growth;
}

export interface MemoryPressure {
  readonly measure: MemoryMeasure;
  readonly used: number;
  readonly limit: number;
  readonly share: number;
}

export interface MemoryReading {
  readonly sample: MemorySample;
  readonly advice: MemoryAdvice;
}

export interface MemorySample {
  readonly heapUsed: number;
  readonly heapLimit: number;
  readonly rss: number;
  readonly containerUsed: number;
  readonly containerLimit: number;
}

export interface Observed {
  readonly inRecovery: boolean;
  readonly replayLsn: string | null;
  readonly startTime: string | null;
  readonly statsReset: string | null;
  readonly systemId: string | null;
  readonly status: string | null;
}

export interface Operation {
  readonly kind: OperationKind;
  readonly shape: OperationShape;
  readonly hasUserCode: boolean;
  readonly beneath?: boolean;
}

export interface OperationTimes {
  readonly totalMs: number;
  readonly databaseMs: number;
  readonly poolMs: number;
  readonly wireMs: number;
  readonly seenBeneath: boolean;
}

export interface OutageCounts {
  readonly failed: number;
  readonly retried: number;
  readonly givenUp: number;
}

export interface OutageLine {
  readonly elapsedMs: number;
  readonly during: OutageCounts;
}

export interface PipelinedReplies {
  readonly off: SentReply;
  readonly offAgain: SentReply;
  readonly mark: SentReply;
  readonly statement: SentReply;
}

export interface ProbeRequest {
  readonly driver?: DriverSettings;
  readonly url?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly tcp?: TcpRequest;
  readonly sentinel?: boolean;
  readonly intervalMs: number;
  readonly downIntervalMs: number;
  readonly timeoutMs: number;
  readonly seed: number;
  readonly monitor?: NativeLoopMonitor;
}

export interface ProbeResult {
  readonly verdict: ProbeVerdict;
  readonly role: ServerRole;
  readonly trigger: ProbeTrigger;
  readonly readOnly: boolean;
  readonly letIn: boolean;
  readonly everUp: boolean;
  readonly epoch: number;
  readonly latencyMs: number;
  readonly loopStallMs: number;
  readonly serverVersion: number;
  readonly host: string;
  readonly port: number;
  readonly code: string;
  readonly message: string;
}

export interface Reconnected {
  readonly outageMs: number;
}

export interface Reconnecting {
  readonly attempt: number;
}

export interface RecordSchema {
  readonly name: string;
  readonly fields: readonly FieldSchema[];
}

export interface Release {
  readonly ticket: number;
}

export interface Replace {
  readonly epoch: number;
  readonly reason: ReplaceReason;
  readonly part: ReplacePart;
  readonly sparesSessions: boolean;
}

export interface ReplaceFailed {
  readonly reason: ReplaceReason;
}

export interface ReplaceImpossible {
  readonly reason: ReplaceReason;
}

export interface Replaced {
  readonly epoch: number;
  readonly reason: ReplaceReason;
  readonly hard: boolean;
  readonly tookMs: number;
}

export interface RetryScheduleConfig {
  readonly maxRetries: number;
  readonly firstAtOnce: boolean;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly backoff: BackoffKind;
  readonly jitter: JitterKind;
}

export interface Schema {
  readonly enumerations: readonly EnumerationSchema[];
  readonly records: readonly RecordSchema[];
  readonly unions: readonly UnionSchema[];
  readonly classes: readonly ClassSchema[];
  readonly functions: readonly FunctionSchema[];
}

export interface ServeGeneration {
  readonly epoch: number;
}

export interface ServerActivity {
  readonly known: boolean;
  readonly connections: readonly StateCount[];
  readonly waitingForLock: number;
  readonly maxConnections: number;
  readonly serverStartedUs: number;
  readonly backends: readonly Backend[];
  readonly code: string;
  readonly message: string;
}

export interface SlotPlace {
  readonly name: string;
  readonly place: number;
}

export interface SlowOperation {
  readonly processMs: number;
  readonly mostly: SlowPart;
  readonly leftOut?: number;
}

export interface StateChanged {
  readonly from: ConnectionState;
  readonly to: ConnectionState;
}

export interface StateCount {
  readonly state: string;
  readonly count: number;
}

export interface StatementReply {
  readonly sqlstate?: string;
  readonly severity?: string;
  readonly mysqlNumber?: number;
  readonly sqlite?: string;
}

export interface StopMaking {
  readonly epoch: number;
  readonly afterMs: number;
}

export interface SupervisorStats {
  readonly operations: number;
  readonly errors: number;
  readonly retries: number;
  readonly inFlight: number;
  readonly parked: number;
  readonly consecutiveErrors: number;
  readonly reconnectAttempts: number;
  readonly reconnects: number;
  readonly hardResets: number;
  readonly generationSinceMs: number;
  readonly warmupMs?: number;
}

export interface SweepPlan {
  readonly settled: number;
  readonly byAge: boolean;
  readonly pauseMs: number;
}

export interface SweepState {
  readonly settled: number;
  readonly lastSweepMs: number;
  readonly lastByAgeMs: number;
  readonly ageBatchFull: boolean;
}

export interface TcpRequest {
  readonly host: string;
  readonly port: number;
  readonly awaitsGreeting?: boolean;
}

export interface Transition {
  readonly from: ConnectionState;
  readonly event: ConnectionEvent;
  readonly to: ConnectionState;
}

export interface TypeSchema {
  readonly kind: TypeKind;
  readonly of: string;
  readonly list: boolean;
  readonly least: number;
  readonly most: number;
}

export interface UnionSchema {
  readonly name: string;
  readonly tag: string;
  readonly tagType: string;
  readonly cases: readonly CaseSchema[];
}

export interface UsedConnection {
  readonly number: number;
  readonly opening: boolean;
  readonly pid: number;
  readonly openedMs: number;
  readonly moving: boolean;
}

export interface Verify {
  readonly id: number;
  readonly timeoutMs: number;
  readonly ofDatabase: boolean;
}

/** Every key with its value in effect, as the core holds it; without what only the host keeps. */
export interface EffectiveConfig {
  readonly preset: 'server' | 'serverless';
  readonly reconnect: {
    readonly maxAttempts: number;
    readonly initialDelay: number;
    readonly maxDelay: number;
    readonly backoff: 'exponential' | 'linear';
    readonly jitter: 'full' | 'none';
    readonly deadline: number;
    readonly maxParked: number;
    readonly hardResetOnFinalAttempt: boolean;
    readonly maxConsecutiveErrors: number;
    readonly maxConnectionAge: number;
    readonly minResetInterval: number;
    readonly retryBudget: { readonly ratio: number; readonly minPerSecond: number };
  };
  readonly refresh: { readonly enabled: boolean; readonly intervalMs: number };
  readonly memory: {
    readonly autoGC: boolean;
    readonly gcThreshold: number;
    readonly intervalMs: number;
    readonly resetOnGrowth: boolean;
  };
  readonly healthCheck: {
    readonly enabled: boolean;
    readonly intervalMs: number;
    readonly latencyWarnMs: number;
    readonly timeoutMs: number;
  };
  readonly probe: {
    readonly mode: 'on-demand' | 'sentinel' | 'off';
    readonly intervalMs: number;
    readonly downIntervalMs: number;
    readonly timeoutMs: number;
    readonly suspectAfterMs: number;
  };
  readonly writes: { readonly onUnknownOutcome: 'throw' | 'verify' | 'retry' };
  readonly transactions: { readonly retry: 'safe' | 'conflict' | 'always' | 'never' };
  readonly circuitBreaker: {
    readonly enabled: boolean;
    readonly failureThreshold: number;
    readonly resetTimeout: number;
    readonly halfOpenSuccessThreshold: number;
    readonly maxSampleSize: number;
  };
  readonly bulkheads: {
    readonly read: { readonly maxConcurrent: number; readonly maxWaiting: number; readonly configured: boolean };
    readonly write: { readonly maxConcurrent: number; readonly maxWaiting: number; readonly configured: boolean };
    readonly reporting: { readonly maxConcurrent: number; readonly maxWaiting: number; readonly configured: boolean };
  };
  readonly timeouts: {
    readonly read: number;
    readonly write: number;
    readonly report: number;
    readonly operation?: number;
  };
  readonly cache: { readonly maxEntries: number; readonly ttlMs: number; readonly staleTtlMs: number };
  readonly warmup: { readonly enabled: boolean; readonly timeoutMs: number };
  readonly warnings: { readonly slowOperationMs: number; readonly heldConnectionMs: number };
  readonly logging: { readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent' };
}

export type Admission =
  | { readonly verdict: 'run' }
  | { readonly verdict: 'parked'; readonly ticket: number }
  | { readonly verdict: 'rejected'; readonly reason: GiveUpReason };

export type Decision =
  | { readonly verdict: 'runNow'; readonly ticket: number; readonly outcome: Outcome }
  | { readonly verdict: 'wait'; readonly ticket: number; readonly outcome: Outcome }
  | { readonly verdict: 'giveUp'; readonly reason: GiveUpReason; readonly outcome: Outcome }
  | { readonly verdict: 'leave' };

export type Effect =
  | ({ readonly type: 'release' } & Release)
  | ({ readonly type: 'expire' } & Expire)
  | { readonly type: 'startLooking' }
  | { readonly type: 'stopLooking' }
  | ({ readonly type: 'verify' } & Verify)
  | ({ readonly type: 'replace' } & Replace)
  | ({ readonly type: 'replaceImpossible' } & ReplaceImpossible)
  | ({ readonly type: 'stateChanged' } & StateChanged)
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected' }
  | ({ readonly type: 'reconnecting' } & Reconnecting)
  | ({ readonly type: 'reconnected' } & Reconnected)
  | { readonly type: 'reconnectFailed' }
  | { readonly type: 'sweepInFlight' }
  | { readonly type: 'runHealthCheck' }
  | ({ readonly type: 'loopStalled' } & LoopStalled)
  | { readonly type: 'readSockets' }
  | ({ readonly type: 'lookAtConnections' } & LookAtConnections)
  | ({ readonly type: 'stopMaking' } & StopMaking)
  | ({ readonly type: 'serveGeneration' } & ServeGeneration)
  | ({ readonly type: 'drainGeneration' } & DrainGeneration)
  | ({ readonly type: 'cutGeneration' } & CutGeneration)
  | ({ readonly type: 'closeGeneration' } & CloseGeneration)
  | ({ readonly type: 'abandonGeneration' } & AbandonGeneration)
  | { readonly type: 'ended' }
  | ({ readonly type: 'replaced' } & Replaced)
  | ({ readonly type: 'replaceFailed' } & ReplaceFailed);

export type ProbeItem =
  ({ readonly type: 'lookAnswer' } & LookAnswer) | ({ readonly type: 'activityAnswer' } & ActivityAnswer);

export type RetryStep =
  | { readonly verdict: 'retry'; readonly waitMs: number }
  | { readonly verdict: 'exhausted' }
  | { readonly verdict: 'deadline' };

export interface NativeBulkhead {
  enter(): BulkheadEntry;
  leave(): boolean;
  stopWaiting(): void;
  executing(): number;
  waiting(): number;
  refused(): number;
}
export type NativeBulkheadClass = new (config: NativeConfig, name: BulkheadName) => NativeBulkhead;

export interface NativeCircuitBreaker {
  tryAcquire(nowMs: number): number;
  settle(nowMs: number, permit: number, result: CallResult): CircuitState;
  state(nowMs: number): CircuitState;
  retryAfter(nowMs: number): number;
  failures(): number;
  trip(nowMs: number): void;
  reset(): void;
}
export type NativeCircuitBreakerClass = new (config: NativeConfig) => NativeCircuitBreaker;

export interface NativeConfig {
  effective(): EffectiveConfig;
  notices(): readonly string[];
  given(): ResilientConfig;
}
export type NativeConfigClass = new (
  given: ResilientConfig,
  configError: new (problems: readonly string[]) => Error,
) => NativeConfig;

export interface NativeHoldWatch {
  due(nowMs: number, hold: Hold): number;
  onLook(nowMs: number, databaseIsUp: boolean, hold: Hold, place: string): HoldWarning | undefined;
  onOutage(nowMs: number): void;
}
export type NativeHoldWatchClass = new (config: NativeConfig) => NativeHoldWatch;

export interface NativeLogger {
  wants(level: LogLevel): boolean;
  log(level: LogLevel, text: string): boolean;
  take(): readonly LogLine[];
}
export type NativeLoggerClass = new (level: LogLevel) => NativeLogger;

export interface NativeLoopMonitor {
  beat(): void;
  rest(): void;
  stalledFor(): number;
  stalledWithin(windowMs: number): number;
}
export type NativeLoopMonitorClass = new (periodMs: number, toleranceMs: number) => NativeLoopMonitor;

export interface NativeMemoryMonitor {
  onSample(nowMs: number, heapUsed: number, heapLimit: number, rss: number): MemoryReading;
  onCollected(nowMs: number, heapUsed: number, heapLimit: number, rss: number): CollectionReport;
}
export type NativeMemoryMonitorClass = new (config: NativeConfig, nowMs: number) => NativeMemoryMonitor;

export interface NativeOutageReport {
  onBegin(nowMs: number, counts: OutageCounts): void;
  onTick(nowMs: number, counts: OutageCounts): OutageLine | undefined;
  onEnd(nowMs: number, counts: OutageCounts): OutageLine | undefined;
  due(): number;
}
export type NativeOutageReportClass = new () => NativeOutageReport;

export interface NativeProbe {
  start(epoch: number): void;
  stop(): void;
  now(epoch: number): void;
  activity(question: number, pids: readonly number[], maxAgeMs: number): void;
  password(text: string): void;
  close(): void;
}
export type NativeProbeClass = new (
  request: ProbeRequest,
  onItems: (items: readonly ProbeItem[]) => void,
) => NativeProbe;

export interface NativeRedactor {
  add(password: string): void;
  learn(connectionString: string): void;
  redact(text: string): string;
}
export type NativeRedactorClass = new () => NativeRedactor;

export interface NativeRetrySchedule {
  next(failedTries: number, remainingMs: number): RetryStep;
}
export type NativeRetryScheduleClass = new (config: RetryScheduleConfig, seed: number) => NativeRetrySchedule;

export interface NativeSlowOperations {
  onEnded(nowMs: number, name: string, times: OperationTimes): SlowOperation | undefined;
}
export type NativeSlowOperationsClass = new (config: NativeConfig) => NativeSlowOperations;

export interface NativeSupervisor {
  block(): Float64Array;
  admit(nowMs: number, operation: Operation): Admission;
  admitBeneath(nowMs: number): Admission;
  onFailed(nowMs: number, failed: FailedAttempt, facts: ErrorFacts, overrideClass?: ErrorClass): JudgedFailure;
  askOutcome(nowMs: number, commit: FailedAttempt, facts: ErrorFacts): JudgedFailure;
  onHanging(nowMs: number, hanging: FailedAttempt, connectionDead: boolean, ownLimitMs: number): Decision;
  hangs(nowMs: number, work: FailedAttempt, connectionDead: boolean, connection: UsedConnection): boolean;
  onActivity(nowMs: number, look: number, activity?: ServerActivity): void;
  onSucceeded(nowMs: number, ticket: number): void;
  onCancelled(nowMs: number, ticket: number): void;
  onEndedBeneath(nowMs: number, ticket: number): void;
  onProbeResult(nowMs: number, result: ProbeResult): void;
  onVerified(nowMs: number, id: number, verdict: VerifyVerdict): void;
  onDelivered(nowMs: number, epoch: number): void;
  onMade(nowMs: number, epoch: number, verdict: MakeVerdict, beneath: string): void;
  onDrained(nowMs: number, epoch: number): void;
  onClosed(nowMs: number, epoch: number): void;
  takeGenerationNumber(): number;
  onTick(nowMs: number): void;
  onWoken(nowMs: number): void;
  onLoopTurned(nowMs: number): void;
  requestReplacement(nowMs: number, reason: ReplaceReason, drainMs?: number): boolean;
  wantConnection(nowMs: number): void;
  requestReconnect(nowMs: number): void;
  stop(nowMs: number, drainMs: number): void;
  takeEffects(): readonly Effect[];
  classify(facts: ErrorFacts): ErrorClass;
  verifyVerdict(facts: ErrorFacts): VerifyVerdict;
  makeVerdict(facts: ErrorFacts): MakeVerdict;
  connected(): boolean;
  beginsLate(
    provider: string,
    hasIsolationLevel: boolean,
    mayBeInteractive: boolean,
    mayHaveUserCode: boolean,
    showsErrors: boolean,
  ): boolean;
  stats(nowMs: number): SupervisorStats;
  latency(): LatencySummary;
  latencyBounds(fine: boolean): readonly LatencyBound[];
}
export type NativeSupervisorClass = new (
  config: NativeConfig,
  abilities: HostAbilities,
  seed: number,
  nowMs: number,
) => NativeSupervisor;

export interface CoreAddon {
  readonly NativeConfig: NativeConfigClass;
  readonly NativeSupervisor: NativeSupervisorClass;
  readonly NativeLogger: NativeLoggerClass;
  readonly NativeOutageReport: NativeOutageReportClass;
  readonly NativeMemoryMonitor: NativeMemoryMonitorClass;
  readonly NativeCircuitBreaker: NativeCircuitBreakerClass;
  readonly NativeBulkhead: NativeBulkheadClass;
  readonly NativeRetrySchedule: NativeRetryScheduleClass;
  readonly NativeRedactor: NativeRedactorClass;
  readonly NativeSlowOperations: NativeSlowOperationsClass;
  readonly NativeHoldWatch: NativeHoldWatchClass;
  classifyError(facts: ErrorFacts): Classification;
  operationKind(operation: string): OperationKind;
  transactionKind(members?: readonly OperationKind[]): OperationKind;
  sqlKind(sql: string, provider?: string): OperationKind;
  sqlMayCommitInside(sql: string, provider?: string): boolean;
  sqlMayEndTransaction(sql: string, provider?: string): boolean;
  sqlHoldsSession(sql: string, provider?: string): boolean;
  isRefusal(reply: StatementReply): boolean;
  endsTransaction(reply: StatementReply): EndsTransaction;
  sendsInTurn(provider: string): boolean;
  judgeNameRefusal(sqlstate: string): NameRefusal;
  decideInDoubt(learned: Learned, observed: Observed): InDoubtVerdict;
  judgeHealth(sample: HealthSample, limits: HealthLimits): HealthStatus;
  judgeCall(
    facts: ErrorFacts,
    kind: CallKind,
    unknownCounts: boolean,
    databaseUnavailable: boolean,
    judged?: ErrorClass,
  ): CallJudgement;
  decideMark(writtenAgoMs: number, heldForMs: number, answer: MarkAnswer): MarkVerdict;
  markSql(sql: string, provider: string, request: MarkRequest): MarkedSql | undefined;
  mayBePipelined(sql: string, provider: string): boolean;
  sentReply(failure: StatementReply): SentReply;
  afterPipelined(replies: PipelinedReplies): PipelinedStep;
  planSweep(nowMs: number, state: SweepState): SweepPlan;
  markLimits(): MarkLimits;
  isSecretKey(name: string): boolean;
  configKeys(): readonly ConfigKeyRow[];
  effectiveConfig(): readonly FieldSchema[];
  stateTable(): readonly Transition[];
  controlBlockSlots(): readonly SlotPlace[];
  describe(): Schema;
  mirror(record: string, value: unknown): unknown;
}

export interface ProbeAddon {
  readonly NativeProbe: NativeProbeClass;
  readonly NativeLoopMonitor: NativeLoopMonitorClass;
  activeDatabases(): number;
  needsAuthoritiesFor(
    url: string | undefined,
    parameters: Readonly<Record<string, string>> | undefined,
    driver: DriverSettings,
  ): boolean;
  libraries(): LinkedLibraries;
  describe(): Schema;
  mirror(record: string, value: unknown): unknown;
}

/** Places in the control block, and its length. */
export const slots = {
  gate: 0,
  epoch: 1,
  tickDue: 2,
  effects: 3,
  started: 4,
  succeeded: 5,
  failed: 6,
  lastCompletion: 7,
  oldestInFlight: 8,
  latencyMin: 9,
  latencyMax: 10,
  state: 11,
  latencySum: 12,
  stalledAfter: 13,
  heldBeneath: 14,
  latencyBuckets: 16,
  length: 464,
} as const;
