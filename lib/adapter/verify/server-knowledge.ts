import { ConfigError } from '../../errors';
import { type SqlQueryable, sqlStateOf, statement } from '../driver-adapter';
import { AdapterRequest } from '../adapter-request';
import type { GuardState } from '../guard-state';
import type { ServerKnowledge, AdapterLease } from '../adapter-lease';
import { learnSql, observeSql, readLearned } from '../../tables/position-sql';
import type { MarkedGuard } from './marked-guard';
import { inOwnTransaction } from './own-transaction';

const kCannot: ServerKnowledge = { canVerify: false, readsSystemId: false, usesMarks: false, serializable: false };

/**
 * What the server can be asked, found out once per adapter by asking it. Rejects if it cannot be reached, and with a
 * ConfigError if the marker table cannot be relied on.
 */
export async function learnAbout(
  guard: MarkedGuard,
  lease: AdapterLease,
  request: AdapterRequest,
): Promise<ServerKnowledge> {
  request.begins(lease.epoch, 'begin', true);
  if (lease.knowledge === undefined) {
    const asking = guard.marks ? learnOfMarks(guard, lease) : learnOfPositions(guard, lease);
    lease.knowledge = asking;
    asking.catch(() => {
      if (lease.knowledge === asking) lease.knowledge = undefined;
    });
  }
  return lease.knowledge;
}

/** Rejects with a ConfigError alone: what cannot be asked now is asked before the first write. */
export async function checkKnowledge(guard: MarkedGuard, lease: AdapterLease): Promise<void> {
  try {
    await learnAbout(guard, lease, new AdapterRequest('connect', '', false));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
  }
}

async function learnOfMarks(guard: MarkedGuard, lease: AdapterLease): Promise<ServerKnowledge> {
  const { marks } = guard;
  let serializable = false;
  const problems = await inOwnTransaction(guard, lease, async (queryable) => {
    serializable = await isSerializable(guard, queryable);
    return (await marks?.table.examine(queryable)) ?? [];
  });
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `writes.markerTable: ${problem}`));
  return { canVerify: true, readsSystemId: false, usesMarks: true, serializable };
}

async function isSerializable(guard: GuardState, queryable: SqlQueryable): Promise<boolean> {
  if (guard.provider !== 'postgres') return false;
  const { rows } = await queryable.queryRaw(statement("SELECT current_setting('transaction_isolation')"));
  return rows[0]?.[0] === 'serializable';
}

async function learnOfPositions(guard: GuardState, lease: AdapterLease): Promise<ServerKnowledge> {
  let refusal: unknown;
  for (const readsSystemId of [true, false]) {
    let serializable = false;
    const asked = await answers(guard, lease, async (queryable) => {
      const { rows } = await queryable.queryRaw(statement(learnSql('assign', readsSystemId)));
      await queryable.queryRaw(statement(observeSql(readsSystemId)));
      serializable = readLearned(rows[0] ?? []).learned.serializable;
    });
    if (asked.ok) return { canVerify: true, readsSystemId, serializable, usesMarks: false };
    refusal = asked.refusal;
  }
  guard.host.warn(
    `writes.onUnknownOutcome: 'verify' is not possible on this server (${describe(refusal)}); it needs PostgreSQL 13 ` +
      "or newer. Writes are treated as with 'throw'.",
  );
  return kCannot;
}

/** Rejects unless the server itself has answered. */
async function answers(
  guard: GuardState,
  lease: AdapterLease,
  ask: (queryable: SqlQueryable) => Promise<void>,
): Promise<{ ok: true } | { ok: false; refusal: unknown }> {
  try {
    await inOwnTransaction(guard, lease, ask);
    return { ok: true };
  } catch (refusal) {
    if (await isLasting(refusal, lease)) return { ok: false, refusal };
    throw refusal;
  }
}

/** 0A: not supported; 42: missing function, table or privilege; 25: no such statement in this sort of transaction. */
const kLasting = /^(0A|25|42)/;

async function isLasting(refusal: unknown, lease: AdapterLease): Promise<boolean> {
  const state = sqlStateOf(refusal);
  if (state !== undefined) return kLasting.test(state);
  // Adapters without transactions (over HTTP) throw an error of their own from startTransaction, statements pass.
  if (lease.connections) return false;
  return lease.verify().then(
    () => true,
    () => false,
  );
}

function describe(refusal: unknown): string {
  const state = sqlStateOf(refusal);
  const message = refusal instanceof Error ? refusal.message : String(refusal);
  return state === undefined ? message : `SQLSTATE ${state}, ${message}`;
}
