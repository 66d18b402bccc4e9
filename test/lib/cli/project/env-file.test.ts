import { parseEnvFile } from '../../../../lib/cli/project/env-file';

test.each([
  ['A=1', '1'],
  ['  export A = 1  ', '1'],
  ['A=1 # comment', '1'],
  ['A=p#w', 'p#w'],
  ['A="p # w"', 'p # w'],
  ["A='p\\n'", 'p\\n'],
  ['A="a\\nb"', 'a\nb'],
  ['A="a\nb"', 'a\nb'],
  ['A=`"q"`', '"q"'],
  ['A=', ''],
  ['B=x\nA=${B}-${C}', 'x-outer'],
  ["B=x\nA='${B}'", '${B}'],
  ['#A=0\nA=1\r\nB=2', '1'],
  ['A=0\nA=1', '1'],
])('%j', (text, expected) => {
  expect(parseEnvFile(text, { C: 'outer' }).A).toBe(expected);
});

test('a quote without an end is a value without quotes', () => {
  expect(parseEnvFile('A="x\nB=y')).toEqual({ A: '"x', B: 'y' });
});
