import { type SqlQueryable, sqlStateOf, statement } from '../driver-adapter';
import type { Flight } from '../flight';
import type { InDoubtVerdict, Observed } from '../guard-host';
import { askHost } from '../persistence';
import type { Seat } from '../seat';
import { type Backend, type Reading, observeSql, text } from './learning';
import type { Marker } from './marker';
import { inOwnTransaction } from './own-transaction';

/** A transaction whose COMMIT went unanswered, with what was learned before. */
export interface InDoubt {
  readonly reading: Reading;
  readonly marker: Marker | undefined;
  readonly readsSystemId: boolean;
  /** The failure of COMMIT. */
  readonly error: unknown;
}

/** pg_xact_status of an id that was not given out yet. */
const kInTheFuture = '22023';
const kNumber = /^\d+(\.\d+)?$/;

const kNotAsked: Observed = {
  inRecovery: false,
  replayLsn: null,
  startTime: null,
  statsReset: null,
  systemId: null,
  status: 'not asked',
  markerFound: undefined,
};

/**
 * Finds out what became of it, at the pace of the host and on whatever adapter is there by then. 'unknown' when the
 * host gives up. The connection that it was on must have been let go of.
 */
export async function settleDoubt(seat: Seat, flight: Flight, doubt: InDoubt): Promise<InDoubtVerdict> {
  const verdict = await askUntilDecided(seat, flight, doubt);
  flight.reason = verdict.reason;
  doubt.marker?.settle(verdict.verdict === 'in-progress' ? 'unknown' : verdict.verdict);
  return verdict;
}

async function askUntilDecided(seat: Seat, flight: Flight, doubt: InDoubt): Promise<InDoubtVerdict> {
  const { host } = seat.guard;
  const { learned, backend } = doubt.reading;
  let latest: InDoubtVerdict = { verdict: 'unknown', reason: 'not-asked', askAgain: true };
  if (learned.xid === null) return host.decideInDoubt(learned, kNotAsked);
  let { error } = doubt;
  let repeated = false;
  for (let asked = 0; ; asked += 1) {
    const may = !seat.isDisposed && (await askHost(seat.guard, flight, error, 'ask-outcome', { asked, repeated }));
    if (!may) return { ...latest, verdict: 'unknown' };
    repeated = true;
    try {
      latest = host.decideInDoubt(learned, await observe(seat, doubt));
      if (!latest.askAgain) return latest;
      if (latest.verdict === 'in-progress' && backend) await endGhost(seat, learned.xid, backend);
    } catch (failure) {
      // Whoever cannot be asked now is asked again, for as long as the host says so.
      error = failure;
      repeated = false;
    }
  }
}

async function observe(seat: Seat, doubt: InDoubt): Promise<Observed> {
  const observed: { -readonly [Key in keyof Observed]: Observed[Key] } = { ...kNotAsked };
  try {
    await inOwnTransaction(seat.guard, seat.tenure, async (queryable) => {
      const [row = []] = (await queryable.queryRaw(statement(observeSql(doubt.readsSystemId)))).rows;
      const [replayLsn, startTime, statsReset, systemId, inRecovery] = row.map(text);
      Object.assign(observed, { replayLsn, startTime, statsReset, systemId, inRecovery: inRecovery === 'true' });
      if (observed.inRecovery) return;
      if (doubt.marker) observed.markerFound = await isThere(queryable, doubt.marker);
      // Last, since it may raise and so end the transaction.
      observed.status = await statusOf(queryable, doubt.reading.learned.xid);
    });
  } catch (error) {
    if (sqlStateOf(error) !== kInTheFuture) throw error;
    observed.status = 'in the future';
  }
  return observed;
}

async function statusOf(queryable: SqlQueryable, xid: string | null): Promise<string | null> {
  if (xid === null || !kNumber.test(xid)) return 'not asked';
  const { rows } = await queryable.queryRaw(statement(`SELECT pg_xact_status('${xid}'::xid8)`));
  return text(rows[0]?.[0]);
}

async function isThere(queryable: SqlQueryable, marker: Marker): Promise<boolean> {
  const { rows } = await queryable.queryRaw(statement(marker.foundSql()));
  return rows[0]?.[0] !== '0';
}

/**
 * Ends the backend that still holds the transaction, for which COMMIT may yet arrive. Only that one: a pooler may have
 * given its backend to somebody else by now.
 */
async function endGhost(seat: Seat, xid: string, backend: Backend): Promise<void> {
  if (![xid, backend.pid, backend.startTime].every((value) => kNumber.test(value))) return;
  const shortXid = BigInt(xid) % (1n << 32n);
  const sql =
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ${backend.pid} AND ` +
    `extract(epoch FROM backend_start)::text = '${backend.startTime}' AND backend_xid::text = '${shortXid}'`;
  await inOwnTransaction(seat.guard, seat.tenure, (queryable) => queryable.queryRaw(statement(sql)));
}
