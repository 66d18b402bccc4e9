// Mutation testing of the core: changes one decision at a time, and looks whether a test notices.
//
//   node scripts/test-mutation.mjs [--most N] [--seed S]     N of all mutants of src/core; default: 450, seed 1
//   node scripts/test-mutation.mjs --all
//   node scripts/test-mutation.mjs FILE…                     all of these files, e.g. recovery.cc slow_start.h
//
// With --deep, each operand of && and || is forgotten, too, and each statement left out: nearly twice as many.
//
// Works on a copy in build/mutation, never on the sources. One build holds all mutants, and MUTANT=number switches one of
// them on (test/mutation/mutants.h): a mutant costs one run of the tests that come to it, and no compilation.
//
// A mutant that no test notices has survived: it is either a hole in the tests, or it changes nothing that can be seen. The
// second kind is explained in test/mutation/survivors.json. What survives without an explanation fails the run, and so does
// an explanation of nothing.
import Table from 'cli-table3';
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

import { mutantsOf, withMutants } from './mutation/mutants.mjs';
import { root } from './source-files.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    most: { type: 'string' },
    seed: { type: 'string', default: '1' },
    all: { type: 'boolean' },
    deep: { type: 'boolean' },
  },
});
const everything = values.all || (positionals.length > 0 && values.most === undefined);
const [most, seed] = [everything ? Infinity : Number(values.most ?? 450), Number(values.seed)];
if (!(most >= 1) || !Number.isInteger(seed)) fail('expected --most of 1 or more, and a whole number as --seed', 2);

const place = join(root, 'build', 'mutation');
const attempt = join(place, 'attempt');
const build = join(place, 'build');
const program = join(build, 'test', 'core', 'resilience_core_tests');
const switches = join(root, 'test', 'mutation', 'mutants.h');
const explanations = JSON.parse(readFileSync(join(root, 'test', 'mutation', 'survivors.json'), 'utf8'));
/** Places in a file are clang's, which counts bytes. */
const kBytes = 'latin1';
const kProperty = /Property/;
/** Look at the real clock: what they say of a mutant would be chance. */
const kTimed = /CostsNoMoreThanItsLength/;
/** Enough for what the property test finds at all. A mutant that it does not notice then meets all of its events. */
const kFewEvents = { RESILIENCE_PROPERTY_EVENTS: '60000' };
/** A mutant that spins, or that fills the memory, is ended: its time is this many times the original's. */
const kPatience = 5;
const kSecondsOfAllEvents = 4;
const kMemoryKb = 2_000_000;

if (spawnSync('clang++', ['--version']).error) fail('clang is missing. On Debian or Ubuntu: apt-get install clang');
copySources();
const mutants = await remembered(async () => leaveOutUncompilable(await findMutants()));
writeMutated(place, mutants);
compile();
const tests = await lookAtTests();
const chosen = sample(mutants.filter(isWanted));
console.log(`${mutants.length} mutants, ${chosen.length} of them to try with ${tests.length} tests`);
let done = 0;
await each(chosen, async (mutant) => {
  mutant.verdict = await tryOut(mutant);
  console.log(`${++done}/${chosen.length} ${mutant.verdict.padEnd(8)} ${mutant.line} ${mutant.key}`);
});
report();

function copySources() {
  mkdirSync(place, { recursive: true });
  // What is the same keeps its time, so that it is not built again; what is not has a new one, so that it is.
  const differs = (from, to) => !existsSync(to) || !readFileSync(from).equals(readFileSync(to));
  for (const part of ['src/core', 'test/core', 'test/sim', 'cmake', 'CMakeLists.txt']) {
    const filter = (from, to) => {
      if (statSync(from).isDirectory()) return true;
      return (part !== 'src/core' || !/\.(cc|h)$/.test(from)) && differs(from, to);
    };
    cpSync(join(root, part), join(place, part), { recursive: true, filter });
  }
}

/** As long as the core is the same. */
async function remembered(find) {
  const list = join(place, 'mutants.json');
  const makers = [switches, join(root, 'scripts', 'mutation', 'mutants.mjs')];
  const hash = createHash('sha256');
  for (const path of [...makers, ...coreFiles().map((file) => join(root, 'src', 'core', file))]) {
    hash.update(readFileSync(path)).update('\0');
  }
  const digest = hash.digest('hex');
  const last = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : {};
  if (last.digest === digest) return last.found;
  const found = await find();
  writeFileSync(list, JSON.stringify({ digest, found }));
  return found;
}

function coreFiles() {
  return readdirSync(join(root, 'src', 'core'))
    .filter((name) => /\.(cc|h)$/.test(name))
    .sort();
}

