/** The fault kit: real servers, a network between, and a ledger to settle at the end. */
export { type Accepted } from './pg_accepting';
export { type PgFlavour, availableFlavours, findPgBinaries } from './pg_binaries';
export { PostgresCluster, type PostgresOptions, type StopMode, type UrlOptions } from './postgres';
export { ReplicationPair, type ReplicationOptions } from './replication';
export { PgBouncer, type BouncerOptions, type BouncerTarget } from './pgbouncer';
export { TcpProxy, type ProxyOptions } from './tcp_proxy';
export type { MuteOptions, ProxyCounters } from '../../lib/faults/network/fault-proxy';
export { CutRule } from '../../lib/faults/network/rules';
export type { ByteCut, CutAction, CutLimits, MessageCut, Sighting } from '../../lib/faults/network/rules';
export type { Side, WireMessage } from '../../lib/faults/network/wire';
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
