/** What a user sees where there is no binary for the platform, or one that does not load. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { native } from '../../lib/native';

const root = resolve(__dirname, '..', '..');

/** The package's own loader in a folder without binaries, apart from `broken`. */
function loadWithout(broken?: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'resilience-native-'));
  try {
    cpSync(join(root, 'lib'), join(dir, 'lib'), { recursive: true });
    if (broken !== undefined) {
      const prebuilds = join(dir, 'prebuilds', `${process.platform}-${process.arch}`);
      mkdirSync(prebuilds, { recursive: true });
      writeFileSync(join(prebuilds, 'resilience.node'), broken);
    }
    const hook = join(root, 'test', 'support', 'typescript-hook.cjs');
    const script = `try { require('./lib/native.ts') } catch (error) { console.log(error.name, error.code, error.message) }`;
    const { stdout } = spawnSync(process.execPath, ['-r', hook, '-e', script], {
      cwd: dir,
      encoding: 'utf8',
      env: { ...process.env, PRISMA_RESILIENT_ADDON_DIR: '' },
    });
    return stdout;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test('no binary: the error names the platform and says how to build one', () => {
  const said = loadWithout();
  expect(said).toContain('AddonError ERR_RESILIENCE_ADDON');
  expect(said).toContain(`${process.platform}-${process.arch}`);
  expect(said).toContain('build-native.mjs');
});

test('a binary that does not load: the error passes on why', () => {
  const said = loadWithout('not a shared library');
  expect(said).toContain('AddonError ERR_RESILIENCE_ADDON');
  expect(said).toContain('Found, but not loadable');
});

test('wrong arguments are refused, not crashed on', () => {
  const Supervisor = native.NativeSupervisor as unknown as new (...args: unknown[]) => unknown;
  class Problem extends Error {}
  const host = { canReplace: true, hasProbe: false, hasClient: true, seed: 1, now: 0, ConfigError: Problem };
  for (const args of [
    [],
    [{}],
    [{}, {}],
    [{}, { ...host, block: new Float64Array(3) }],
    [{}, { ...host, block: {} }],
  ]) {
    expect(() => new Supervisor(...args)).toThrow('NativeSupervisor expects');
  }
  const block = new Float64Array(native.controlBlockLength);
  expect(() => new Supervisor({ reconnect: { maxAttempts: -1 } }, { ...host, block })).toThrow(Problem);
  const sound = new Supervisor({}, { ...host, block }) as Record<string, (...args: unknown[]) => unknown>;
  const hostile = [undefined, null, NaN, -1, Infinity, 1e300, 'text', {}, [], Symbol.iterator, () => 0];
  for (const value of hostile) {
    for (const method of [
      'admit',
      'onSucceeded',
      'onCancelled',
      'onActivity',
      'onProbeResult',
      'onVerified',
      'onReplaced',
      'onTick',
    ]) {
      expect(() => sound[method](value, value, value, value)).not.toThrow();
    }
    for (const method of ['onFailed', 'onHanging']) {
      expect(() =>
        sound[method](1, { tries: value, ticket: value, kind: value, shape: value }, {}, value),
      ).not.toThrow();
      expect(() => sound[method](1)).toThrow(`${method} expects`);
    }
  }
});
