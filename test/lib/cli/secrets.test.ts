import { Secrets } from '../../../lib/cli/secrets';

test('hides what it knows, wherever it stands', () => {
  const secrets = new Secrets();
  secrets.addUrl('postgresql://app:c%40n+ry.1@h/db?sslpassword=second-1');
  expect(secrets.hide('a c%40n+ry.1 b xc@n+ry.1x second-1')).toBe('a *** b x***x ***');
});

test('hides what looks like a password, known or not', () => {
  const secrets = new Secrets();
  expect(secrets.hide('mysql://u:pa@ss@h/db and password=abc&x=1')).toBe('mysql://u:***@h/db and password=***&x=1');
});

test('a plain word is hidden where it stands alone', () => {
  const secrets = new Secrets(['postgres']);
  expect(secrets.hide('postgresql is for postgres')).toBe('postgresql is for ***');
});

test('everything in a value', () => {
  const secrets = new Secrets(['canary-1']);
  expect(secrets.hideIn({ a: ['canary-1', 1, null], b: { c: 'xcanary-1' } })).toEqual({
    a: ['***', 1, null],
    b: { c: 'x***' },
  });
});
