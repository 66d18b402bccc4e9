import { type SqlDriverAdapter, statement } from '../../../lib/adapter/driver-adapter';
import { recordOf } from '../../../lib/adapter/failure-memory';
import { createGuard } from '../../../lib/adapter/guard';
import type { GuardWork } from '../../../lib/adapter/guard-host';
import { passiveHost } from '../../support/passive-host';
import { ConfigError, FactoryError } from '../../../lib/errors';
import { FakeAdapter, FakeFactory, adapterError, closed, deferred, notReachable, settled } from './fake-adapter';
import { RecordingHost } from './recording-host';

async function guarded(host = new RecordingHost(), factory = new FakeFactory()) {
  const guard = createGuard(host);
  const adapter: SqlDriverAdapter = await guard.wrap(factory).connect();
  return { guard, host, factory, adapter, inner: factory.made[0] };
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: unknown) => error,
  );
}

describe('what Prisma sees', () => {
  test('is the adapter beneath: names, provider, connection info and results', async () => {
    const { adapter, inner } = await guarded();
    expect(adapter.provider).toBe('postgres');
    expect(adapter.adapterName).toBe('fake-adapter');
    expect(adapter.getConnectionInfo?.()).toEqual({ schemaName: 'a0' });
    expect((await adapter.queryRaw(statement('SELECT 1'))).rows).toEqual([['a0']]);
    expect(await adapter.executeRaw(statement('UPDATE t'))).toBe(1);
    await adapter.executeScript('CREATE TABLE t');
    expect(inner.asked).toEqual(['SELECT 1', 'UPDATE t', 'CREATE TABLE t']);
    await adapter.dispose();
    expect(inner.disposals).toBe(1);
  });

  test('has what the adapter has, and nothing that it has not', async () => {
    const { adapter } = await guarded();
    expect(adapter.underlyingDriver).toBeUndefined();
    const driver = {};
    const shown = new FakeFactory(() => Object.assign(new FakeAdapter(), { underlyingDriver: () => driver }));
    const { adapter: showing } = await guarded(new RecordingHost(), shown);
    expect(showing.underlyingDriver?.()).toBe(driver);
    const wrapped = createGuard(passiveHost).wrap(new FakeFactory());
    expect(wrapped).not.toHaveProperty('connectToShadowDb');
  });

  test('a factory of migrations keeps its shadow database', async () => {
    const shadow = new FakeAdapter('shadow');
    const factory = Object.assign(new FakeFactory(), { connectToShadowDb: async () => shadow });
    expect(await createGuard(passiveHost).wrap(factory).connectToShadowDb()).toBe(shadow);
  });

  test('what is no driver adapter factory is refused', () => {
    const guard = createGuard(passiveHost);
    expect(() => guard.wrap(undefined as never)).toThrow(FactoryError);
    expect(() => guard.wrap(new FakeAdapter() as never)).toThrow('expected a driver adapter factory');
  });

  test('verified writes on MySQL and SQLite without a marker table are refused at once', () => {
    const host = new RecordingHost();
    host.writes = { onUnknownOutcome: 'verify' };
    const mysql = Object.assign(new FakeFactory(), { provider: 'mysql' });
    expect(() => createGuard(host).wrap(mysql)).toThrow(ConfigError);
    expect(() => createGuard(host).wrap(mysql)).toThrow(/needs writes\.markerTable with fake-adapter/);
  });
});

describe('what was not sent', () => {
  test('connecting is taken again', async () => {
    const host = new RecordingHost();
    const factory = new FakeFactory();
    factory.failures = [notReachable(), notReachable()];
    const { adapter } = await guarded(host, factory);
    expect(host.failures.map(({ phase, outcome, tries }) => [phase, outcome, tries])).toEqual([
      ['acquire', 'not-applied', 1],
      ['acquire', 'not-applied', 2],
    ]);
    expect(host.settlements).toEqual([{ kind: 'connect', ok: true, tries: 3 }]);
    expect((await adapter.queryRaw(statement('SELECT 1'))).rows).toEqual([['a0']]);
  });

  test('a transaction that did not begin begins again, and Prisma sees one', async () => {
    const { adapter, host, inner } = await guarded();
    inner.script = [notReachable(), closed()];
    const transaction = await adapter.startTransaction('SERIALIZABLE');
    expect(inner.asked).toEqual(['begin SERIALIZABLE', 'begin SERIALIZABLE', 'begin SERIALIZABLE']);
    expect(inner.openTransactions).toBe(1);
    expect(host.settlements).toEqual([{ kind: 'begin', ok: true, tries: 3 }]);
    await transaction.rollback();
    expect(inner.openTransactions).toBe(0);
  });

  test('a single statement is asked about with what the error alone can tell', async () => {
    const { adapter, host, inner } = await guarded(new RecordingHost((failure) => failure.work.tries < 2));
    inner.script = [notReachable()];
    await adapter.executeRaw(statement('UPDATE t'));
    expect(host.failures[0]).toMatchObject({ phase: 'statement', outcome: undefined, tries: 1 });
    expect(inner.asked).toEqual(['UPDATE t', 'UPDATE t']);
  });

  test('nothing is taken again after dispose', async () => {
    const host = new RecordingHost(() => true);
    const { adapter, inner } = await guarded(host);
    const parked = deferred<boolean>();
    host.answer = () => parked.promise;
    const error = notReachable();
    inner.script = [error];
    const failing = errorOf(adapter.executeRaw(statement('UPDATE t')));
    await settled();
    await adapter.dispose();
    parked.resolve(true);
    expect(await failing).toBe(error);
    expect(inner.asked).toEqual(['UPDATE t']);
  });
});

