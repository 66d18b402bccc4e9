// Puts addons where the package looks for them, prebuilds/<target>/, and says whether they may be shipped.
//
//   node scripts/prebuild.mjs --here           this platform's own, with its own compiler
//   node scripts/prebuild.mjs --missing        the same, where there is none yet
//   node scripts/prebuild.mjs --all            every target, from one Debian machine (linux-x64)
//   node scripts/prebuild.mjs linux-arm64 …    these; NAME:core or NAME:probe for one of its two addons
//   node scripts/prebuild.mjs --check [--all]  what is there already; with --all, all of them must be
//
// Without a word it does nothing: npm runs a script of this name before `npm run build`.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { buildAddons } from './cross/addons.mjs';
import { hardeningProblems } from './check-hardening.mjs';
import { compressedSize, kLargestCompressed, opensslIn, problemsOf } from './cross/check.mjs';
import { BuildError, needTools } from './cross/run.mjs';
import { hasProbe, kTargets } from './cross/targets.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const prebuilds = join(root, 'prebuilds');
const isMusl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
const here = `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean' },
    here: { type: 'boolean' },
    missing: { type: 'boolean' },
    check: { type: 'boolean' },
  },
});

try {
  if (values.check) check(values.all ? Object.keys(kTargets) : readdirSync(prebuilds));
  else if (values.all || positionals.length > 0) await cross(values.all ? Object.keys(kTargets) : positionals);
  else if (values.here || (values.missing && !existsSync(join(prebuilds, here, 'resilience.node')))) native();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`prebuild: ${error.message}`);
  process.exit(1);
}

function native() {
  execFileSync(process.execPath, [join(root, 'scripts', 'build-native.mjs'), '--preset', 'release'], {
    stdio: 'inherit',
  });
  const release = join(root, 'build', 'release');
  const built = readdirSync(release).filter((name) => name.endsWith('.node'));
  put(
    here,
    built.map((name) => join(release, name)),
  );
  // What looks into other systems' binaries is on Debian.
  if (process.platform === 'linux') check([here]);
}

async function cross(names) {
  const wrong = names.filter((name) => !(name.split(':')[0] in kTargets));
  if (wrong.length > 0) {
    throw new BuildError(`no target called ${wrong.join(', ')}; there are: ${Object.keys(kTargets).join(', ')}`);
  }
  needTools(toolsFor(names.map((name) => name.split(':')[0])));
  for (const name of names) {
    const [target, ...parts] = name.split(':');
    const began = Date.now();
    const built = await buildAddons(target, parts.length > 0 ? parts : undefined);
    put(target, built, parts.length > 0);
    console.log(`${target}: built in ${Math.round((Date.now() - began) / 1000)} s`);
  }
  check(names.map((name) => name.split(':')[0]));
}

/** Each with Debian's package that brings it. */
function toolsFor(targets) {
  const systems = targets.map((target) => kTargets[target].system);
  return {
    cmake: 'cmake',
    ninja: 'ninja-build',
    ...(targets.some(hasProbe) && { make: 'make', perl: 'perl', patch: 'patch', bzip2: 'bzip2', 'llvm-nm': 'llvm' }),
    ...(systems.includes('Linux') && { readelf: 'binutils' }),
    ...(systems.includes('Darwin') && { 'llvm-nm': 'llvm', 'llvm-objdump': 'llvm', 'llvm-strip': 'llvm' }),
    ...(systems.includes('Windows') && { 'llvm-readobj': 'llvm' }),
  };
}

/** Each file in one step: a test beside this may be packing the folder, or run what is in it. */
function put(target, files, beside = false) {
  const folder = join(prebuilds, target);
  mkdirSync(folder, { recursive: true });
  const names = files.map((file) => basename(file));
  const strangers = beside ? [] : readdirSync(folder).filter((name) => !names.includes(name));
  for (const name of strangers) rmSync(join(folder, name), { recursive: true });
  for (const file of files) {
    const draft = `${file}.${process.pid}`;
    copyFileSync(file, draft);
    renameSync(draft, join(folder, basename(file)));
  }
}

/** Prints what is there; throws where something must not be shipped. */
function check(names) {
  const problems = [];
  const inside = {};
  let compressed = 0;
  for (const target of names) {
    const folder = join(prebuilds, target);
    const wanted = target === 'wasm32-wasi' ? ['resilience.wasm'] : ['resilience.node'];
    if (hasProbe(target)) wanted.push('resilience_probe.node');
    for (const name of wanted) {
      const file = join(folder, name);
      if (!existsSync(file)) {
        if (values.all || name !== 'resilience_probe.node') problems.push(`${target}/${name} is not there`);
        continue;
      }
      const size = compressedSize(file);
      compressed += size;
      if (name === 'resilience_probe.node') inside[target] = opensslIn(file);
      const wrong = [...problemsOf(target, file), ...hardeningProblems(file, target)];
      problems.push(...wrong.map((problem) => `${target}/${name} ${problem}`));
      console.log(
        `${target}/${name}: ${Math.round(size / 1024)} KiB compressed${wrong.length > 0 ? ', NOT GOOD' : ''}`,
      );
    }
  }
  // One of this machine's own compiler has this machine's own OpenSSL.
  if (new Set(Object.values(inside)).size > 1) problems.push(`not one OpenSSL is inside: ${JSON.stringify(inside)}`);
  if (compressed > kLargestCompressed) problems.push(`together they have ${compressed} bytes, compressed`);
  if (problems.length > 0) throw new BuildError(problems.join('\n  '));
  console.log(`prebuilds: ${names.join(', ')} are good, ${Math.round(compressed / 1024)} KiB compressed`);
}
