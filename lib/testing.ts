export { faultyNetwork, type FaultyNetwork, type FaultyNetworkCounts, type RunningCut } from './faults/faulty-network';
export { Ledger, LedgerError, type LedgerOutcome, type Settlement } from './faults/ledger';
