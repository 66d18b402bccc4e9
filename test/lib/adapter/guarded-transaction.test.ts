import { type SqlDriverAdapter, type Transaction, statement } from '../../../lib/adapter/driver-adapter';
import { recordOf } from '../../../lib/adapter/failure-memory';
import { createGuard } from '../../../lib/adapter/guard';
import { FakeAdapter, FakeFactory, adapterError, closed, deferred, settled } from './fake-adapter';
import { RecordingHost } from './recording-host';

const kCommit = statement('COMMIT');
const kRollback = statement('ROLLBACK');

async function begun(phantom = false) {
  const host = new RecordingHost();
  const factory = new FakeFactory((n) => new FakeAdapter(`a${n}`, phantom));
  const guard = createGuard(host);
  const adapter: SqlDriverAdapter = await guard.wrap(factory).connect();
  const transaction: Transaction = await adapter.startTransaction();
  const inner = factory.made[0];
  inner.asked.length = 0;
  return { guard, host, adapter, transaction, inner };
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: unknown) => error,
  );
}

test('a healthy transaction passes through, savepoints included', async () => {
  const { host, inner, transaction } = await begun();
  expect(transaction).toMatchObject({ adapterName: 'fake-adapter', options: { usePhantomQuery: false } });
  await transaction.queryRaw(statement('SELECT 1'));
  await transaction.createSavepoint?.('s');
  await transaction.executeRaw(statement('UPDATE t'));
  expect(transaction.releaseSavepoint).toBeUndefined();
  await transaction.executeRaw(kCommit);
  await transaction.commit();
  expect(inner.asked).toEqual(['SELECT 1', 'savepoint s', 'UPDATE t', 'COMMIT', 'commit()']);
  expect(host.failures).toEqual([]);
});

test.each([
  ['a statement', statement('UPDATE t'), 'statement', 'not-applied'],
  ['a statement that may have committed by itself', statement('UPDATE t; COMMIT; UPDATE t'), 'statement', undefined],
  ['COMMIT', kCommit, 'commit', undefined],
])('%s that the connection does not survive is not repeated', async (_name, query, phase, outcome) => {
  const { host, inner, transaction } = await begun();
  const lost = closed();
  inner.script = [lost];
  const error = await errorOf(transaction.executeRaw(query));
  expect(error).toBe(lost);
  expect(recordOf(error)).toMatchObject({ phase, outcome, inTransaction: true, tries: 1, epoch: 5 });
  expect(host.failures).toEqual([]);
  expect(inner.asked.filter((sql) => sql === query.sql)).toHaveLength(1);
});

test('a ROLLBACK that the connection does not survive has done its work', async () => {
  const { inner, transaction } = await begun();
  inner.script = [closed()];
  await transaction.executeRaw(kRollback);
  await transaction.rollback();
  expect(inner.asked).toEqual(['ROLLBACK', 'rollback()']);
  expect(inner.openTransactions).toBe(0);
});

test('a refused COMMIT is proven not to be applied', async () => {
  const { inner, transaction } = await begun();
  inner.script = [adapterError('TransactionWriteConflict', '40001')];
  const error = await errorOf(transaction.executeRaw(kCommit));
  expect(recordOf(error)).toMatchObject({ phase: 'commit', outcome: 'not-applied' });
});

