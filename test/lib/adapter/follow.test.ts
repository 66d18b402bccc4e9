import { type SqlDriverAdapter, statement } from '../../../lib/adapter/driver-adapter';
import { type Guard, createGuard } from '../../../lib/adapter/guard';
import { FakeAdapter, FakeFactory, deferred, notReachable, settled } from './fake-adapter';
import { RecordingHost } from './recording-host';

interface Guarded {
  readonly guard: Guard;
  readonly host: RecordingHost;
  readonly adapter: SqlDriverAdapter;
  readonly factory: FakeFactory;
}

async function guarded(name: string): Promise<Guarded> {
  const host = new RecordingHost();
  const guard = createGuard(host);
  const factory = new FakeFactory((n) => new FakeAdapter(`${name}${n}`));
  return { guard, host, factory, adapter: await guard.wrap(factory).connect() };
}

async function answeredBy(adapter: SqlDriverAdapter): Promise<unknown> {
  return (await adapter.queryRaw(statement('SELECT who'))).rows[0][0];
}

test('work beneath a client that was replaced begins on the adapter of its successor', async () => {
  const old = await guarded('old');
  const next = await guarded('next');
  await old.guard.follow(next.guard);
  expect(await answeredBy(old.adapter)).toBe('next0');
  expect(old.factory.made[0].disposals).toBe(1);
  await old.adapter.dispose();
  expect(old.factory.made[0].disposals).toBe(1);
  expect(next.factory.made[0].disposals).toBe(0);
});

test('so does what has failed on the old one', async () => {
  const old = await guarded('old');
  const next = await guarded('next');
  const parked = deferred<boolean>();
  old.host.answer = () => parked.promise;
  old.factory.made[0].script = [notReachable()];
  const transaction = old.adapter.startTransaction();
  await settled();
  await old.guard.follow(next.guard);
  parked.resolve(true);
  expect((await (await transaction).queryRaw(statement('SELECT who'))).rows).toEqual([['next0']]);
});

test('what runs ends where it runs, and its adapter is disposed of then', async () => {
  const old = await guarded('old');
  const next = await guarded('next');
  const transaction = await old.adapter.startTransaction();
  const disposed = old.guard.follow(next.guard);
  expect((await transaction.queryRaw(statement('SELECT who'))).rows).toEqual([['old0']]);
  await settled();
  expect(old.factory.made[0].disposals).toBe(0);
  await transaction.executeRaw(statement('COMMIT'));
  await transaction.commit();
  await disposed;
  expect(old.factory.made[0].disposals).toBe(1);
});

test('a successor may itself be swapped, or replaced', async () => {
  const [old, next, last] = [await guarded('old'), await guarded('next'), await guarded('last')];
  await old.guard.follow(next.guard);
  await (
    await next.guard.swap()
  ).drained;
  expect(await answeredBy(old.adapter)).toBe('next1');
  await next.guard.follow(last.guard);
  expect(await answeredBy(old.adapter)).toBe('last0');
});

test('a successor that has no adapter yet is not followed', async () => {
  const old = await guarded('old');
  const next = createGuard(new RecordingHost());
  next.wrap(new FakeFactory());
  await old.guard.follow(next);
  expect(await answeredBy(old.adapter)).toBe('old0');
});

test('work is of the epoch in which its client serves, not of the one in which it was made', async () => {
  const { adapter, factory, guard, host } = await guarded('a');
  guard.serve(9);
  host.answer = () => true;
  factory.made[0].script = [notReachable()];
  await answeredBy(adapter);
  expect(host.failures.map(({ work }) => work.epoch)).toEqual([9]);
  expect((await guard.swap()).epoch).toBe(10);
});
