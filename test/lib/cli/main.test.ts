import type { Io } from '../../../lib/cli/io';
import { takesColour } from '../../../lib/cli/io';
import { main } from '../../../lib/cli/main';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const io: Io = {
    cwd: __dirname,
    env: {},
    colour: false,
    width: 80,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  };
  const code = await main(args, io);
  return { code, out, err };
}

test('help and version', async () => {
  expect(await run()).toMatchObject({ code: 3, out: expect.stringContaining('Usage:') });
  expect(await run('--help')).toMatchObject({ code: 0, err: '' });
  expect(await run('drill', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('--max-errors') });
  expect(await run('doctor', '-h')).toMatchObject({ code: 0, out: expect.stringContaining('--instances') });
  expect(await run('build', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('--without-probe') });
  expect(await run('--version')).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: '' });
});

const kUrl = 'postgresql://app:canary-pw@127.0.0.1:1/db';

test.each([
  [['nonsense']],
  [['toString']],
  [['drill']],
  [['drill', '--']],
  [['drill', '--nonsense', '--', 'true']],
  [['drill', kUrl, '--', 'true']],
  [['drill', '--url', kUrl, '--settle', 'x', '--', 'true']],
  [['drill', '--url', kUrl, '--error-pattern', '(', '--', 'true']],
  [['drill', '--url', kUrl, '--', 'true']],
  [['drill', '--url', 'postgresql://app:canary-pw@h:x/db', '--', 'true']],
  [['drill', '--url', 'postgresql://app:canary-pw@198.51.100.1/db', '--', 'true']],
  [['drill', '--', 'true']],
  [['doctor', '--nonsense']],
  [['doctor', kUrl]],
  [['doctor', '--timeout', '0']],
  [['doctor', '--instances', 'many']],
])('%j cannot run', async (args) => {
  const { code, out, err } = await run(...args);
  expect({ code, out }).toEqual({ code: 3, out: '' });
  expect(err).toMatch(/^prisma-resilient/);
  expect(err).not.toMatch(/canary|failed:/);
});

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [true, { FORCE_COLOR: '0' }, false],
])('a terminal: %p, with %p: colours %p', (isTerminal, env, expected) => {
  expect(takesColour(isTerminal, env)).toBe(expected);
});