describe('a database that commits what follows the end of a transaction', () => {
  class SqliteAdapter extends FakeAdapter {
    override readonly provider = 'sqlite';
  }
  class SqliteFactory extends FakeFactory {
    override readonly provider = 'sqlite';
  }

  async function begunOnSqlite(): Promise<{ inner: FakeAdapter; transaction: Transaction }> {
    const factory = new SqliteFactory((n) => new SqliteAdapter(`a${n}`));
    const adapter: SqlDriverAdapter = await createGuard(new RecordingHost()).wrap(factory).connect();
    const transaction = await adapter.startTransaction();
    factory.made[0].asked.length = 0;
    return { inner: factory.made[0], transaction };
  }
  const kClosed = /A (query|commit) cannot be executed on a transaction that was rolled back/;

  test('once that may have rolled it back by itself, nothing more is sent but ROLLBACK', async () => {
    const { inner, transaction } = await begunOnSqlite();
    const full = adapterError('sqlite', 'SQLITE_FULL');
    inner.script = [full];
    expect(await errorOf(transaction.executeRaw(statement('UPDATE t')))).toBe(full);
    const late = await errorOf(transaction.executeRaw(statement('UPDATE u')));
    expect(late).toMatchObject({ code: 'P2028', message: expect.stringMatching(kClosed) });
    expect(recordOf(late)).toMatchObject({ outcome: 'not-applied' });
    const refused = await errorOf(transaction.executeRaw(kCommit));
    expect(refused).toMatchObject({ code: 'P2028', message: expect.stringMatching(kClosed), cause: full });
    expect(recordOf(refused)).toMatchObject({ outcome: 'not-applied' });
    await transaction.rollback();
    expect(inner.asked).toEqual(['UPDATE t', 'ROLLBACK', 'rollback()']);
  });

  test('what was asked for meanwhile is not sent either', async () => {
    const { inner, transaction } = await begunOnSqlite();
    const first = deferred<never>();
    inner.script = [first.promise];
    const work = ['UPDATE t', 'UPDATE u', 'UPDATE v'].map((sql) => errorOf(transaction.executeRaw(statement(sql))));
    await settled();
    expect(inner.asked).toEqual(['UPDATE t']);
    first.reject(adapterError('sqlite', 'SQLITE_FULL'));
    const [, second, third] = await Promise.all(work);
    for (const error of [second, third]) expect(error).toMatchObject({ code: 'P2028' });
    expect(inner.asked).toEqual(['UPDATE t']);
  });

  test('any other refusal undoes the statement alone', async () => {
    const { inner, transaction } = await begunOnSqlite();
    inner.script = [adapterError('UniqueConstraintViolation', 'SQLITE_CONSTRAINT_UNIQUE')];
    const work = [transaction.executeRaw(statement('INSERT t')), transaction.executeRaw(statement('UPDATE t'))];
    const [first, second] = await Promise.allSettled(work);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
    await transaction.executeRaw(kCommit);
    await transaction.commit();
    expect(inner.asked).toEqual(['INSERT t', 'UPDATE t', 'COMMIT', 'commit()']);
  });
});

test.each([
  // It cannot be destroyed, and may be inside the transaction still.
  ['commits', kCommit, ['COMMIT', 'ROLLBACK', 'rollback()']],
  ['rolls back', kRollback, ['ROLLBACK', 'rollback()']],
])(
  'the connection is handed back once, although Prisma %s, fails and hands back again',
  async (_name, query, asked) => {
    const { inner, transaction } = await begun();
    inner.script = [closed()];
    await transaction.executeRaw(query).catch(() => undefined);
    expect(inner.openTransactions).toBe(0);
    await transaction.rollback();
    await transaction.commit();
    expect(inner.openTransactions).toBe(0);
    expect(inner.asked).toEqual(asked);
  },
);

test('with a phantom query, commit and rollback are the statements', async () => {
  const first = await begun(true);
  await first.transaction.commit();
  expect(first.inner.asked).toEqual(['commit()']);

  const second = await begun(true);
  second.inner.script = [closed()];
  const error = await errorOf(second.transaction.commit());
  expect(recordOf(error)).toMatchObject({ phase: 'commit', outcome: undefined });
  await second.transaction.rollback();
  expect(second.inner.asked).toEqual(['commit()']);

  const third = await begun(true);
  await third.transaction.rollback();
  expect(third.inner.asked).toEqual(['rollback()']);
});

test('statements that run at the same time get their own answers', async () => {
  const { inner, transaction } = await begun();
  const slow = deferred();
  inner.script = [slow.promise, closed()];
  const first = transaction.executeRaw(statement('UPDATE slow'));
  await errorOf(transaction.queryRaw(statement('SELECT failing')));
  slow.resolve();
  expect(await first).toBe(1);
});

