import { probeTarget, severalHosts } from '../../../lib/host/probe-target';

const kUrl = 'postgresql://app:secret@db.internal:5432/app';
const pg = (config: unknown): unknown => ({ provider: 'postgres', adapterName: '@prisma/adapter-pg', config });

test.each([
  [
    'an URL given for the probe wins',
    kUrl,
    { guardedAdapter: pg({ connectionString: 'postgres://other/x' }) },
    undefined,
    { url: kUrl },
  ],
  [
    "the guarded adapter's connection string",
    undefined,
    { guardedAdapter: pg({ connectionString: kUrl }) },
    'postgres://env/x',
    { url: kUrl },
  ],
  [
    "the guarded adapter's parameters",
    undefined,
    { guardedAdapter: pg({ host: 'db', port: 6432, user: 'app', password: 'p', database: 'd', max: 5, ssl: {} }) },
    undefined,
    { parameters: { host: 'db', port: '6432', user: 'app', password: 'p', database: 'd' } },
  ],
  [
    'an external pool',
    undefined,
    { guardedAdapter: { provider: 'postgres', externalPool: { options: { host: 'db' } } } },
    undefined,
    { parameters: { host: 'db' } },
  ],
  [
    'a password that is fetched',
    undefined,
    { guardedAdapter: pg({ host: 'db', password: () => 'x' }) },
    undefined,
    { parameters: { host: 'db' } },
  ],
  ['DATABASE_URL where nothing is known', undefined, {}, kUrl, { url: kUrl }],
  [
    'DATABASE_URL that agrees with the adapter',
    undefined,
    { adapter: pg({ host: 'db.internal', database: 'app' }) },
    kUrl,
    { url: kUrl },
  ],
  [
    'DATABASE_URL that names several hosts, the adapter being at one of them',
    undefined,
    { guardedAdapter: pg({ connectionString: 'postgres://app:secret@b:5433/app' }) },
    'postgres://app:secret@a,b:5433/app?target_session_attrs=read-write',
    { url: 'postgres://app:secret@a,b:5433/app?target_session_attrs=read-write' },
  ],
  [
    'DATABASE_URL that names several other hosts',
    undefined,
    { guardedAdapter: pg({ connectionString: 'postgres://app:secret@c:5433/app' }) },
    'postgres://app:secret@a,b:5433/app?target_session_attrs=read-write',
    { url: 'postgres://app:secret@c:5433/app' },
  ],
  ['DATABASE_URL of another host', undefined, { adapter: pg({ host: 'elsewhere' }) }, kUrl, undefined],
  [
    'DATABASE_URL of another port',
    undefined,
    { adapter: pg({ connectionString: 'postgres://db.internal:6432/app' }) },
    kUrl,
    undefined,
  ],
  ['DATABASE_URL of another database', undefined, { adapter: pg({ database: 'reports' }) }, kUrl, undefined],
  [
    'DATABASE_URL that is encoded where the driver has names',
    undefined,
    { adapter: pg({ host: '::1', database: 'two words' }) },
    'postgres://app@[::1]/two%20words',
    { url: 'postgres://app@[::1]/two%20words' },
  ],
  [
    'MySQL at an address of version 6',
    undefined,
    {},
    'mysql://u:p@[::1]:3307/app',
    { tcp: { host: '::1', port: 3307, awaitsGreeting: true } },
  ],
  ['a file', undefined, {}, 'file:./dev.db', undefined],
  [
    'MySQL is knocked at',
    undefined,
    {},
    'mysql://u:p@db:3307/app',
    { tcp: { host: 'db', port: 3307, awaitsGreeting: true } },
  ],
  [
    'MariaDB without a port',
    undefined,
    { guardedAdapter: { provider: 'mysql', config: { host: 'db' } } },
    undefined,
    { tcp: { host: 'db', port: 3306, awaitsGreeting: true } },
  ],
  ['nothing at all', undefined, {}, undefined, undefined],
  ['nonsense for an adapter', undefined, { guardedAdapter: 42, adapter: null }, undefined, undefined],
])('%s', (_, url, known, databaseUrl, expected) => {
  expect(probeTarget(url, known, databaseUrl ?? '')).toEqual(expected);
});

test.each([
  ['postgres://app@a,b:5433/app', ['a:5432', 'b:5433']],
  ['postgresql:///app?host=a,b&port=5433', ['a:5433', 'b:5433']],
  ['postgresql://db.internal/app', undefined],
  ['postgresql:///app', undefined],
  ['mysql://a,b/app', undefined],
  ['host=a,b', undefined],
  [false as const, undefined],
])('%s names several hosts: %p', (url, hosts) => {
  expect(severalHosts(url, undefined)?.hosts.map(({ host, port }) => `${host}:${port}`)).toEqual(hosts);
});
