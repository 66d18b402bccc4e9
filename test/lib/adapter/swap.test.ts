import { type SqlDriverAdapter, statement } from '../../../lib/adapter/driver-adapter';
import { createGuard } from '../../../lib/adapter/guard';
import { FactoryError } from '../../../lib/errors';
import { FakeAdapter, FakeFactory, adapterError, closed, deferred, notReachable, settled } from './fake-adapter';
import { RecordingHost } from './recording-host';

async function guarded(factory = new FakeFactory()) {
  const host = new RecordingHost();
  const guard = createGuard(host);
  const wrapped = guard.wrap(factory);
  const adapter: SqlDriverAdapter = await wrapped.connect();
  return { guard, host, wrapped, adapter, factory };
}

async function answeredBy(adapter: SqlDriverAdapter): Promise<unknown> {
  return (await adapter.queryRaw(statement('SELECT who'))).rows[0][0];
}

test('makes, verifies, switches, drains, disposes', async () => {
  const { adapter, factory, guard } = await guarded();
  const { drained, epoch } = await guard.swap();
  await drained;
  expect(epoch).toBe(6);
  expect(factory.made.map(({ disposals }) => disposals)).toEqual([1, 0]);
  expect(factory.made[1].asked).toEqual(['SELECT 1']);
  expect(await answeredBy(adapter)).toBe('a1');
  expect((await guard.swap()).epoch).toBe(7);
  expect((await guard.swap({ epoch: 40 })).epoch).toBe(40);
  expect(await answeredBy(adapter)).toBe('a3');
});

test('a transaction that runs ends where it began, and keeps its adapter alive until then', async () => {
  const { adapter, factory, guard } = await guarded();
  const transaction = await adapter.startTransaction();
  const slow = deferred();
  factory.made[0].script = [slow.promise];
  const running = answeredBy(adapter);
  const { drained } = await guard.swap();
  expect((await transaction.queryRaw(statement('SELECT who'))).rows).toEqual([['a0']]);
  expect(await answeredBy(adapter)).toBe('a1');
  slow.resolve();
  expect(await running).toBe('a0');
  await settled();
  expect(factory.made[0].disposals).toBe(0);
  await transaction.executeRaw(statement('COMMIT'));
  await transaction.commit();
  await drained;
  expect(factory.made[0].disposals).toBe(1);
});

test('work that fails on the old adapter is taken again on the new one', async () => {
  const { adapter, factory, guard, host } = await guarded();
  const parked = deferred<boolean>();
  host.answer = () => parked.promise;
  factory.made[0].script = [notReachable()];
  const running = adapter.startTransaction();
  await settled();
  await (
    await guard.swap()
  ).drained;
  parked.resolve(true);
  const transaction = await running;
  expect((await transaction.queryRaw(statement('SELECT who'))).rows).toEqual([['a1']]);
});

const kUnreachable = (): FakeFactory => Object.assign(new FakeFactory(), { failures: [notReachable()] });
const kUnwell = (): FakeFactory =>
  new FakeFactory((n) => Object.assign(new FakeAdapter(`bad${n}`), { script: [closed()] }));

test.each([
  ['cannot connect', kUnreachable],
  ['does not answer well', kUnwell],
])('an adapter that %s leaves the old one in place', async (_name, makeBad) => {
  const { adapter, factory, guard } = await guarded();
  const bad = makeBad();
  await expect(guard.swap({ makeFactory: () => bad })).rejects.toMatchObject({ name: 'DriverAdapterError' });
  await settled();
  expect(await answeredBy(adapter)).toBe('a0');
  expect(factory.made[0].disposals).toBe(0);
  for (const made of bad.made) expect(made.disposals).toBe(1);
  await guard.swap();
  expect(await answeredBy(adapter)).toBe('a1');
});

test('a factory that throws changes nothing', async () => {
  const { adapter, guard } = await guarded();
  const thrown = new Error('no more');
  await expect(
    guard.swap({
      makeFactory: () => {
        throw thrown;
      },
    }),
  ).rejects.toBe(thrown);
  expect(await answeredBy(adapter)).toBe('a0');
});

test('the new factory makes what connects from then on', async () => {
  const { guard, wrapped } = await guarded();
  const other = new FakeFactory((n) => new FakeAdapter(`other${n}`));
  await guard.swap({ makeFactory: () => other });
  expect(await answeredBy(await wrapped.connect())).toBe('other1');
});

