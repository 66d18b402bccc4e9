import type { Learned } from '../native-types.generated';

/** The backend that holds a transaction, so that it can be ended if it is a ghost. */
export interface Backend {
  readonly pid: string;
  readonly startTime: string;
}

export interface Reading {
  readonly learned: Learned;
  readonly backend: Backend | undefined;
}

/**
 * - `assign`: give the transaction an id if it has none (before the write).
 * - `if-assigned`: an id that it has by now, or none: then it has written nothing.
 */
type LearnMode = 'assign' | 'if-assigned';

const kXid: Readonly<Record<LearnMode, string>> = {
  assign: 'pg_current_xact_id()',
  'if-assigned': 'pg_current_xact_id_if_assigned()',
};

/** Times as numbers: as text they would depend on the session's time zone and date style. */
const kIncarnation =
  'pg_last_wal_replay_lsn()::text, extract(epoch FROM pg_postmaster_start_time())::text, ' +
  '(SELECT extract(epoch FROM stats_reset)::text FROM pg_stat_bgwriter)';

function systemId(readable: boolean): string {
  return readable ? '(SELECT system_identifier::text FROM pg_control_system())' : 'NULL::text';
}

/**
 * One statement that raises nothing, on a standby and in a read-only transaction either: what assigns an id or writes
 * WAL is only evaluated on a primary. The WAL record carries the id, so that a recovery that replays it cannot give the
 * id out again.
 */
export function learnSql(mode: LearnMode, readsSystemId: boolean): string {
  return (
    `SELECT x::text, CASE WHEN x IS NOT NULL THEN pg_logical_emit_message(true, ''::text, ''::text)::text END, ${kIncarnation}, ` +
    `${systemId(readsSystemId)}, pg_backend_pid()::text, ` +
    '(SELECT extract(epoch FROM backend_start)::text FROM pg_stat_get_activity(pg_backend_pid())), ' +
    "current_setting('transaction_isolation') " +
    `FROM (SELECT CASE WHEN NOT pg_is_in_recovery() THEN ${kXid[mode]} END) AS t(x)`
  );
}

/** What is compared with it afterwards, and whether the server that answers is a standby. */
export function observeSql(readsSystemId: boolean): string {
  return `SELECT ${kIncarnation}, ${systemId(readsSystemId)}, pg_is_in_recovery()::text`;
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Of a transaction that has nothing to commit: it has only read, or was in a failed state when COMMIT came. */
export function nothingWritten(serializable: boolean): Reading {
  const learned = {
    xid: null,
    lsn: null,
    replayLsn: null,
    startTime: null,
    statsReset: null,
    systemId: null,
    serializable,
  };
  return { learned, backend: undefined };
}

/** From a row of `learnSql`. */
export function readLearned(row: readonly unknown[]): Reading {
  const [xid, lsn, replayLsn, startTime, statsReset, systemIdentifier, pid, backendStart, isolation] = row.map(text);
  return {
    learned: {
      xid: xid ?? null,
      lsn: lsn ?? null,
      replayLsn: replayLsn ?? null,
      startTime: startTime ?? null,
      statsReset: statsReset ?? null,
      systemId: systemIdentifier ?? null,
      serializable: isolation === 'serializable',
    },
    backend: pid && backendStart ? { pid, startTime: backendStart } : undefined,
  };
}
