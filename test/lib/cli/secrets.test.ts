import { Secrets } from '../../../lib/cli/secrets';

test('hides what it knows, wherever it stands', () => {
  const secrets = new Secrets();
  secrets.addUrl('postgresql://app:c%40n+ry.1@h/db?sslpassword=second-1');
  expect(secrets.hide('a c%40n+ry.1 b xc@n+ry.1x second-1')).toBe('a *** b x***x ***');
});

test('hides what looks like a password, known or not', () => {
  const secrets = new Secrets();
  expect(secrets.hide('mysql://u:pa@ss@h/db and ?password=abc&x=1')).toBe('mysql://u:***@h/db and ?password=***&x=1');
});

test('a plain word is hidden where it stands alone', () => {
  const secrets = new Secrets(['postgres']);
  expect(secrets.hide('postgresql is for postgres')).toBe('postgresql is for ***');
});

test('everything in a value, and all that has a name of a secret', () => {
  const secrets = new Secrets(['canary-1']);
  expect(secrets.hideIn({ a: ['canary-1', 1, null], b: { c: 'xcanary-1' } })).toEqual({
    a: ['***', 1, null],
    b: { c: 'x***' },
  });
  const parameters = { api_key: 'a1b2', pass: 'c3d4', sslpassword: 'e5f6', 'client-secret': 'g7h8', schema: 'public' };
  expect(secrets.hideIn(parameters)).toEqual({
    api_key: '***',
    pass: '***',
    sslpassword: '***',
    'client-secret': '***',
    schema: 'public',
  });
});

test('what a command is given for an option that is a secret, and names', () => {
  const secrets = new Secrets(['canary-1']);
  expect(secrets.hideIn(['pg_dump', '--password', 'e5f6', '--host', 'h', '--token'])).toEqual([
    'pg_dump',
    '--password',
    '***',
    '--host',
    'h',
    '--token',
  ]);
  expect(secrets.hideIn({ 'canary-1': 1 })).toEqual({ '***': 1 });
});

test('nothing of it commands a terminal', () => {
  const secrets = new Secrets();
  const hostile = 'a\u001b[2Jb\rc\u0085d\u2028e\u202ef';
  const shown = 'a\\u001b[2Jb\\u000dc\\u0085d\\u2028e\\u202ef';
  expect(secrets.hide(hostile)).toBe(shown);
  expect(secrets.hideIn({ [hostile]: [hostile] })).toEqual({ [shown]: [shown] });
});

test('without the addon, whatever may hold a secret is withheld', () => {
  jest.isolateModules(() => {
    jest.doMock('../../../lib/native', () => {
      throw new Error('no addon');
    });
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const bare = new (require('../../../lib/cli/secrets') as { Secrets: typeof Secrets }).Secrets();
    bare.addUrl('postgresql://app:c%40nary-1@h/db');
    expect(bare.hide('the addon is missing')).toBe('the addon is missing');
    for (const text of ['got c@nary-1', 'got c%40nary-1', 'at postgresql://app:x@h', 'password=x', 'api_key=x']) {
      expect(bare.hide(text)).toBe('(withheld)');
    }
    expect(bare.hideIn({ any: 'text' })).toEqual({ any: '***' });
  });
});
