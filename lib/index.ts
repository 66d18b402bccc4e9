export {
  AddonError,
  BulkheadRejectedError,
  CircuitOpenError,
  ConfigError,
  DatabaseUnavailableError,
  DeadlineExceededError,
  FactoryError,
  QueueFullError,
  ResilienceError,
  ShutdownError,
  TimeoutError,
} from './errors';
export type * from './events';
export type { ResilienceAnnotation, RecentError } from './host/failure';
export type { ClientFactory, FactoryContext } from './host/generations';
export type { ConnectionStateName, ReplaceReasonName } from './native';
export type { HealthResult } from './observe/health';
export type * from './options';
export { ResilientPrismaClient } from './resilient-client';
export type { ConnectionStats, Metrics, PrismaClientLike } from './resilient-client';
