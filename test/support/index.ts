/** The fault kit: real servers, a network between, and a ledger to settle at the end. */
export { type Accepted } from './pg_accepting';
export { type PgFlavour, availableFlavours, findPgBinaries } from './pg_binaries';
export { PostgresCluster, type PostgresOptions, type StopMode, type UrlOptions } from './postgres';
export { ReplicationPair, type ReplicationOptions } from './replication';
export { PgBouncer, type BouncerOptions, type BouncerTarget } from './pgbouncer';
export { TcpProxy, type MuteOptions, type ProxyCounters, type ProxyOptions } from './tcp_proxy';
export { type ByteCut, type CutAction, CutRule, type CutLimits, type MessageCut, type Sighting } from './tcp_rules';
export { type Side, type WireMessage } from './wire';
export {
  type Attempt,
  Ledger,
  type LedgerRow,
  type LedgerStore,
  type Outcome,
  type Settlement,
  breachesOf,
  compare,
  kLedgerSchema,
} from './ledger';
export { type ClientOptions, createSchema, emptyTables, generatedClient, makeAdapter, makeClient } from './prisma';
export { Random } from './random';
export { releasePort, reservePort } from './ports';
