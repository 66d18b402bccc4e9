import { plainText } from '../../lib/plain-text';
import { Log } from '../../lib/host/log';

test.each([
  ['\r', '\\u000d'],
  ['\n', '\\u000a'],
  ['\u0000', '\\u0000'],
  ['\u0007', '\\u0007'],
  ['\u001b', '\\u001b'],
  ['\u007f', '\\u007f'],
  ['\u0085', '\\u0085'],
  ['\u009b', '\\u009b'],
  ['\u00ad', '\\u00ad'],
  ['\u200b', '\\u200b'],
  ['\u200e', '\\u200e'],
  ['\u2028', '\\u2028'],
  ['\u2029', '\\u2029'],
  ['\u202e', '\\u202e'],
  ['\u2066', '\\u2066'],
  ['\ufeff', '\\ufeff'],
  ['\ud800', '\\ud800'],
  ['\u{e0041}', '\\udb40\\udc41'],
])('%j is spelt out', (sign, spelt) => {
  expect(plainText(`a${sign}b`)).toBe(`a${spelt}b`);
});

test('what people write is left alone', () => {
  const text = 'größer, 日本語, العربية, نمی‌خواهم,\t👩🏽‍💻';
  expect(plainText(text)).toBe(text);
});

test('nothing of it reaches a line of a log: one line stays one line', () => {
  const lines: string[] = [];
  const line = (text: unknown): void => void lines.push(String(text));
  const log = new Log('trace', { trace: line, debug: line, info: line, warn: line, error: line } as never);
  log.warn('FATAL: \r\u001b[31mred\u0085\u2028\u202e and\nWARN forged line=1');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toBe(
    'prisma-resilient-client: FATAL: \\u000d\\u001b[31mred\\u0085\\u2028\\u202e and\\u000aWARN forged line=1',
  );
});

test('and none of the fields of a structured one', () => {
  const fields: unknown[] = [];
  const pino = { child: () => pino, bindings: () => ({}), warn: (given: object) => void fields.push(given) };
  new Log('warn', pino as never).warn('probe host=\u001bdb\u202e: gone');
  expect(fields).toEqual([{ component: 'prisma-resilient-client', event: 'probe', host: '\\u001bdb\\u202e' }]);
});
