/** Where a password becomes known, and that it is hidden from then on. */
import { inspect } from 'node:util';

import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';

import { learnSecretsOf } from '../../lib/adapter/connection-secrets';
import { messageOf } from '../../lib/host/log';
import { addSecret, learnEnvironment, redact } from '../../lib/redaction';

/** A server that tells it in every way. */
const echoOf = (password: string): string =>
  `got ${password}, ${encodeURIComponent(password)}, ${JSON.stringify({ x: password })}, x${password}x`;

function expectHidden(password: string): void {
  const shown = redact(echoOf(password));
  expect(shown).toMatch(/^got \*\*\*, /);
  expect(shown).not.toContain(password.slice(0, 5));
}

test.each<[string, (password: string) => unknown]>([
  ['a connection string', (password) => new PrismaPg(`postgres://u:${encodeURIComponent(password)}@h/db`)],
  [
    'the connection string of a configuration',
    (password) => new PrismaPg({ connectionString: `postgres://u:${encodeURIComponent(password)}@h/db` }),
  ],
  ['a configuration', (password) => new PrismaPg({ user: 'u', password })],
  ['a pool', (password) => new PrismaPg(new Pool({ user: 'u', password }))],
  [
    'the connection string of a pool',
    (password) => new PrismaPg(new Pool({ connectionString: `postgres://u:${encodeURIComponent(password)}@h/db` })),
  ],
  ['the passphrase of a key', (password) => new PrismaPg({ ssl: { passphrase: password } })],
])('a password in %s', (where, make) => {
  const password = `K4nary "${where}'/%\\`;
  learnSecretsOf(make(password));
  expectHidden(password);
});

describe('a password that is a function', () => {
  const answers: [string, (password: string) => () => string | Promise<string>][] = [
    ['that answers at once', (password) => () => password],
    ['that answers later', (password) => () => Promise.resolve(password)],
  ];
  test.each(answers)('%s, of a configuration', async (name, functionOf) => {
    const password = `K4nary config ${name}`;
    const config = { user: 'u', password: functionOf(password) };
    const given = config.password;
    const factory = new PrismaPg(config);
    learnSecretsOf(factory);
    learnSecretsOf(factory);
    const used = (factory as unknown as { config: typeof config }).config;
    expect(await used.password()).toBe(password);
    expectHidden(password);
    // The user's own object is theirs.
    expect(config.password).toBe(given);
  });

  test.each(answers)('%s, of a pool', async (name, functionOf) => {
    const password = `K4nary pool ${name}`;
    const pool = new Pool({ user: 'u', password: functionOf(password) as () => string });
    learnSecretsOf(new PrismaPg(pool));
    const { options } = pool as unknown as { options: { password: () => unknown } };
    expect(await options.password()).toBe(password);
    expectHidden(password);
  });

  test('that fails fails as it did', async () => {
    const failure = new Error('no token');
    const factory = new PrismaPg({ password: () => Promise.reject(failure) });
    learnSecretsOf(factory);
    await expect((factory as unknown as { config: { password(): unknown } }).config.password()).rejects.toBe(failure);
  });
});

test('of the environment: PG*, and URLs of databases by whatever name', () => {
  learnEnvironment({
    PGPASSWORD: 'K4nary env 1',
    DB_PASS: 'K4nary env 2',
    REPORTING: 'mysql://u:K4nary%20env%203@h/db',
    HOMEPAGE: 'https://example.org',
    SHELL: '/bin/K4nary env 4',
  });
  for (const number of [1, 2, 3]) expectHidden(`K4nary env ${number}`);
  expect(redact('/bin/K4nary env 4')).toContain('K4nary env 4');
});

test.each([
  undefined,
  null,
  7,
  'text',
  {},
  { config: null, externalPool: 1 },
  Object.freeze({ config: Object.freeze({ password: () => 'x' }) }),
])('%p is no reason to fail', (factory) => {
  learnSecretsOf(factory);
});

test('a known password is hidden in whatever is inspected', () => {
  const password = 'K4nary"of\'signs`\t\u001b\u0085\\V0gel';
  addSecret(password);
  const thrown = new AggregateError([new Error(password, { cause: { password } })], password);
  for (const said of [inspect(thrown, { depth: 9 }), inspect(password), JSON.stringify({ x: [password] })]) {
    expect(redact(said)).not.toMatch(/K4nary|V0gel/);
  }
});

describe('messageOf', () => {
  const password = 'K4nary\nof two lines, ' + 'and long '.repeat(200);
  beforeAll(() => addSecret(password));

  test('takes a password out before the line is chosen and cut', () => {
    for (let before = 0; before < 600; before += 37) {
      const text = `${'x'.repeat(before)} ${password} ${'y'.repeat(600)}`;
      expect(messageOf(new Error(text))).not.toMatch(/and long|of two lines|K4nary/);
    }
  });

  test('spells out what commands a terminal, and what ends a line', () => {
    const text = 'first\r\na\rb\u0085c\u2028d\u202ee\u001b[2Jf';
    expect(messageOf(new Error(text))).toBe('a\\u000db\\u0085c\\u2028d\\u202ee\\u001b[2Jf');
  });

  test('a text of any length is answered', () => {
    expect(messageOf(new Error('x'.repeat(10_000_000)))).toBe('an error text of 10000000 characters');
    expect(messageOf(new Error('x'.repeat(100_000)))).toHaveLength(501);
  });
});
