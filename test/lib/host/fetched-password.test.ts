import { FetchedPassword } from '../../../lib/host/fetched-password';
import { Log } from '../../../lib/host/log';

function stage(fetch: () => unknown): { password: FetchedPassword; warnings: string[]; pass: (ms: number) => void } {
  const warnings: string[] = [];
  const ignore = (): void => undefined;
  const logger = { debug: ignore, info: ignore, error: ignore, warn: (line: string) => void warnings.push(line) };
  let now = 0;
  const password = new FetchedPassword(fetch, new Log('info', logger), () => now);
  return { password, warnings, pass: (ms) => (now += ms) };
}

test('is fetched once for those who ask together, and again after a while', async () => {
  let calls = 0;
  const { password, pass } = stage(async () => `token-${++calls}`);
  expect(await Promise.all([password.current(1000), password.current(1000)])).toEqual(['token-1', 'token-1']);
  pass(59_000);
  expect(await password.current(1000)).toBe('token-1');
  pass(2000);
  expect(await password.current(1000)).toBe('token-2');
  password.forget();
  expect(await password.current(1000)).toBe('token-3');
});

test.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('no token');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no token'))],
  ['answers something else', () => 42],
])('where it %s, one warning says so', async (_, fetch) => {
  const { password, warnings } = stage(fetch);
  expect(await password.current(1000)).toBeUndefined();
  expect(await password.current(1000)).toBeUndefined();
  expect(warnings).toHaveLength(1);
});

test('is not waited for', async () => {
  const { password } = stage(() => new Promise(() => undefined));
  expect(await password.current(1)).toBeUndefined();
});
