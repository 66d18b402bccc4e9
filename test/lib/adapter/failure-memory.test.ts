import { runInNewContext } from 'node:vm';
import { recordOf, remember, rememberCommit } from '../../../lib/adapter/failure-memory';
import type { GuardRecord } from '../../../lib/adapter/guard-host';
import { adapterError } from './fake-adapter';

const kRecord: GuardRecord = {
  phase: 'commit',
  inTransaction: true,
  outcome: undefined,
  tries: 1,
  waitedMs: 0,
  epoch: 3,
  asked: false,
};

test('an error that was handed on as it is', () => {
  const error = new Error('Connection terminated unexpectedly');
  remember(error, kRecord);
  expect(recordOf(error)).toBe(kRecord);
  expect(recordOf(error)?.phase).toBe('commit');
  expect(Object.getOwnPropertyNames(error)).not.toContain('meta');
});

test("an adapter's error inside Prisma's", () => {
  const inner = adapterError('ConnectionClosed');
  remember(inner, kRecord);
  const outer = Object.assign(new Error('P1017'), { meta: { modelName: 'User', driverAdapterError: inner } });
  expect(recordOf(outer)).toBe(kRecord);
  expect(outer.meta).toEqual({ modelName: 'User', driverAdapterError: inner });
});

test('an error with a code, of which Prisma copies code and meta into one of its own, and none of it is left in sight', () => {
  const raw = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  remember(raw, kRecord);
  expect(Object.keys(raw)).toEqual(['code']);
  const { meta } = raw as { meta?: object };

  const ofModel = Object.assign(new Error(raw.message), { code: raw.code, meta: { modelName: 'User', ...meta } });
  expect(recordOf(ofModel)).toBe(kRecord);
  expect(Reflect.ownKeys(ofModel.meta)).toEqual(['modelName']);
  expect(recordOf(ofModel)).toBe(kRecord);

  const ofRaw = Object.assign(new Error(raw.message), { code: raw.code, meta });
  expect(recordOf(ofRaw)).toBe(kRecord);
  expect(ofRaw.meta).toBeUndefined();
});

test('an error of another realm becomes one of this, and stays the same object', () => {
  const foreign = runInNewContext("Object.assign(new TypeError('read ECONNRESET'), { code: 'ECONNRESET' })") as Error;
  expect(foreign).not.toBeInstanceOf(Error);
  remember(foreign, kRecord);
  expect(foreign).toBeInstanceOf(Error);
  expect(foreign).toMatchObject({ name: 'TypeError', message: 'read ECONNRESET', code: 'ECONNRESET' });
  expect(Object.keys(foreign)).toEqual(['code']);
  expect(recordOf(foreign)).toBe(kRecord);
});

test("somebody else's meta is left alone", () => {
  const raw = Object.assign(new Error('x'), { code: 'E', meta: { own: true } });
  remember(raw, kRecord);
  expect(raw.meta).toEqual({ own: true });
  expect(recordOf(raw)).toBe(kRecord);
});

test('the latest try counts', () => {
  const raw = Object.assign(new Error('x'), { code: 'E' });
  remember(raw, kRecord);
  const later = { ...kRecord, tries: 2 };
  remember(raw, later);
  const copy = Object.assign(new Error('x'), { code: 'E', meta: (raw as { meta?: object }).meta });
  expect(recordOf(copy)).toBe(later);
});

test.each([
  [undefined],
  [null],
  ['text'],
  [7],
  [new Error('never seen')],
  [{ meta: null }],
  [{ meta: { driverAdapterError: 1 } }],
])('nothing is known of %p', (value) => {
  remember(undefined, kRecord);
  expect(recordOf(value)).toBeUndefined();
  expect(recordOf(value)).toBeUndefined();
});

test('frozen errors are remembered', () => {
  const frozen = Object.freeze(Object.assign(new Error('x'), { code: 'E' }));
  remember(frozen, kRecord);
  expect(recordOf(frozen)).toBe(kRecord);
});

describe('a failed COMMIT that Prisma 6 hides behind its own attempt to roll back', () => {
  const hiding = (): Error =>
    Object.assign(new Error('Transaction already closed: A rollback cannot be executed on a committed transaction.'), {
      code: 'P2028',
    });
  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('is known by its turn of the event loop', async () => {
    const lost = new Error('Connection terminated');
    const record = { ...kRecord, outcome: 'not-applied' as const };
    rememberCommit(lost, record);
    await Promise.resolve();
    const error = hiding();
    expect(recordOf(error)).toEqual({ ...record, hidden: lost });
    await nextTurn();
    expect(recordOf(error)?.hidden).toBe(lost);
    expect(recordOf(hiding())).toBeUndefined();
  });

  test('is not mistaken for another error', async () => {
    rememberCommit(new Error('lost'), kRecord);
    expect(recordOf(Object.assign(hiding(), { code: 'P2002' }))).toBeUndefined();
    expect(recordOf(Object.assign(new Error('Transaction not found'), { code: 'P2028' }))).toBeUndefined();
    await nextTurn();
  });

  test('of several, only what they have in common is known', async () => {
    rememberCommit(new Error('a'), { ...kRecord, outcome: 'not-applied' });
    rememberCommit(new Error('b'), { ...kRecord, outcome: 'not-applied' });
    expect(recordOf(hiding())).toMatchObject({ phase: 'commit', outcome: 'not-applied' });
    rememberCommit(new Error('c'), { ...kRecord, outcome: undefined });
    const known = recordOf(hiding());
    expect(known).toMatchObject({ phase: 'commit', outcome: 'unknown' });
    expect(known?.hidden).toBeUndefined();
    await nextTurn();
  });
});