async function findMutants() {
  const perFile = await each(coreFiles(), async (file) => {
    const path = join('src', 'core', file);
    const dump = ['-Xclang', '-ast-dump=json', '-Xclang', '-ast-dump-filter=resilience'];
    const { stdout } = await run('clang++', [...clangOptions('src'), ...dump, path]);
    const text = readFileSync(join(root, path), kBytes);
    return mutantsOf(stdout, path, text).map((mutant) => {
      const line = text.slice(0, mutant.range.begin).split('\n').length;
      return { ...mutant, file, line: `${file}:${line}`, key: `${file} ${mutant.key}` };
    });
  });
  const all = perFile.flat();
  const seen = new Map();
  for (const [index, mutant] of all.entries()) {
    mutant.number = index + 1;
    const times = (seen.get(mutant.key) ?? 0) + 1;
    seen.set(mutant.key, times);
    if (times > 1) mutant.key += ` (${times})`;
  }
  return all;
}

/** What the compiler refuses, nobody can write: a string less a string, a sum of two times. */
async function leaveOutUncompilable(all) {
  let left = all;
  let unsure = coreFiles();
  while (unsure.length > 0) {
    writeMutated(attempt, left);
    const refused = (await each(unsure, errorsOf)).flat();
    const dropped = new Set(refused.map((error) => culprit(error, left)));
    const strange = refused.find((error) => culprit(error, left) === undefined);
    if (strange) fail(`no mutant is where the compiler complains:\n${strange.text}`);
    left = left.filter((mutant) => !dropped.has(mutant));
    unsure = [...new Set(refused.map(({ unit }) => unit))];
  }
  return left;
}

/** What is the same already is not built again. */
function writeMutated(where, all) {
  mkdirSync(join(where, 'src', 'core'), { recursive: true });
  for (const file of coreFiles()) {
    const path = join(where, 'src', 'core', file);
    const original = readFileSync(join(root, 'src', 'core', file), kBytes);
    const text = withMutants(
      original,
      all.filter((mutant) => mutant.file === file),
    );
    if (!existsSync(path) || readFileSync(path, kBytes) !== text) writeFileSync(path, text, kBytes);
  }
}

async function errorsOf(unit) {
  const path = join(attempt, 'src', 'core', unit);
  const { stderr } = await run('clang++', [
    ...clangOptions(join(attempt, 'src')),
    '-include',
    switches,
    '-ferror-limit=0',
    path,
  ]);
  return [...stderr.matchAll(/^(.+?):(\d+):(\d+): (?:fatal )?error: .*/gm)].map(([text, at, line, column]) => {
    return { unit, text, file: basename(at), line: Number(line), column: Number(column) };
  });
}

