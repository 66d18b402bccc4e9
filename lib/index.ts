export { guardAdapter } from './adapter/late-guard';
export { ResilientClient } from './client-class';
export type { ResilientClassInstance, ResilientClassOptions, ResilientClientClass } from './client-class';
export {
  AddonError,
  BulkheadRejectedError,
  CircuitOpenError,
  ConfigError,
  DatabaseUnavailableError,
  DeadlineExceededError,
  FactoryError,
  KeyReusedError,
  QueueFullError,
  ResilienceError,
  ResultError,
  ShutdownError,
  TimeoutError,
} from './errors';
export type {
  CollectionDetail,
  Endpoint,
  EventTap,
  HealthCheckResult,
  HealthResult,
  HeldConnectionInfo,
  MemoryHighDetail,
  ReplacementInfo,
  ResilienceEvents,
  ResilientPrismaEvents,
  RetryInfo,
  SafeEmitter,
  SlowOperationInfo,
} from './events';
export { resilientExtension, ResilientPrismaClient } from './forms';
export type { ResilientOptions, ResilientPrismaClientConstructor } from './forms';
export type { ResilienceAnnotation, RecentError } from './host/failure';
export type { ClientFactory, FactoryContext } from './host/generations';
export { installGracefulShutdown, type GracefulShutdownOptions } from './host/graceful-shutdown';
export type { OperationEnd, OperationStep, OperationTracer } from './host/operation-tracer';
export type { ConnectionStateName, EffectiveConfig, ReplaceReasonName } from './native';
export { healthHandler, type HealthHandler, type HealthRequest } from './observe/health-handler';
export type { HealthHandlerOptions, HealthSource, ReconnectPermission } from './observe/health-request';
export type { Observation } from './observe/observation';
export type { TimelineEvent, TimelineEventName } from './observe/tally';
export type * from './options';
export type { AddonInUse } from './addon/in-use';
export type { ConnectionStats } from './observe/connection-stats';
export type { Metrics } from './observe/metrics';
export { Bulkhead } from './toolbox/bulkhead';
export { Cache, type CacheOptions, type CacheStats, type EntryOptions } from './toolbox/cache';
export type { CallContext } from './contracts/call-context';
export {
  CircuitBreaker,
  type CircuitBreakerOptions as StandaloneCircuitBreakerOptions,
  type CircuitEvent,
  type CircuitState,
} from './toolbox/circuit-breaker';
export type { OnceFunction, OnceOptions, Stored, TransactionOf } from './toolbox/once';
export type { ErrorPattern } from './toolbox/patterns';
export { poolConfig, withPoolDefaults } from './toolbox/pool';
export type { MariaDbPoolConfig, PgPoolConfig, PoolDefaults } from './toolbox/pool';
export type {
  CallFunction,
  ReadOptions,
  ReportOptions,
  ToolboxCounts,
  WriteOptions,
} from './toolbox/read-write-report';
export { withRetry, type RetryOptions } from './toolbox/retry';
export { withTimeout, type TimeoutOptions } from './toolbox/timeout';
