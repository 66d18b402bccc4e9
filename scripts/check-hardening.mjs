// What makes a fault in memory end the process has to be in every addon for Linux that is shipped: canaries on the
// stack, checked copies where the C library has them (glibc), and tables of the linker that nobody can write to.
//
//   node scripts/check-hardening.mjs [FILE…]      default: all of prebuilds/linux-*, else of build/release
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function readelf(file, ...options) {
  return execFileSync('readelf', ['--wide', ...options, file], { encoding: 'utf8', maxBuffer: 1 << 26 });
}

/** As sentences; none where all is well. */
export function problemsOf(file) {
  const problems = [];
  const need = (holds, problem) => holds || problems.push(problem);
  const segments = readelf(file, '--program-headers');
  const dynamic = readelf(file, '--dynamic');
  const symbols = readelf(file, '--dyn-syms');
  need(/GNU_RELRO/.test(segments), 'has no read-only relocations (-z relro)');
  need(/\(BIND_NOW\)|\bBIND_NOW\b|\(FLAGS_1\).*\bNOW\b/.test(dynamic), 'binds lazily (-z now)');
  need(!/GNU_STACK.* RWE /.test(segments), 'has an executable stack');
  need(!/^\s*LOAD.* RWE /m.test(segments), 'has memory that is writable and executable');
  need(!/\(TEXTREL\)/.test(dynamic), 'relocates its own code');
  need(!/\((RPATH|RUNPATH)\)/.test(dynamic), 'says where to look for libraries (RPATH)');
  need(/\b__stack_chk_fail\b/.test(symbols), 'has no canaries on the stack (-fstack-protector-strong)');
  // The core copies through the C++ library alone, whose sizes are known at run time; libpq and OpenSSL are C.
  const isGlibc = /GLIBC_/.test(symbols);
  const isProbe = basename(file) === 'resilience_probe.node';
  need(!isGlibc || !isProbe || /\b__\w+_chk@/.test(symbols), 'has no checked copies (-D_FORTIFY_SOURCE=2)');
  return problems;
}

function shipped() {
  const prebuilds = join(root, 'prebuilds');
  const targets = existsSync(prebuilds) ? readdirSync(prebuilds).filter((name) => name.startsWith('linux-')) : [];
  const folders = targets.length > 0 ? targets.map((name) => join(prebuilds, name)) : [join(root, 'build', 'release')];
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.node'))
      .map((name) => join(folder, name)),
  );
}

export function checkHardening(files = shipped()) {
  if (files.length === 0) throw new Error('check-hardening: there is no addon to look at');
  const problems = files.flatMap((file) => problemsOf(file).map((problem) => `${relative(root, file)} ${problem}`));
  for (const problem of problems) console.error(`check-hardening: ${problem}`);
  if (problems.length === 0) console.log(`check-hardening: ${files.length} addons are hardened`);
  return problems.length === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = process.argv.slice(2);
  process.exitCode = checkHardening(files.length > 0 ? files : undefined) ? 0 : 1;
}