/** The mutant whose number stands where the error is, or else the first of its line. */
function culprit({ file, line, column }, all) {
  const path = join(attempt, 'src', 'core', file);
  const text = existsSync(path) ? (readFileSync(path, kBytes).split('\n')[line - 1] ?? '') : '';
  const number = (part) => Number(/mutants::\w+\((\d+)/.exec(part)?.[1]);
  const there = number(text.slice(column - 1)) || number(text);
  return all.find((mutant) => mutant.number === there && mutant.file === file);
}

function clangOptions(include) {
  return ['-std=c++20', '-x', 'c++', '-fsyntax-only', '-w', '-fno-caret-diagnostics', `-I${include}`];
}

function compile() {
  const include = join(place, 'mutants.cmake');
  writeFileSync(include, `add_compile_options(-w "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-include ${switches}>")\n`);
  const options = [
    '-DRESILIENCE_BUILD_ADDON=OFF',
    '-DCMAKE_CXX_COMPILER=clang++',
    `-DCMAKE_PROJECT_INCLUDE=${include}`,
  ];
  // What an empty optional is read as is no luck: the process ends.
  const release = ['-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_CXX_FLAGS_RELEASE=-O1 -D_GLIBCXX_ASSERTIONS'];
  const say = (...args) => spawnSync('cmake', args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  const configured = say('-S', place, '-B', build, '-G', 'Ninja', '--log-level=WARNING', ...options, ...release);
  if (!configured) fail('CMake has failed');
  const parallel = `${availableParallelism()}`;
  const made = spawnSync('cmake', ['--build', build, '--target', 'resilience_core_tests', '-j', parallel], {
    encoding: 'utf8',
  });
  if (made.status !== 0) fail(`the mutated core does not compile:\n${made.stdout}`);
}

/** What each test comes to, and how long it takes; all of them pass. */
async function lookAtTests() {
  const { stdout } = await run(program, ['--gtest_list_tests']);
  const names = [];
  let suite = '';
  for (const line of stdout.split('\n').map((text) => text.replace(/\s*#.*/, ''))) {
    if (/^\S+\.$/.test(line)) suite = line;
    else if (suite && line.trim() !== '' && !kTimed.test(line)) names.push(suite + line.trim());
  }
  rmSync(join(place, 'reached'), { recursive: true, force: true });
  mkdirSync(join(place, 'reached'), { recursive: true });
  const looks = await each(names, async (name) => {
    const list = join(place, 'reached', `${names.indexOf(name)}`);
    const { status, seconds } = await run(program, [`--gtest_filter=${name}`], {
      ...kFewEvents,
      MUTANTS_REACHED: list,
    });
    if (status !== 0) fail(`${name} fails before anything was changed`);
    // Whoever comes to none writes nothing.
    const reached = new Set(existsSync(list) ? readFileSync(list, 'utf8').split('\n').map(Number) : []);
    return { name, reached, seconds };
  });
  const slowest = [...looks].sort((a, b) => b.seconds - a.seconds).slice(0, Math.ceil(looks.length / 20));
  return looks.map((test) => ({ ...test, slow: slowest.some(({ name }) => name === test.name) }));
}

function isWanted({ file, deep }) {
  if (deep && !values.deep) return false;
  return positionals.length === 0 || positionals.some((path) => basename(path) === file);
}

/** As many as are wanted. The seed decides which, and not what else is in the core. */
function sample(all) {
  const rank = ({ key }) => createHash('sha256').update(`${seed} ${key}`).digest('hex');
  return all
    .map((mutant) => ({ mutant, at: rank(mutant) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .slice(0, most)
    .map(({ mutant }) => mutant);
}

/** The quick tests first: they notice nearly all. */
async function tryOut({ number }) {
  const those = tests.filter(({ reached }) => reached.has(number));
  if (those.length === 0) return 'UNTESTED';
  const steps = [
    [those.filter(({ slow }) => !slow), kFewEvents],
    [those.filter(({ slow }) => slow), kFewEvents],
    [those.filter(({ name }) => kProperty.test(name)), {}],
  ];
  for (const [some, env] of steps) {
    const verdict = some.length > 0 ? await underMutant(number, some, env) : 'SURVIVED';
    if (verdict !== 'SURVIVED') return verdict;
  }
  return 'SURVIVED';
}

async function underMutant(number, some, env) {
  const expected = some.reduce((sum, { seconds }) => sum + seconds, env === kFewEvents ? 0 : kSecondsOfAllEvents);
  // Of the processor, so that a busy machine ends nothing.
  const limits = `ulimit -t ${Math.ceil(1 + kPatience * expected)}; ulimit -v ${kMemoryKb}; ulimit -c 0; exec "$@"`;
  const filter = `--gtest_filter=${some.map(({ name }) => name).join(':')}`;
  const args = ['-c', limits, 'sh', program, '--gtest_fail_fast', '--gtest_brief=1', filter];
  const { status, signal } = await run('sh', args, { ...env, MUTANT: `${number}` });
  if (signal === 'SIGXCPU' || signal === 'SIGKILL') return 'endless';
  return status === 0 ? 'SURVIVED' : 'noticed';
}

/** One after the other on each core, results in the order of `all`. */
async function each(all, work) {
  const results = [];
  const waiting = [...all.entries()].reverse();
  const lane = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  return results;
}

function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const start = performance.now();
    const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 2 ** 30 };
    execFile(command, args, options, (error, stdout, stderr) => {
      const [status, seconds] = [error ? (error.code ?? 1) : 0, (performance.now() - start) / 1000];
      resolve({ status, signal: error?.signal, stdout, stderr, seconds });
    });
  });
}

function report() {
  const survived = chosen.filter(({ verdict }) => verdict === 'SURVIVED' || verdict === 'UNTESTED');
  const unexplained = survived.filter(({ key }) => !explanations[key]);
  const known = new Set(mutants.map(({ key }) => key));
  const noticed = new Set(chosen.filter((mutant) => !survived.includes(mutant)).map(({ key }) => key));
  const idle = Object.keys(explanations).filter((key) => !known.has(key) || noticed.has(key));
  const table = new Table({ head: ['line', 'survivor', 'why nothing can be seen'], style: { head: [], border: [] } });
  table.push(...survived.map(({ line, key, verdict }) => [line, key, explanations[key] ?? `${verdict}, UNEXPLAINED`]));
  if (survived.length > 0) console.log(table.toString());
  for (const key of idle) console.log(`explained, but ${known.has(key) ? 'noticed' : 'no mutant'}: ${key}`);
  const endless = chosen.filter(({ verdict }) => verdict === 'endless').length;
  const [tried, left] = [chosen.length, survived.length - unexplained.length];
  console.log(
    `${tried} mutants tried, ${tried - survived.length} noticed (${endless} by never ending), ` +
      `${survived.length} survived, ${left} of them explained`,
  );
  const failed = unexplained.length + idle.length;
  console.log(`${tried - unexplained.length} passed, ${failed} failed`);
  process.exitCode = failed > 0 || tried === 0 ? 1 : 0;
}

function fail(why, status = 1) {
  console.error(`mutation: ${why}`);
  process.exit(status);
}