describe('the host', () => {
  test('is asked before work that holds no connection, and nothing is sent until it opens', async () => {
    const { adapter, host, inner } = await guarded();
    const open = deferred();
    host.gate = () => open.promise;
    const running = Promise.all([
      adapter.queryRaw(statement('SELECT 1')),
      adapter.startTransaction(),
      adapter.executeScript('x'),
    ]);
    await settled();
    expect(inner.asked).toEqual([]);
    open.resolve();
    await running;
    expect([...inner.asked].sort()).toEqual(['SELECT 1', 'begin', 'x']);
  });

  test('is not asked before a statement of a transaction, which holds its connection', async () => {
    const { adapter, host } = await guarded();
    const transaction = await adapter.startTransaction();
    host.gate = () => Promise.reject(new Error('closed'));
    await transaction.queryRaw(statement('SELECT 1'));
    await transaction.executeRaw(statement('COMMIT'));
    await transaction.commit();
  });

  test('may refuse entry with an error of its own', async () => {
    const { adapter, host, inner } = await guarded();
    const full = new Error('queue full');
    host.gate = () => Promise.reject(full);
    expect(await errorOf(adapter.queryRaw(statement('SELECT 1')))).toBe(full);
    expect(inner.asked).toEqual([]);
  });

  test('may put an error of its own in place of the failure', async () => {
    const deadline = new Error('deadline');
    const { adapter, host, inner } = await guarded(new RecordingHost(() => Promise.reject(deadline)));
    inner.script = [notReachable()];
    const error = await errorOf(adapter.startTransaction());
    expect(error).toBe(deadline);
    expect(recordOf(error)).toMatchObject({ phase: 'begin', outcome: 'not-applied', tries: 1 });
    expect(host.settlements).toEqual([]);
  });

  test('hears of the settlement of work that it let run again, once', async () => {
    const { adapter, host, inner } = await guarded(new RecordingHost((failure) => failure.work.tries < 3));
    inner.script = [notReachable(), notReachable(), notReachable()];
    await errorOf(adapter.startTransaction());
    await adapter.startTransaction();
    inner.script = [adapterError('UniqueConstraintViolation', '23505')];
    host.answer = () => false;
    await errorOf(adapter.executeRaw(statement('INSERT')));
    expect(host.settlements).toEqual([{ kind: 'begin', ok: false, tries: 3 }]);
  });

  test('hears when each try began, the waiting for it left out', async () => {
    const begun: number[] = [];
    const { adapter, host, inner } = await guarded();
    let asked = 0;
    host.answer = ({ work }) => {
      begun.push(work.begunAt);
      expect(work.sentAt > 0 ? work.sentAt : work.begunAt).toBeGreaterThanOrEqual(asked);
      asked = performance.now();
      return begun.length < 3 && Promise.resolve(true);
    };
    inner.script = [notReachable(), notReachable(), notReachable()];
    await errorOf(adapter.startTransaction());
    expect(begun).toHaveLength(3);
    expect(begun[1]).toBeGreaterThan(begun[0]);
    expect(begun[2]).toBeGreaterThan(begun[1]);
  });

  test('sees work in flight, with its epoch, and not what it has parked', async () => {
    const { adapter, guard, host, inner } = await guarded();
    const slow = deferred();
    inner.script = [slow.promise];
    const running = adapter.queryRaw(statement('SELECT slow'));
    await settled();
    const [work] = guard.inFlight();
    expect(work).toMatchObject({ kind: 'query', phase: 'statement', sql: 'SELECT slow', epoch: 5, tries: 1 });
    expect(work.sentAt).toBeGreaterThanOrEqual(work.startedAt);
    expect(work.connectionDead()).toBe(false);
    expect(work.bytesRead()).toBeUndefined();

    const parked = deferred<boolean>();
    host.answer = () => parked.promise;
    slow.reject(closed());
    await settled();
    expect(guard.inFlight()).toEqual([]);
    parked.resolve(false);
    await errorOf(running);
    expect(recordOf(await errorOf(running))?.waitedMs).toBeGreaterThan(0);
  });
});

describe('what hangs', () => {
  test('can be abandoned where the adapter shows no connection, and its late answer is ignored', async () => {
    const { adapter, guard, inner } = await guarded(new RecordingHost((failure) => failure.work.tries < 2));
    const slow = deferred();
    inner.script = [slow.promise];
    const running = adapter.queryRaw(statement('SELECT slow'));
    await settled();
    expect(guard.abandon(guard.inFlight()[0])).toBe(true);
    expect((await running).rows).toEqual([['a0']]);
    expect(inner.asked).toEqual(['SELECT slow', 'SELECT slow']);
    slow.resolve();
    await settled();
    expect(guard.inFlight()).toEqual([]);
  });

  test('fails as on a closed connection', async () => {
    const { adapter, guard, inner } = await guarded(new RecordingHost(() => false));
    inner.script = [deferred().promise];
    const running = errorOf(adapter.executeRaw(statement('UPDATE t')));
    await settled();
    const [work] = guard.inFlight();
    expect(guard.abandon(work)).toBe(true);
    const error = (await running) as Error;
    expect(error).toMatchObject({ name: 'DriverAdapterError', cause: { kind: 'ConnectionClosed' } });
    expect(recordOf(error)?.phase).toBe('statement');
    expect(guard.abandon(work)).toBe(false);
  });

  test('what is not ours is not abandoned', async () => {
    const { guard } = await guarded();
    expect(guard.abandon({} as GuardWork)).toBe(false);
  });
});
