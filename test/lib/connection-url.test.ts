import { parseConnectionUrl, redirected } from '../../lib/connection-url';

test.each([
  ['postgres://u:p@h:1/db', [{ host: 'h', port: 1 }]],
  ['postgresql://h/db', [{ host: 'h', port: 5432 }]],
  ['postgresql:///db', [{ host: 'localhost', port: 5432 }]],
  [
    'postgresql://a:1,b:2,[::1]:3/db',
    [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
      { host: '::1', port: 3 },
    ],
  ],
  [
    'postgresql://u@/db?host=a,b&port=7',
    [
      { host: 'a', port: 7 },
      { host: 'b', port: 7 },
    ],
  ],
  ['mysql://u:p@h/db', [{ host: 'h', port: 3306 }]],
  ['file:./dev.db', []],
  ['postgresql://u@/db?host=%2Fvar%2Frun', []],
])('%s leads to its hosts', (url, hosts) => {
  expect(parseConnectionUrl(url)?.hosts).toEqual(hosts);
});

test.each([
  '',
  'nonsense',
  'postgresql://h:x/db',
  'postgresql://h:0/db',
  'postgresql://h:65536/db',
  'postgresql://a:b:c/db',
])('%p is none', (url) => {
  expect(parseConnectionUrl(url)).toBeUndefined();
});

test('takes a URL apart', () => {
  const url = parseConnectionUrl('postgresql://us%40er:p%40ss:w@h/d%20b?schema=x&sslpassword=q1w2&schema=y&empty#f');
  expect(url).toMatchObject({ provider: 'postgresql', user: 'us@er', database: 'd b', socket: undefined });
  // Of two with one name drivers take the last.
  expect(Object.fromEntries(url?.parameters ?? [])).toEqual({ schema: 'y', sslpassword: 'q1w2', empty: '' });
});

test('a socket is none of its hosts', () => {
  expect(parseConnectionUrl('postgresql://u@%2Fvar%2Frun/db')?.socket).toBe('/var/run');
});

test.each([
  ['postgresql://u:p%40@h:1/db?schema=x&host=a&port=3', 'postgresql://u:p%40@127.0.0.1:9/db?schema=x'],
  ['postgresql://h/db', 'postgresql://127.0.0.1:9/db'],
  ['mysql://u:p@h?host=a', 'mysql://u:p@127.0.0.1:9'],
  ['postgresql://u:a?b@h/db', 'postgresql://127.0.0.1:9?b@h/db'],
])('%s is redirected', (url, expected) => {
  expect(redirected(url, { host: '127.0.0.1', port: 9 })).toBe(expected);
});

test('a URL of several hosts is redirected to one of them', () => {
  const url = 'postgres://app:s%40,cret@a,b:5433,[::1]:5434/app?target_session_attrs=read-write';
  const { hosts = [] } = parseConnectionUrl(url) ?? {};
  expect(hosts.map((host) => redirected(url, host))).toEqual(
    ['a:5432', 'b:5433', '[::1]:5434'].map(
      (host) => `postgres://app:s%40,cret@${host}/app?target_session_attrs=read-write`,
    ),
  );
  expect(redirected('postgres://a,b', { host: 'a', port: 5432 })).toBe('postgres://a:5432');
  expect(redirected('postgres://$&,b/$1', { host: '$1', port: 1 })).toBe('postgres://$1:1/$1');
});
