// What makes a fault in memory end the process has to be in every addon that is shipped, as far as its system has it:
// canaries on the stack, checked copies where the C library has them, tables of the linker that nobody can write to, and
// no memory that is both written and run. WebAssembly has memory of its own, out of which nothing reaches.
//
//   node scripts/check-hardening.mjs [FILE…]      default: all of prebuilds/, else of build/release
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { run } from './cross/run.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const kByFormat = { linux: ofElf, darwin: ofMachO, win32: ofPe };

/** As sentences; none where all is well. `target`: as its folder in prebuilds/ is called. */
export function hardeningProblems(file, target) {
  const found = [];
  const need = (holds, problem) => holds || found.push(problem);
  kByFormat[target.split('-')[0]]?.(file, need, target);
  return found;
}

/** The core copies through the C++ library alone, whose sizes are known at run time; libpq and OpenSSL are C. */
const isProbe = (file) => basename(file) === 'resilience_probe.node';
const kNoCanaries = 'has no canaries on the stack (-fstack-protector-strong)';
const kUnchecked = 'has no checked copies (-D_FORTIFY_SOURCE=2)';

function ofElf(file, need, target) {
  const readelf = (option) => run('readelf', ['--wide', option, file]);
  const segments = readelf('--program-headers');
  const dynamic = readelf('--dynamic');
  const symbols = readelf('--dyn-syms');
  need(/GNU_RELRO/.test(segments), 'has no read-only relocations (-z relro)');
  need(/\(BIND_NOW\)|\bBIND_NOW\b|\(FLAGS_1\).*\bNOW\b/.test(dynamic), 'binds lazily (-z now)');
  need(!/GNU_STACK.* RWE /.test(segments), 'has an executable stack');
  need(!/^\s*LOAD.* RWE /m.test(segments), 'has memory that is writable and executable');
  need(!/\(TEXTREL\)/.test(dynamic), 'relocates its own code');
  need(!/\((RPATH|RUNPATH)\)/.test(dynamic), 'says where to look for libraries (RPATH)');
  need(/\b__stack_chk_fail\b/.test(symbols), kNoCanaries);
  need(target.endsWith('-musl') || !isProbe(file) || /\b__\w+_chk@/.test(symbols), kUnchecked);
}

function ofMachO(file, need) {
  const imported = run('llvm-nm', ['--undefined-only', '--just-symbol-name', file]);
  const loads = run('llvm-objdump', ['--macho', '--private-headers', file]);
  need(/^___stack_chk_fail$/m.test(imported), kNoCanaries);
  need(!isProbe(file) || /^___(mem|str|sprintf|snprintf)\w*_chk$/m.test(imported), kUnchecked);
  need(/segname __DATA_CONST/.test(loads), 'has no read-only relocations (__DATA_CONST)');
  need(!/maxprot rwx|initprot rwx/.test(loads), 'has memory that is writable and executable');
  need(!/LC_RPATH/.test(loads), 'says where to look for libraries (LC_RPATH)');
}

function ofPe(file, need) {
  const headers = run('llvm-readobj', ['--file-headers', '--sections', file]);
  need(/DLL_CHARACTERISTICS_DYNAMIC_BASE/.test(headers), 'is always loaded at the same place (/DYNAMICBASE)');
  need(/DLL_CHARACTERISTICS_HIGH_ENTROPY_VA/.test(headers), 'is loaded below 4 GB (/HIGHENTROPYVA)');
  need(/DLL_CHARACTERISTICS_NX_COMPAT/.test(headers), 'may run what is data (/NXCOMPAT)');
  const sections = headers.split(/^ {2}Section \{$/m).slice(1);
  const both = (text) => /SCN_MEM_EXECUTE/.test(text) && /SCN_MEM_WRITE/.test(text);
  need(sections.length > 0 && !sections.some(both), 'has memory that is writable and executable');
  // Canaries leave no trace in a stripped module that has their handler inside.
}

function shipped() {
  const prebuilds = join(root, 'prebuilds');
  const targets = existsSync(prebuilds) ? readdirSync(prebuilds).filter((name) => name.split('-')[0] in kByFormat) : [];
  const folders = targets.length > 0 ? targets.map((name) => join(prebuilds, name)) : [join(root, 'build', 'release')];
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.node'))
      .map((name) => join(folder, name)),
  );
}

const targetOf = (file) => {
  const folder = basename(dirname(file));
  return folder.split('-')[0] in kByFormat ? folder : `${process.platform}-${process.arch}`;
};

export function checkHardening(files = shipped()) {
  if (files.length === 0) throw new Error('check-hardening: there is no addon to look at');
  const problems = files.flatMap((file) =>
    hardeningProblems(file, targetOf(file)).map((problem) => `${relative(root, file)} ${problem}`),
  );
  for (const problem of problems) console.error(`check-hardening: ${problem}`);
  if (problems.length === 0) console.log(`check-hardening: ${files.length} addons are hardened`);
  return problems.length === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = process.argv.slice(2);
  process.exitCode = checkHardening(files.length > 0 ? files : undefined) ? 0 : 1;
}
