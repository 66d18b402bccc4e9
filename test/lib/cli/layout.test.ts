import { painter, table, wrap } from '../../../lib/cli/layout';

test('columns are as wide as they must be, numbers to the right', () => {
  expect(
    table(
      ['name', 'count', 'note'],
      [
        ['a', '10', 'x'],
        ['longer', '-', ''],
      ],
    ),
  ).toBe('name    count  note\n------  -----  ----\na          10  x\nlonger      -\n');
});

test('words are kept whole', () => {
  expect(wrap('one two three overlongword', 10, '  ')).toBe('  one two\n  three\n  overlongword\n');
});

test('colours only where they are wanted', () => {
  expect(painter(false)('red', 'x')).toBe('x');
  expect(painter(true)('red', 'x')).toBe('\u001b[31mx\u001b[39m');
});
