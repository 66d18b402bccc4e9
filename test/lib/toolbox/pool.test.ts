import { ConfigError } from '../../../lib/errors';
import { adapterWarnings } from '../../../lib/toolbox/adapter-warnings';
import { poolConfig, withPoolDefaults } from '../../../lib/toolbox/pool';

test.each([
  ['postgres://u:p@h:5432/db', 'postgres://u:p@h:5432/db?connection_limit=10&pool_timeout=10'],
  ['postgres://u:p@h/db?', 'postgres://u:p@h/db?connection_limit=10&pool_timeout=10'],
  ['mysql://u@h/db?sslaccept=strict', 'mysql://u@h/db?sslaccept=strict&connection_limit=10&pool_timeout=10'],
  ['postgres://h/db?connection_limit=3', 'postgres://h/db?connection_limit=3&pool_timeout=10'],
  ['postgres://h/db?pool_timeout=0&connection_limit=3', 'postgres://h/db?pool_timeout=0&connection_limit=3'],
  [
    'postgres://a:1,b:2/db?target_session_attrs=any#x',
    'postgres://a:1,b:2/db?target_session_attrs=any&connection_limit=10&pool_timeout=10#x',
  ],
  [
    'postgres://u:p%3Fa%26b@h/db?xconnection_limit=1',
    'postgres://u:p%3Fa%26b@h/db?xconnection_limit=1&connection_limit=10&pool_timeout=10',
  ],
])('withPoolDefaults(%s)', (url, expected) => {
  expect(withPoolDefaults(url)).toBe(expected);
});

test('withPoolDefaults takes other defaults, and is content with its own result', () => {
  const url = withPoolDefaults('postgres://h/db', { connectionLimit: 5, poolTimeout: 2 });
  expect(url).toBe('postgres://h/db?connection_limit=5&pool_timeout=2');
  expect(withPoolDefaults(url)).toBe(url);
});

test("poolConfig gives pg what the URL asks for, without Prisma's own parameters", () => {
  expect(
    poolConfig('postgres://u:p@h/db?schema=app&connection_limit=7&pool_timeout=3&sslmode=require&pgbouncer=true'),
  ).toEqual({
    connectionString: 'postgres://u:p@h/db?sslmode=require',
    max: 7,
    connectionTimeoutMillis: 3000,
    keepAlive: true,
    schema: 'app',
  });
  expect(poolConfig('postgres://h/db?schema=two%20words').schema).toBe('two words');
  expect(poolConfig('postgres://h/db')).not.toHaveProperty('schema');
  expect(poolConfig('postgresql://h/db', { connectionLimit: 2 })).toMatchObject({
    max: 2,
    connectionTimeoutMillis: 10_000,
  });
  // Unbounded is what this is to prevent.
  expect(poolConfig('postgres://h/db?pool_timeout=0&connection_limit=none')).toMatchObject({
    max: 10,
    connectionTimeoutMillis: 10_000,
  });
});

test('poolConfig gives mariadb its own', () => {
  expect(poolConfig('mysql://us%40er:p%2Fw@h:3307/db?connection_limit=4&connect_timeout=2')).toEqual({
    host: 'h',
    port: 3307,
    user: 'us@er',
    password: 'p/w',
    database: 'db',
    connectionLimit: 4,
    acquireTimeout: 10_000,
    connectTimeout: 2000,
  });
  expect(poolConfig('mariadb://h')).toMatchObject({ host: 'h', port: 3306, user: undefined, database: undefined });
});

test.each([
  [() => withPoolDefaults('not a url')],
  [() => withPoolDefaults(undefined as never)],
  [() => withPoolDefaults('postgres://h/db', { connectionLimit: 0 })],
  [() => poolConfig('mysql://u:hunter2@a:1,b:2/db')],
])('wrong arguments are refused without repeating a password', (call) => {
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigError);
  expect(String(thrown)).not.toContain('hunter2');
});

describe('adapterWarnings', () => {
  const factory = (config: object, externalPool?: object) => ({
    adapterName: '@prisma/adapter-pg',
    config,
    externalPool,
  });
  const sound = { connectionTimeoutMillis: 10_000, keepAlive: true };

  test.each<[string, unknown, string, RegExp | undefined]>([
    ['sound', factory(sound), '7.10.0', undefined],
    ['from poolConfig', factory(poolConfig('postgres://h/db')), '8.0.0', undefined],
    [
      'a schema that the adapter was not told',
      factory(poolConfig('postgres://h/db?schema=app')),
      '7.10.0',
      /schema=app.*queries public/,
    ],
    [
      'the same in its connection string',
      factory({ ...sound, connectionString: 'postgres://u:hunter2@h/db?schema=app' }),
      '7.10.0',
      /schema=app/,
    ],
    [
      'a schema that it was told',
      { ...factory(poolConfig('postgres://h/db?schema=app')), options: { schema: 'app' } },
      '7.10.0',
      undefined,
    ],
    ['the schema that it has anyway', factory(poolConfig('postgres://h/db?schema=public')), '7.10.0', undefined],
    ['unbounded acquire', factory({ keepAlive: true }), '7.10.1', /connectionTimeoutMillis/],
    ['zero is unbounded as well', factory({ ...sound, connectionTimeoutMillis: 0 }), '7.10.1', /for ever/],
    ['keep-alive off', factory({ connectionTimeoutMillis: 1 }), '7.10.1', /keepAlive/],
    ['an old adapter', factory(sound), '7.9.3', /7\.9\.3 can hand a connection back/],
    ['an older major', factory(sound), '6.19.3', /6\.19\.3.*or the guard/],
    // test/e2e/guard/suites/whole.ts: maxWait runs out while BEGIN is under way
    ['an old adapter beneath the guard, which mends that', { factory: factory(sound) }, '6.19.3', undefined],
    ['a pool of the user’s own', factory(sound, { listenerCount: () => 0 }), '7.10.1', /'error' listener/],
    ['one with a listener', factory(sound, { listenerCount: () => 1 }), '7.10.1', undefined],
    ['beneath the guard', { factory: factory({ keepAlive: true }) }, '7.10.1', /connectionTimeoutMillis/],
    ['another adapter', { adapterName: '@prisma/adapter-mariadb', config: {} }, '1.0.0', undefined],
    ['nothing', undefined, '1.0.0', undefined],
  ])('%s', (_, adapter, version, expected) => {
    const warnings = adapterWarnings(adapter, version);
    if (expected) expect(warnings).toEqual([expect.stringMatching(expected)]);
    else expect(warnings).toEqual([]);
  });

  test('the version is that of the adapter in use', () => {
    const { PrismaPg } = jest.requireActual<typeof import('@prisma/adapter-pg')>('@prisma/adapter-pg');
    expect(adapterWarnings(new PrismaPg(poolConfig('postgres://h/db')))).toEqual([]);
    expect(adapterWarnings(new PrismaPg({ connectionString: 'postgres://u:hunter2@h/db' })).join()).not.toContain(
      'hunter2',
    );
    expect(adapterWarnings(new PrismaPg({ connectionString: 'postgres://h/db' }))).toHaveLength(2);
  });
});
