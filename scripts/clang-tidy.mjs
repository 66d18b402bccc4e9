// Looks at each C++ file of the core, the I/O layer and the binding with clang-tidy, as many at once as there are cores.
//
// A file that was found clean is not looked at again until it, a header of ours that it includes, the way it is compiled
// or .clang-tidy changes: `build/tidy` remembers.
//
//   node scripts/clang-tidy.mjs [FILE...]
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { root } from './source-files.mjs';

const build = join(root, 'build', 'tidy');
const kFolders = ['src/core', 'src/io', 'binding', 'binding/js', 'binding/seam'];
/** Needs the headers of another system. scripts/prebuild.mjs compiles it, with the warnings of the rest. */
const kForeign = /_windows\.cc$/;

/** One test per file. */
async function clangTidy(files) {
  const version = spawnSync('clang-tidy', ['--version'], { encoding: 'utf8' });
  if (version.error) {
    console.error('clang-tidy is missing. On Debian or Ubuntu: apt-get install clang-tidy');
    return { passed: 0, failed: 1 };
  }
  const commands = compileCommands();
  const strangers = files.filter((file) => !commands.has(file));
  for (const file of strangers) console.error(`clang-tidy: ${file} is compiled by no target`);

  mkdirSync(join(build, 'clean'), { recursive: true });
  const settings = version.stdout + readFileSync(join(root, '.clang-tidy'), 'utf8');
  const waiting = files.filter((file) => commands.has(file)).reverse();
  const failed = [...strangers];
  const work = async () => {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      const stamp = join(build, 'clean', digest(settings, commands.get(file), ...withHeaders(file).values()));
      if (existsSync(stamp)) continue;
      const findings = await findingsIn(file);
      if (findings === '') writeFileSync(stamp, `${file}\n`);
      else failed.push(file);
      process.stdout.write(findings);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return { passed: files.length - failed.length, failed: failed.length };
}

function sources() {
  return kFolders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.cc') && !kForeign.test(name))
      .map((name) => `${folder}/${name}`),
  );
}

/** How each file is compiled, the probe's addon included. */
function compileCommands() {
  const inherit = { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync(process.execPath, [join('scripts', 'build-libpq.mjs')], inherit);
  execFileSync('cmake', ['--preset', 'tidy', '--log-level=WARNING'], inherit);
  const database = JSON.parse(readFileSync(join(build, 'compile_commands.json'), 'utf8'));
  return new Map(database.map(({ file, command }) => [relative(root, file), command]));
}

/** By name, the texts of a file and of all headers of ours that it reads. */
function withHeaders(file, seen = new Map()) {
  if (seen.has(file)) return seen;
  const text = readFileSync(join(root, file), 'utf8');
  seen.set(file, text);
  for (const [, name] of text.matchAll(/^#include "(.+)"/gm)) {
    const header = [dirname(file), 'src', '.']
      .map((folder) => join(folder, name))
      .find((at) => existsSync(join(root, at)));
    if (header !== undefined) withHeaders(header, seen);
  }
  return seen;
}

function digest(...texts) {
  return createHash('sha256').update(texts.join('\0')).digest('hex');
}

/** Empty where there are none. */
async function findingsIn(file) {
  try {
    await promisify(execFile)('clang-tidy', ['-p', build, '--quiet', file], { cwd: root, maxBuffer: 1 << 26 });
    return '';
  } catch (error) {
    // Beside the findings on stdout, stderr counts those in headers that are not ours.
    return error.stdout || `clang-tidy: ${file}: ${error.stderr || error.message}\n`;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const { passed, failed } = await clangTidy(positionals.length > 0 ? positionals : sources());
  console.log(`${passed} passed, ${failed} failed`);
  mkdirSync(join(root, 'build', 'reports'), { recursive: true });
  writeFileSync(join(root, 'build', 'reports', 'tidy.json'), JSON.stringify({ passed, failed }));
  process.exit(failed > 0 ? 1 : 0);
}
