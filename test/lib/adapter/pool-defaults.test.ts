import { setPoolDefaults } from '../../../lib/adapter/pool-defaults';

const factory = (config: unknown, externalPool: object | null = null) => ({
  adapterName: '@prisma/adapter-pg',
  externalPool,
  config,
});

test.each<[string, object, string[]]>([
  ['nothing set', {}, ['connectionTimeoutMillis: 10000', 'keepAlive: true']],
  ['a limit of its own', { connectionTimeoutMillis: 3000 }, ['keepAlive: true']],
  ['no limit on purpose', { connectionTimeoutMillis: 0, keepAlive: false }, []],
  [
    "the URL's pool_timeout, in seconds",
    { connectionString: 'postgres://h/db?schema=a&pool_timeout=4' },
    ['connectionTimeoutMillis: 4000', 'keepAlive: true'],
  ],
  [
    'a pool_timeout of 0 is as good as none',
    { connectionString: 'postgres://h/db?pool_timeout=0' },
    ['connectionTimeoutMillis: 10000', 'keepAlive: true'],
  ],
])('%s', (_, config, said) => {
  const adapter = factory(config);
  expect(setPoolDefaults(adapter)).toEqual(said);
  expect(adapter.config).toMatchObject(config);
});

test("the user's own object is not changed", () => {
  const config = Object.freeze({ connectionString: 'postgres://h/db' });
  const adapter = factory(config);
  setPoolDefaults(adapter);
  expect(adapter.config).toEqual({ ...config, connectionTimeoutMillis: 10_000, keepAlive: true });
});

test.each<[string, object]>([
  ['a pool of the user', factory({}, {})],
  ['another adapter', { adapterName: '@prisma/adapter-mariadb', config: {} }],
  ['an adapter without a configuration', factory(undefined)],
])('%s is left alone', (_, adapter) => {
  const before = { ...adapter };
  expect(setPoolDefaults(adapter)).toEqual([]);
  expect(adapter).toEqual(before);
});