test('an abandoned statement: nothing more is sent until it has answered, then the transaction is rolled back', async () => {
  const { guard, inner, transaction } = await begun();
  const slow = deferred();
  inner.script = [slow.promise];
  const running = errorOf(transaction.executeRaw(statement('UPDATE slow')));
  await settled();
  guard.abandon(guard.inFlight()[0]);
  expect(recordOf(await running)).toMatchObject({ phase: 'statement', outcome: 'not-applied' });
  await transaction.executeRaw(kRollback);
  await transaction.rollback();
  expect(inner.asked).toEqual(['UPDATE slow']);
  expect(inner.openTransactions).toBe(1);
  slow.resolve();
  await settled();
  expect(inner.asked).toEqual(['UPDATE slow', 'ROLLBACK', 'rollback()']);
  expect(inner.openTransactions).toBe(0);
});

describe('after its end', () => {
  test.each([
    ['COMMIT', kCommit, 'a committed transaction'],
    ['ROLLBACK', kRollback, 'a transaction that was rolled back'],
  ])('%s is followed by no statement, savepoints included', async (_name, query, ended) => {
    const { inner, transaction } = await begun();
    const ending = transaction.executeRaw(query);
    for (const late of [
      transaction.queryRaw(statement('SELECT 1')),
      transaction.executeRaw(statement('UPDATE t')),
      transaction.createSavepoint!('s'),
    ]) {
      expect(await errorOf(late)).toMatchObject({ code: 'P2028', message: expect.stringContaining(ended) });
    }
    await ending;
    expect(inner.asked).toEqual([query.sql]);
  });

  test('each end is sent once, and the other one is refused', async () => {
    const { inner, transaction } = await begun();
    await Promise.all([transaction.executeRaw(kCommit), transaction.executeRaw(kCommit)]);
    expect(await errorOf(transaction.executeRaw(kRollback))).toMatchObject({ code: 'P2028' });
    await transaction.rollback();
    expect(inner.asked).toEqual(['COMMIT', 'commit()']);
  });

  test('a COMMIT after ROLLBACK is refused, and nothing was applied', async () => {
    const { inner, transaction } = await begun();
    await transaction.executeRaw(kRollback);
    const error = await errorOf(transaction.executeRaw(kCommit));
    expect(error).toMatchObject({ code: 'P2028' });
    expect(recordOf(error)).toMatchObject({ outcome: 'not-applied' });
    expect(inner.asked).toEqual(['ROLLBACK']);
  });
});

test.each([
  ['rollback', false, ['ROLLBACK', 'rollback()']],
  ['commit', false, ['ROLLBACK', 'rollback()']],
  ['rollback', true, ['rollback()']],
] as const)(
  '%s() without an end (phantom: %s) hands back nothing that is inside of it',
  async (how, phantom, asked) => {
    const { inner, transaction } = await begun(phantom);
    await transaction[how]();
    expect(inner.asked).toEqual(asked);
    expect(inner.openTransactions).toBe(0);
  },
);

test('ROLLBACK waits for what runs', async () => {
  const { inner, transaction } = await begun();
  const running = deferred();
  inner.script = [running.promise];
  const statementRuns = transaction.executeRaw(statement('UPDATE t'));
  const rolledBack = transaction.executeRaw(kRollback);
  await settled();
  expect(inner.asked).toEqual(['UPDATE t']);
  running.resolve();
  await Promise.all([statementRuns, rolledBack]);
  expect(inner.asked).toEqual(['UPDATE t', 'ROLLBACK']);
});

test('a transaction that begins after it was given up is ended', async () => {
  const factory = new FakeFactory();
  const guard = createGuard(new RecordingHost());
  const adapter = await guard.wrap(factory).connect();
  const inner = factory.made[0];
  const begins = deferred();
  inner.script = [begins.promise];
  const starting = adapter.startTransaction();
  await settled();
  expect(guard.inFlight().map((work) => guard.abandon(work))).toEqual([true]);
  await starting; // it was taken again
  begins.resolve();
  await settled();
  expect(inner.asked).toEqual(['begin', 'begin', 'ROLLBACK', 'rollback()']);
  expect(inner.openTransactions).toBe(1);
});
