import { UsedAdapters } from '../../../lib/adapter/used-adapters';
import { FactoryError } from '../../../lib/errors';
import { FakeFactory } from './fake-adapter';

test('a factory belongs to the generation that came with it first', () => {
  const used = new UsedAdapters();
  const factory = new FakeFactory();
  used.claim(factory, 1);
  used.claim(factory, 1);
  expect(() => used.claim(factory, 2)).toThrow(FactoryError);
  used.claim(new FakeFactory(), 2);
});

test('so does a pool, in whatever adapter it comes', () => {
  const used = new UsedAdapters();
  const externalPool = {};
  used.claim(Object.assign(new FakeFactory(), { externalPool }), 1);
  expect(() => used.claim(Object.assign(new FakeFactory(), { externalPool }), 2)).toThrow(
    'fake-adapter: this adapter, or its pool, is already used by an earlier client',
  );
  used.claim(Object.assign(new FakeFactory(), { externalPool: null }), 2);
});

test('hosts do not know of each other', () => {
  const factory = new FakeFactory();
  new UsedAdapters().claim(factory, 1);
  new UsedAdapters().claim(factory, 2);
});
