/** What is loaded where there are several addons, or none: each in a folder of its own, as a user's would be. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';

import { advice } from '../../../lib/addon/advice';
import { loadCore, loadProbe } from '../../../lib/addon/loader';
import { libcOfThisProcess } from '../../../lib/addon/libc';
import { targets } from '../../../lib/addon/prebuilt';

const root = resolve(__dirname, '..', '..', '..');
const own = resolve(root, loadCore().from);
const ownProbe = loadProbe();
const target = targets(process.platform, process.arch, libcOfThisProcess())[0];
const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;

interface Answer {
  readonly kind?: string;
  readonly from?: string;
  readonly refused?: readonly string[];
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
}

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'resilience-loader-'));
  cpSync(join(root, 'lib'), join(dir, 'lib'), { recursive: true });
  cpSync(join(root, 'package.json'), join(dir, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** What the package's own loader says in `dir`. */
function load(env: NodeJS.ProcessEnv = {}, what = 'loadCore'): Answer {
  const hook = join(root, 'test', 'support', 'typescript-hook.cjs');
  const script = `
    let answer;
    try { const { kind, from, refused, exports } = require('./lib/addon/loader.ts').${what}();
      answer = { kind, from, refused, whole: Object.keys(exports ?? {}).length > 0 };
    } catch ({ name, code, message }) { answer = { name, code, message }; }
    console.log(JSON.stringify(answer));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-r', hook, '-e', script], {
    cwd: dir,
    encoding: 'utf8',
    env: {
      ...process.env,
      PRISMA_RESILIENT_ADDON_DIR: '',
      PRISMA_RESILIENT_ADDON: '',
      XDG_CACHE_HOME: join(dir, 'cache'),
      ...env,
    },
  });
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout) as Answer;
}

function put(file: string, from: string | undefined): string {
  const path = join(dir, file);
  mkdirSync(dirname(path), { recursive: true });
  if (from) cpSync(from, path);
  else writeFileSync(path, 'not a shared library');
  return path;
}

describe('which one', () => {
  test('the one that came with the package, by platform, architecture and libc', () => {
    put(`prebuilds/${target}/resilience.node`, own);
    expect(load()).toMatchObject({ kind: 'native', from: `prebuilds/${target}/resilience.node`, whole: true });
  });

  test('the other one of its platform, where the first does not load; and it is said why', () => {
    if (process.platform !== 'linux') return expect(targets('linux', 'x64', undefined)).toHaveLength(2);
    const [first, second] = targets(process.platform, process.arch, libcOfThisProcess());
    put(`prebuilds/${first}/resilience.node`, undefined);
    put(`prebuilds/${second}/resilience.node`, own);
    const { kind, from, refused } = load();
    expect({ kind, from }).toEqual({ kind: 'native', from: `prebuilds/${second}/resilience.node` });
    expect(refused).toEqual([expect.stringMatching(`^prebuilds/${first}/resilience.node: .*(ELF|file)`)]);
  });

  test('one that was built on this machine goes before the one of the package', () => {
    put(`prebuilds/${target}/resilience.node`, own);
    const built = put(`cache/prisma-resilient-client/addon-${version}-${target}/resilience.node`, own);
    const { kind, from } = load();
    expect({ kind, from: resolve(dir, from ?? '') }).toEqual({ kind: 'native', from: built });
  });

  test('the one in the folder that was named goes before all others', () => {
    put(`prebuilds/${target}/resilience.node`, own);
    const named = put('named/resilience.node', own);
    expect(resolve(dir, load({ PRISMA_RESILIENT_ADDON_DIR: 'named' }).from ?? '')).toBe(named);
  });

  test('beside a bundle, a folder "prebuilds" is enough', () => {
    put(`lib/addon/prebuilds/${target}/resilience.node`, own);
    expect(load()).toMatchObject({ kind: 'native', from: `lib/addon/prebuilds/${target}/resilience.node` });
  });

  test('the probe is looked for in the same way', () => {
    if (!ownProbe.kind) return expect(ownProbe.refused).not.toEqual([]);
    put(`prebuilds/${target}/resilience_probe.node`, resolve(root, ownProbe.from));
    const found = { kind: 'native', from: `prebuilds/${target}/resilience_probe.node`, whole: true };
    expect(load({}, 'loadProbe')).toMatchObject(found);
    put('named/resilience.node', own);
    expect(load({ PRISMA_RESILIENT_ADDON_DIR: 'named' }, 'loadProbe')).toMatchObject(found);
  });
});

describe('none', () => {
  test('in a bundle without its binaries, it is said how to leave the package out of it, or how to bring them', () => {
    writeFileSync(join(dir, 'package.json'), '{ "name": "application", "version": "1.0.0" }');
    const { message } = load();
    for (const option of [
      '--external:prisma-resilient-client',
      'externals:',
      'serverExternalPackages',
      'ncc',
      'tsup',
    ]) {
      expect(message).toContain(option);
    }
    expect(message).toContain(`prebuilds/${target}/resilience.node: not there`);
    for (const folder of ['lib/addon', 'lib']) {
      expect(message).toContain(join(dir, folder, `prebuilds/${target}/resilience.node: not there`));
    }
    expect(message).not.toContain('npx prisma-resilient build');
  });

  test("where one is there and does not load, the loader's own words stand, and it is no matter of bundles", () => {
    put(`prebuilds/${target}/resilience.node`, undefined);
    const { message } = load();
    expect(message).toMatch(/resilience\.node: .*(file too short|invalid ELF header|ELF|not a valid|slice)/);
    expect(message).toContain('refuses to load it');
    expect(message).not.toContain('bundle');
  });

  test('one that needs another C library is told from one that is broken', () => {
    const said = (refused: string, named?: string) => advice([refused], root, named);
    expect(said("a.node: /lib/libc.so.6: version `GLIBC_2.38' not found (required by a.node)")).toMatch(/C library/);
    expect(said('a.node: Error loading shared library ld-linux-x86-64.so.2: No such file')).toMatch(/C library/);
    expect(said('a.node: invalid ELF header')).toMatch(/refuses to load/);
    expect(said('prebuilds/a.node: not there')).toMatch(/^Build it/);
    expect(said('/named/a.node: not there', '/named')).toMatch(/nothing else is tried/);
  });

  test('the error names the platform, what was tried, and the one command to run', () => {
    const { name, code, message } = load();
    expect({ name, code }).toEqual({ name: 'AddonError', code: 'ERR_RESILIENCE_ADDON' });
    expect(message).toContain(`${process.platform}-${process.arch}`);
    expect(message).toContain(`prebuilds/${target}/resilience.node: not there`);
    expect(message).toContain('prebuilds/wasm32-wasi/resilience.wasm: not there');
    expect(message).toContain('npx prisma-resilient build');
  });

  test('one that does not load: the error passes on why', () => {
    put(`prebuilds/${target}/resilience.node`, undefined);
    put('prebuilds/wasm32-wasi/resilience.wasm', undefined);
    const { message = '' } = load();
    expect(message).toMatch(new RegExp(`prebuilds/${target}/resilience.node: .*(ELF|short|image|file)`));
    expect(message).toMatch(/prebuilds\/wasm32-wasi\/resilience.wasm: WebAssembly/);
  });

  test('in the folder that was named: no other core is taken', () => {
    put(`prebuilds/${target}/resilience.node`, own);
    mkdirSync(join(dir, 'empty'));
    const { name, message } = load({ PRISMA_RESILIENT_ADDON_DIR: 'empty' });
    expect(name).toBe('AddonError');
    expect(message).toContain(`empty${sep}resilience.node: not there`);
  });
});

describe('PRISMA_RESILIENT_ADDON', () => {
  test("'wasm' loads no native addon, and no probe", () => {
    put(`prebuilds/${target}/resilience.node`, own);
    const { message = '' } = load({ PRISMA_RESILIENT_ADDON: 'wasm' });
    expect(message).toContain('(PRISMA_RESILIENT_ADDON=wasm)');
    expect(message).not.toContain('resilience.node');
    expect(load({ PRISMA_RESILIENT_ADDON: 'wasm' }, 'loadProbe').refused).toEqual([expect.stringContaining('wasm')]);
  });

  test("'native' loads no WebAssembly", () => {
    put('prebuilds/wasm32-wasi/resilience.wasm', undefined);
    expect(load({ PRISMA_RESILIENT_ADDON: 'native' }).message).not.toContain('.wasm');
  });

  test('anything else is refused in words', () => {
    expect(load({ PRISMA_RESILIENT_ADDON: 'fast' }).message).toBe(
      'PRISMA_RESILIENT_ADDON is "fast". Expected: "native" or "wasm", or leave it unset.',
    );
  });
});

test('this very process has loaded what is there', () => {
  expect(existsSync(own)).toBe(true);
});
