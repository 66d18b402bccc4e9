import { Markers, isTableName } from '../../../lib/adapter/verify/marker';
import { ConfigError } from '../../../lib/errors';

test.each(['marker', 'app.marker', '"Odd Name"', 'app."a""b"', '_m$1', '"a.b".c'])('%s is a table', (name) => {
  expect(isTableName(name)).toBe(true);
});

test.each(['', 'a b', 'a.b.c', '"a', 'a"', '1a', 'a;b', 'a--b', '""', 'a.', '.a', "a'", '"a\0b"', 'a..b', '"a"b'])(
  '%p is none',
  (name) => {
    expect(isTableName(name)).toBe(false);
    expect(() => new Markers(name)).toThrow(ConfigError);
  },
);

function tokenIn(sql: string): string {
  return /VALUES \('([0-9a-f-]{36})'\)$/.exec(sql)![1];
}

test('each transaction has a token of its own', () => {
  const markers = new Markers('m');
  const [a, b] = [markers.take(), markers.take()];
  expect(tokenIn(a.insertSql())).not.toBe(tokenIn(b.insertSql()));
  expect(a.foundSql()).toContain(`token = '${tokenIn(a.insertSql())}'`);
});

test('the row of a settled transaction is swept by the next one, which gives it back if it fails', () => {
  const markers = new Markers('m');
  const first = markers.take();
  const token = tokenIn(first.insertSql());
  expect(first.insertSql()).not.toContain('DELETE');
  first.settle('committed');

  const second = markers.take();
  expect(second.insertSql()).toMatch(
    new RegExp(`^WITH swept AS \\(DELETE FROM m WHERE token IN \\('${token}'\\)\\) INSERT`),
  );
  expect(markers.take().insertSql()).not.toContain(token);
  second.settle('not-committed');
  const third = markers.take();
  expect(third.insertSql()).toContain(token);
  third.settle('committed');
  const fourth = markers.take();
  expect(fourth.insertSql()).not.toContain(token);
  expect(fourth.insertSql()).toContain(tokenIn(third.insertSql()));
});

test('a row whose fate is unknown stays, for people to look at', () => {
  const markers = new Markers('m');
  const lost = markers.take();
  lost.settle('unknown');
  expect(markers.take().insertSql()).not.toContain(tokenIn(lost.insertSql()));
});
