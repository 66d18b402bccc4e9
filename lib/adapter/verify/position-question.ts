import { type SqlQueryable, sqlStateOf, statement } from '../driver-adapter';
import type { InDoubtVerdict, Observed } from '../guard-host';
import type { AdapterSlot } from '../adapter-slot';
import { type Backend, type Reading, observeSql, text } from '../../tables/position-sql';
import { inOwnTransaction } from './own-transaction';
import type { Question } from './question';

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
};

/** By the transaction's id and its place in the log, as learned before COMMIT: without a marker table. */
export class PositionQuestion implements Question {
  constructor(
    private readonly reading: Reading,
    private readonly readsSystemId: boolean,
  ) {}

  async ask(slot: AdapterSlot): Promise<InDoubtVerdict> {
    const { host } = slot.guard;
    const { backend, learned } = this.reading;
    if (learned.xid === null) return host.decideInDoubt(learned, kNotAsked);
    const verdict = host.decideInDoubt(learned, await this.observe(slot));
    if (verdict.verdict === 'in-progress' && backend) await endGhost(slot, learned.xid, backend);
    return verdict;
  }

  settled(): void {
    // Nothing is left behind by it.
  }

  private async observe(slot: AdapterSlot): Promise<Observed> {
    const observed: { -readonly [Key in keyof Observed]: Observed[Key] } = { ...kNotAsked };
    try {
      await inOwnTransaction(slot.guard, slot.lease, async (queryable) => {
        const [row = []] = (await queryable.queryRaw(statement(observeSql(this.readsSystemId)))).rows;
        const [replayLsn, startTime, statsReset, systemId, inRecovery] = row.map(text);
        Object.assign(observed, { replayLsn, startTime, statsReset, systemId, inRecovery: inRecovery === 'true' });
        // Last, since it may raise and so end the transaction.
        if (!observed.inRecovery) observed.status = await statusOf(queryable, this.reading.learned.xid);
      });
    } catch (error) {
      if (sqlStateOf(error) !== kInTheFuture) throw error;
      observed.status = 'in the future';
    }
    return observed;
  }
}

async function statusOf(queryable: SqlQueryable, xid: string | null): Promise<string | null> {
  if (xid === null || !kNumber.test(xid)) return 'not asked';
  const { rows } = await queryable.queryRaw(statement(`SELECT pg_xact_status('${xid}'::xid8)`));
  return text(rows[0]?.[0]);
}

/**
 * Ends the backend that still holds the transaction, for which COMMIT may yet arrive. Only that one: a pooler may have
 * given its backend to somebody else by now.
 */
async function endGhost(slot: AdapterSlot, xid: string, backend: Backend): Promise<void> {
  if (![xid, backend.pid, backend.startTime].every((value) => kNumber.test(value))) return;
  const shortXid = BigInt(xid) % (1n << 32n);
  const sql =
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ${backend.pid} AND ` +
    `extract(epoch FROM backend_start)::text = '${backend.startTime}' AND backend_xid::text = '${shortXid}'`;
  await inOwnTransaction(slot.guard, slot.lease, (queryable) => queryable.queryRaw(statement(sql)));
}
