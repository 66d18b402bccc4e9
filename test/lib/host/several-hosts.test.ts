import { hostOf, hostsOf, withHost } from '../../../lib/host/several-hosts';

const kUrl = 'postgres://app:s%40,cret@a,b:5433,[::1]:5434/app?target_session_attrs=read-write';

test('the hosts of an URL, each with its port', () => {
  expect(hostsOf(kUrl)).toEqual(['a:5432', 'b:5433', '[::1]:5434']);
  expect(hostsOf('postgresql://db.internal/app')).toEqual(['db.internal:5432']);
  expect(hostsOf('postgresql:///app')).toEqual([]);
  expect(hostsOf('mysql://a,b/app')).toEqual([]);
  expect(hostsOf('host=a,b')).toEqual([]);
});

test('the same URL with one host', () => {
  const rest = '/app?target_session_attrs=read-write';
  expect(withHost(kUrl)).toBe(`postgres://app:s%40,cret@a:5432${rest}`);
  expect(withHost(kUrl, hostOf({ host: 'b', port: 5433 }))).toBe(`postgres://app:s%40,cret@b:5433${rest}`);
  expect(withHost(kUrl, hostOf({ host: '::1', port: 5434 }))).toBe(`postgres://app:s%40,cret@[::1]:5434${rest}`);
  expect(withHost('postgres://a,b')).toBe('postgres://a:5432');
  expect(withHost('postgres://$&,b/$1', '$1:1')).toBe('postgres://$1:1/$1');
});
