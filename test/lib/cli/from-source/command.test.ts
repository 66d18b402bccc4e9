/** What is said where it cannot begin, or a tool fails. That it builds is shown by `npm run test:platforms -- source`. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from '../../../../lib/cli/from-source/command';
import type { Io } from '../../../../lib/cli/io';

const dir = mkdtempSync(join(tmpdir(), 'resilience-build-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function run(path: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const io: Io = {
    cwd: dir,
    env: { PATH: path, XDG_CACHE_HOME: dir },
    colour: false,
    width: 80,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  };
  const code = await build(args, io);
  return { code, out, err };
}

test('without CMake it says what to install', async () => {
  await expect(run(dir)).rejects.toThrow(/cmake is missing.*apt-get install.*apk add.*brew install/);
});

test('a tool that fails is quoted', async () => {
  const cmake = join(dir, 'cmake');
  writeFileSync(
    cmake,
    '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "no CMAKE_CXX_COMPILER could be found"\nexit 1\n',
  );
  chmodSync(cmake, 0o755);
  const { code, err } = await run(`${dir}:/usr/bin:/bin`, '--without-probe');
  expect(code).toBe(2);
  expect(err).toMatch(/cmake -S failed\nno CMAKE_CXX_COMPILER could be found/);
});

test('an option that is not there is refused', async () => {
  await expect(run(dir, '--nonsense')).rejects.toThrow(/--nonsense/);
});
