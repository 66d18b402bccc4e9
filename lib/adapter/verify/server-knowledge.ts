import { type SqlQueryable, sqlStateOf, statement } from '../driver-adapter';
import type { Flight } from '../flight';
import type { GuardState } from '../guard-state';
import type { Tenure } from '../tenure';
import { learnSql, observeSql, readLearned } from './learning';
import { inOwnTransaction } from './own-transaction';

/** What can be asked of the server behind an adapter, by the role that the adapter logs in with. */
export interface ServerKnowledge {
  readonly canVerify: boolean;
  readonly readsSystemId: boolean;
  readonly usesMarker: boolean;
  /** default_transaction_isolation. */
  readonly serializable: boolean;
}

const kCannot: ServerKnowledge = { canVerify: false, readsSystemId: false, usesMarker: false, serializable: false };

/** What the server can be asked, found out once per adapter by asking it. Rejects if it cannot be reached. */
export async function learnAbout(guard: GuardState, tenure: Tenure, flight: Flight): Promise<ServerKnowledge> {
  flight.begins(tenure.epoch, 'begin', true);
  if (tenure.knowledge === undefined) {
    const asking = findOut(guard, tenure);
    tenure.knowledge = asking;
    asking.catch(() => {
      if (tenure.knowledge === asking) tenure.knowledge = undefined;
    });
  }
  return tenure.knowledge;
}

async function findOut(guard: GuardState, tenure: Tenure): Promise<ServerKnowledge> {
  let refusal: unknown;
  for (const readsSystemId of [true, false]) {
    let serializable = false;
    const asked = await answers(guard, tenure, async (queryable) => {
      const { rows } = await queryable.queryRaw(statement(learnSql('assign', readsSystemId)));
      await queryable.queryRaw(statement(observeSql(readsSystemId)));
      serializable = readLearned(rows[0] ?? [], false).learned.serializable;
    });
    if (asked.ok) return { canVerify: true, readsSystemId, serializable, usesMarker: await markersWork(guard, tenure) };
    refusal = asked.refusal;
  }
  guard.host.warn(
    `writes.onUnknownOutcome: 'verify' is not possible on this server (${describe(refusal)}); it needs PostgreSQL 13 ` +
      "or newer. Writes are treated as with 'throw'.",
  );
  return kCannot;
}

async function markersWork(guard: GuardState, tenure: Tenure): Promise<boolean> {
  const { markers } = guard;
  if (!markers) return false;
  const asked = await answers(guard, tenure, async (queryable) => {
    const { rows } = await queryable.queryRaw(statement('SELECT pg_is_in_recovery()::text'));
    if (rows[0]?.[0] !== 'true') await queryable.executeRaw(statement(markers.probeSql()));
  });
  if (asked.ok) return true;
  guard.host.warn(
    `writes.markerTable cannot be used (${describe(asked.refusal)}); it needs SELECT, INSERT and DELETE on a table ` +
      'with a column "token uuid PRIMARY KEY". Writes are verified without it.',
  );
  return false;
}

/** Rejects unless the server itself has answered. */
async function answers(
  guard: GuardState,
  tenure: Tenure,
  ask: (queryable: SqlQueryable) => Promise<void>,
): Promise<{ ok: true } | { ok: false; refusal: unknown }> {
  try {
    await inOwnTransaction(guard, tenure, ask);
    return { ok: true };
  } catch (refusal) {
    if (await isLasting(refusal, tenure)) return { ok: false, refusal };
    throw refusal;
  }
}

/** 0A: not supported; 42: missing function, table or privilege; 25: no such statement in this sort of transaction. */
const kLasting = /^(0A|25|42)/;

async function isLasting(refusal: unknown, tenure: Tenure): Promise<boolean> {
  const state = sqlStateOf(refusal);
  if (state !== undefined) return kLasting.test(state);
  // Adapters without transactions (over HTTP) throw an error of their own from startTransaction, statements pass.
  if (tenure.connections) return false;
  return tenure.verify().then(
    () => true,
    () => false,
  );
}

function describe(refusal: unknown): string {
  const state = sqlStateOf(refusal);
  const message = refusal instanceof Error ? refusal.message : String(refusal);
  return state === undefined ? message : `SQLSTATE ${state}, ${message}`;
}
