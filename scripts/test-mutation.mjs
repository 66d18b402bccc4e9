// Mutation testing of the core: changes one decision at a time, and looks whether a test notices.
//
//   node scripts/test-mutation.mjs [FILE…] [--most N] [--seed S]     default: 60 of all mutants of src/core, seed 1
//
// Works on a copy in build/mutation, never on the sources. A mutant that no test notices has survived: it is either a hole
// in the tests, or it changes nothing that can be seen. The second kind is explained in test/mutation/survivors.json, and
// whatever survives without an explanation fails the run.
import Table from 'cli-table3';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { root } from './source-files.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { most: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const [most, seed] = [values.most, values.seed].map(Number);
if (!Number.isInteger(most) || most < 1 || !Number.isInteger(seed)) {
  console.error('mutation: expected --most of 1 or more, and a whole number as --seed');
  process.exit(2);
}

const place = join(root, 'build', 'mutation');
const build = join(place, 'build');
const program = join(build, 'test', 'core', 'resilience_core_tests');
const explanations = JSON.parse(readFileSync(join(root, 'test', 'mutation', 'survivors.json'), 'utf8'));
/** Enough for what the property test finds at all; a mutant that makes the core spin is ended. */
const kEnvironment = { RESILIENCE_PROPERTY_EVENTS: '60000' };
const kTestMs = 240_000;

/** What a mistake of ours would look like: a bound off by one, a condition turned round, a branch left out. */
const kOperators = [
  [/ < /g, ' <= '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= '],
  [/ >= /g, ' > '],
  [/ == /g, ' != '],
  [/ != /g, ' == '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/\breturn true;/g, 'return false;'],
  [/\breturn false;/g, 'return true;'],
  [/ \+ /g, ' - '],
  [/ - /g, ' + '],
  [/std::min\b/g, 'std::max'],
  [/std::max\b/g, 'std::min'],
  [/\bif \(!/g, 'if ('],
  [/\+\+(\w+_);/g, '$1;'],
];

copySources();
if (!compile()) fail('the core does not compile before anything was changed');
if (!testsPass()) fail('the tests fail before anything was changed');

const mutants = chosen(files().flatMap(mutantsOf));
const rows = [];
for (const [index, mutant] of mutants.entries()) {
  const verdict = tryOut(mutant);
  rows.push({ ...mutant, verdict });
  const name = `${mutant.file}:${mutant.line}`;
  console.log(
    `${index + 1}/${mutants.length} ${verdict.padEnd(11)} ${name}  ${mutant.from.trim()} -> ${mutant.to.trim()}`,
  );
}
report(rows);

function copySources() {
  mkdirSync(place, { recursive: true });
  for (const part of ['src/core', 'test/core', 'test/sim', 'cmake', 'CMakeLists.txt']) {
    rmSync(join(place, part), { recursive: true, force: true });
    cpSync(join(root, part), join(place, part), { recursive: true, preserveTimestamps: true });
  }
}

function compile() {
  if (!existsSync(join(build, 'build.ninja'))) {
    const options = ['-DRESILIENCE_BUILD_ADDON=OFF', '-DCMAKE_BUILD_TYPE=Debug'];
    if (run('cmake', ['-S', place, '-B', build, '-G', 'Ninja', '--log-level=WARNING', ...options]) !== 0) return false;
  }
  return run('cmake', ['--build', build, '--target', 'resilience_core_tests', '-j', `${availableParallelism()}`]) === 0;
}

function testsPass() {
  const pass = (...args) => run(program, ['--gtest_brief=1', ...args], kEnvironment, kTestMs) === 0;
  return pass('--gtest_fail_fast', '--gtest_filter=-*Property*') && pass('--gtest_filter=*Property*');
}

function run(command, args, env = {}, timeout = 0) {
  const options = { env: { ...process.env, ...env }, stdio: 'ignore', timeout, killSignal: 'SIGKILL' };
  return spawnSync(command, args, options).status;
}

function files() {
  const all = readdirSync(join(root, 'src', 'core')).filter((name) => name.endsWith('.cc'));
  const wanted = positionals.map((path) => path.split('/').pop());
  return wanted.length > 0 ? all.filter((name) => wanted.includes(name)) : all;
}

function mutantsOf(file) {
  const lines = readFileSync(join(root, 'src', 'core', file), 'utf8').split('\n');
  return lines.flatMap((text, index) => {
    const code = text.replace(/\/\/.*$/, '');
    // Preprocessor, text and static checks are no decisions.
    if (/^\s*#|static_assert|"/.test(code)) return [];
    return kOperators.flatMap(([pattern, replacement]) =>
      [...code.matchAll(pattern)].map((match) => {
        const to =
          code.slice(0, match.index) +
          code.slice(match.index).replace(match[0], () => match[0].replace(new RegExp(pattern.source), replacement));
        return { file, line: index + 1, from: text, to };
      }),
    );
  });
}

/** A sample that the seed decides. */
function chosen(all) {
  let state = seed >>> 0 || 1;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return all
    .map((mutant) => ({ mutant, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, most)
    .map(({ mutant }) => mutant);
}

function tryOut({ file, line, to }) {
  const path = join(place, 'src', 'core', file);
  const original = readFileSync(path, 'utf8');
  const lines = original.split('\n');
  lines[line - 1] = to;
  writeFileSync(path, lines.join('\n'));
  try {
    // What the compiler refuses, nobody can write.
    if (!compile()) return 'no-compile';
    return testsPass() ? 'SURVIVED' : 'noticed';
  } finally {
    writeFileSync(path, original);
  }
}

function report(results) {
  const survived = results.filter(({ verdict }) => verdict === 'SURVIVED');
  const key = ({ file, from, to }) => `${file}: ${from.trim()} -> ${to.trim()}`;
  const table = new Table({ head: ['survivor', 'why nothing can be seen'], style: { head: [], border: [] } });
  table.push(...survived.map((mutant) => [key(mutant), explanations[key(mutant)] ?? 'UNEXPLAINED']));
  if (survived.length > 0) console.log(table.toString());
  const tried = results.filter(({ verdict }) => verdict !== 'no-compile').length;
  console.log(`${tried} mutants compiled, ${tried - survived.length} noticed, ${survived.length} survived`);
  const failed = survived.filter((mutant) => !explanations[key(mutant)]).length;
  console.log(`${tried - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || tried === 0 ? 1 : 0;
}

function fail(why) {
  console.error(`mutation: ${why}`);
  process.exit(1);
}
