import { phaseOf, recordOf, remember } from '../../../lib/adapter/failure-memory';
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
  expect(phaseOf(error)).toBe('commit');
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
  expect(phaseOf(value)).toBeUndefined();
});

test('frozen errors are remembered', () => {
  const frozen = Object.freeze(Object.assign(new Error('x'), { code: 'E' }));
  remember(frozen, kRecord);
  expect(recordOf(frozen)).toBe(kRecord);
});