test('a client that has not connected yet gets the new factory', async () => {
  const guard = createGuard(new RecordingHost());
  const wrapped = guard.wrap(new FakeFactory());
  await guard.swap({ makeFactory: () => new FakeFactory(() => new FakeAdapter('other')) });
  expect(await answeredBy(await wrapped.connect())).toBe('other');
});

test('an adapter that hands back the same pool is refused, and the pool is left alone', async () => {
  const pool = {};
  const factory = new FakeFactory(() => Object.assign(new FakeAdapter(), { underlyingDriver: () => pool }));
  const { adapter, guard } = await guarded(factory);
  await expect(guard.swap()).rejects.toThrow(FactoryError);
  await expect(guard.swap()).rejects.toThrow('already used by an earlier client');
  await settled();
  expect(factory.made.map(({ disposals }) => disposals)).toEqual([0, 0, 0]);
  await answeredBy(adapter);
});

test('another provider is refused', async () => {
  const { guard } = await guarded();
  const mysql = Object.assign(new FakeFactory(), { provider: 'mysql' });
  await expect(guard.swap({ makeFactory: () => mysql })).rejects.toThrow('cannot be replaced by one for mysql');
});

test('aborted before the switch, it changes nothing, and what it made is disposed of', async () => {
  const { adapter, guard } = await guarded();
  const answer = deferred();
  const slow = new FakeFactory(() => Object.assign(new FakeAdapter('slow'), { script: [answer.promise] }));
  const abort = new AbortController();
  const swapping = guard.swap({ makeFactory: () => slow, signal: abort.signal });
  await settled();
  abort.abort(new Error('too long'));
  await expect(swapping).rejects.toThrow('too long');
  answer.resolve();
  await settled();
  expect(slow.made[0].disposals).toBe(1);
  expect(await answeredBy(adapter)).toBe('a0');
});

test('swaps wait for each other', async () => {
  const { adapter, factory, guard } = await guarded();
  const swaps = await Promise.all([guard.swap(), guard.swap(), guard.swap()]);
  expect(swaps.map(({ epoch }) => epoch)).toEqual([6, 7, 8]);
  await Promise.all(swaps.map(({ drained }) => drained));
  expect(factory.made.map(({ disposals }) => disposals)).toEqual([1, 1, 1, 0]);
  expect(await answeredBy(adapter)).toBe('a3');
});

test('a slot given up during the swap is not filled', async () => {
  const { adapter, factory, guard } = await guarded();
  const answer = deferred();
  const slow = new FakeFactory(() => Object.assign(new FakeAdapter('slow'), { script: [answer.promise] }));
  const swapping = guard.swap({ makeFactory: () => slow });
  await settled();
  await adapter.dispose();
  answer.resolve();
  await (
    await swapping
  ).drained;
  expect(factory.made[0].disposals).toBe(1);
  expect(slow.made[0].disposals).toBe(1);
});

test('with drainMs, work that hangs where no connection can be destroyed is left behind', async () => {
  const { adapter, factory, guard } = await guarded();
  factory.made[0].script = [deferred().promise];
  void adapter.queryRaw(statement('SELECT forever')).catch(() => undefined);
  await settled();
  const { drained } = await guard.swap({ drainMs: 1 });
  await drained;
  expect(factory.made[0].disposals).toBe(1);
});

test('a dispose that fails is told by drained, and ends no process', async () => {
  const failing = Object.assign(new FakeAdapter(), { dispose: () => Promise.reject(adapterError('Late')) });
  const { guard } = await guarded(new FakeFactory((n) => (n === 0 ? failing : new FakeAdapter())));
  const { drained } = await guard.swap();
  await settled();
  await expect(drained).rejects.toThrow('Late');
});

test('a client that connects during a swap ends up with the new adapter', async () => {
  const { factory, guard, wrapped } = await guarded();
  const slowConnect = deferred();
  const connect = factory.connect.bind(factory);
  factory.connect = () => slowConnect.promise.then(connect);
  const connecting = wrapped.connect();
  await guard.swap({ makeFactory: () => new FakeFactory(() => new FakeAdapter('new')) });
  slowConnect.resolve();
  expect(await answeredBy(await connecting)).toBe('new');
  expect(factory.made[1].disposals).toBe(1);
});
