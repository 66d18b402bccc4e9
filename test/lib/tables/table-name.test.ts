import { backquoted, bareName, checkTableName, isTableName } from '../../../lib/tables/table-name';
import { ConfigError } from '../../../lib/errors';

test.each(['marker', 'app.marker', '"Odd Name"', 'app."a""b"', '_m$1', '"a.b".c'])('%s is a table', (name) => {
  expect(isTableName(name)).toBe(true);
  expect(checkTableName('key', name)).toBe(name);
});

test.each(['', 'a b', 'a.b.c', '"a', 'a"', '1a', 'a;b', 'a--b', '""', 'a.', '.a', "a'", '"a\0b"', 'a..b', '"a"b'])(
  '%p is none',
  (name) => {
    expect(isTableName(name)).toBe(false);
    expect(() => checkTableName('writes.markerTable', name)).toThrow(ConfigError);
  },
);

test.each([
  ['marker', '`marker`', 'marker'],
  ['app."a""b"', '`app`.`a"b`', 'a"b'],
  ['"a`b"', '`a``b`', 'a`b'],
])('%s in the quotes of MySQL, and alone', (name, quoted, bare) => {
  expect(backquoted(name)).toBe(quoted);
  expect(bareName(name)).toBe(bare);
});
