import { messageOf } from '../../../lib/host/log';

test.each<[string, unknown, string]>([
  ['an error', new Error('gone'), 'gone'],
  ["Prisma's, which begins with the caller's code", new Error('\nInvalid call in\n  app.ts:3\n\nNo row\n'), 'No row'],
  [
    'an error without words',
    Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
    'AggregateError: ECONNREFUSED',
  ],
  ['an error with nothing at all', new TypeError(), 'TypeError'],
  ['a text', ' refused\n', 'refused'],
  ['nothing', undefined, 'undefined'],
  ['a password', new Error('bad URL postgres://app:hunter2@db/app'), 'bad URL postgres://app:***@db/app'],
])('%s', (_, error, message) => {
  expect(messageOf(error)).toBe(message);
});

test('a long text is cut, and no password with it', () => {
  for (let before = 480; before < 520; ++before) {
    const message = messageOf(new Error(`${'x'.repeat(before)} postgres://app:hunter2 and more@db/app`));
    expect(message.length).toBeLessThanOrEqual(501);
    expect(message).not.toMatch(/:(?!\/\/)(h|hu|hun|hunt|hunter2?)\b/);
    expect(message).not.toContain('and more');
  }
  expect(messageOf('x'.repeat(1e7))).toHaveLength(501);
});
