/** `prisma-resilient build`: the addons from the package's own sources, into a folder where the loader looks. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { basename, join } from 'node:path';

import { folderOfBuiltHere } from '../../addon/built-here';
import { type Io, kExit } from '../io';
import { kPackageRoot } from '../package-root';
import { flag, readArguments, UsageError } from '../usage';

export const kBuildHelp = `Usage: prisma-resilient build [options]

Compiles this package's addons for this machine, from the sources that came with it. Needs CMake 3.21 or newer and a C++20
compiler (GCC 11, Clang 14, Apple Clang 14). Node-API's headers are fetched with npm. What is built is kept outside of
node_modules, so that it survives npm ci; the package then finds it by itself.

  --without-probe  only the core: the database is looked for without libpq
  --verbose        all that the tools say

Exit codes: 0 built and loaded, 2 the build failed, 3 it could not begin
`;

const kHeaders = ['node-addon-api', 'node-api-headers'] as const;
/** What makes a libpq, and what that needs. */
const kLibpqScripts = ['build-libpq.mjs', 'apt-source.mjs'] as const;
const kBytesOfOneJob = 2 ** 30;
/** For one step. */
const kLimitMs = 30 * 60_000;

/** Resolves with the exit code. Rejects with UsageError where something is missing. */
export async function build(args: readonly string[], io: Io): Promise<number> {
  const values = readArguments(args, { 'without-probe': { type: 'boolean' }, verbose: { type: 'boolean' } });
  needTools(io);
  const work = mkdtempSync(join(tmpdir(), 'prisma-resilient-build-'));
  const steps = new Steps(io, flag(values, 'verbose'));
  try {
    const headers = await headersIn(join(work, 'headers'), steps);
    const libpq = flag(values, 'without-probe') ? undefined : await staticLibpq(work, steps);
    const built = await compile(join(work, 'build'), headers, libpq, steps);
    const place = keep(built);
    return report(place, built.length > 1, io);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    io.err(`prisma-resilient build: ${error.message}\n`);
    return kExit.problems;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

class StepError extends Error {}

/** Runs programs one after the other; what they say is shown where one fails, or where the user wants to see it. */
class Steps {
  constructor(
    readonly io: Io,
    private readonly verbose: boolean,
  ) {}

  async run(what: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
    this.io.out(`${what}\n`);
    let said = '';
    const child = spawn(command, args, {
      env: { ...this.io.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: kLimitMs,
      // npm is a script there.
      shell: process.platform === 'win32',
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-20_000);
        if (this.verbose) this.io.out(chunk.toString());
      });
    }
    const code = await new Promise<number | null>((settle, refuse) => {
      child.once('error', refuse);
      child.once('close', settle);
    }).catch((error: Error) => {
      throw new StepError(`${command} cannot be run: ${error.message}`);
    });
    if (code === 0) return;
    const end = this.verbose ? '' : `\n${said.trim().split('\n').slice(-30).join('\n')}`;
    throw new StepError(`${command} ${args[0] ?? ''} failed${end}`);
  }
}

function needTools(io: Io): void {
  if (process.platform === 'win32') {
    throw new UsageError('on Windows there is no build from source: the package brings addons for x64 and arm64');
  }
  const { status } = spawnSync('cmake', ['--version'], { stdio: 'ignore', env: io.env });
  if (status === 0) return;
  throw new UsageError(
    'cmake is missing. Install CMake 3.21 or newer and a C++20 compiler: apt-get install cmake g++, ' +
      'apk add cmake make g++ linux-headers, or brew install cmake',
  );
}

/** Node-API's headers, in the versions that the package was made with; they are not needed to run it. */
async function headersIn(folder: string, steps: Steps): Promise<string> {
  const own = join(kPackageRoot, 'node_modules');
  if (kHeaders.every((name) => existsSync(join(own, name, 'package.json')))) return own;
  const { devDependencies } = JSON.parse(readFileSync(join(kPackageRoot, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const wanted = kHeaders.map((name) => `${name}@${devDependencies[name] ?? 'latest'}`);
  mkdirSync(folder, { recursive: true });
  const quiet = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await steps.run(`fetching ${wanted.join(' and ')}`, 'npm', ['install', '--prefix', folder, ...quiet, ...wanted]);
  return join(folder, 'node_modules');
}

/**
 * Only where a libpq can be made that is linked in whole: a shared one would use Node's own copy of OpenSSL. The script works
 * beside itself, and nothing is to be written in node_modules, which may be read-only.
 */
async function staticLibpq(work: string, steps: Steps): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const scripts = join(work, 'libpq', 'scripts');
  mkdirSync(scripts, { recursive: true });
  for (const name of kLibpqScripts) copyFileSync(join(kPackageRoot, 'scripts', name), join(scripts, name));
  try {
    await steps.run('making a static libpq for the probe', process.execPath, [join(scripts, kLibpqScripts[0])]);
    return join(work, 'libpq', 'build', 'deps', 'libpq');
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    const [, reason = 'it cannot be made'] = /build-libpq: (.*)/.exec(error.message) ?? [];
    steps.io.out(`  none here: ${reason}\n`);
    return undefined;
  }
}

/** Gives the files that were built. */
async function compile(
  folder: string,
  headers: string,
  libpq: string | undefined,
  steps: Steps,
): Promise<readonly string[]> {
  const defines = {
    CMAKE_BUILD_TYPE: 'Release',
    RESILIENCE_BUILD_TESTS: 'OFF',
    RESILIENCE_DESCRIBES: 'OFF',
    RESILIENCE_NODE_MODULES: headers,
    RESILIENCE_PLAIN_LOG: 'ON',
    RESILIENCE_WARNINGS_ARE_ERRORS: 'OFF',
    RESILIENCE_BUILD_PROBE: libpq ? 'ON' : 'OFF',
    ...(libpq && { RESILIENCE_PQ_ROOT: libpq }),
  };
  const flags = Object.entries(defines).map(([name, value]) => `-D${name}=${value}`);
  await steps.run('configuring', 'cmake', ['-S', kPackageRoot, '-B', folder, ...flags]);
  const targets = ['resilience_addon', ...(libpq ? ['resilience_probe'] : [])];
  await steps.run('compiling', 'cmake', ['--build', folder, '--parallel', String(jobs()), '--target', ...targets]);
  return ['resilience.node', ...(libpq ? ['resilience_probe.node'] : [])].map((name) => join(folder, name));
}

/** As many as there are processors and memory for: a compiler that a container's limit ends says nothing that would help. */
function jobs(): number {
  const { constrainedMemory } = process as { constrainedMemory?: () => number };
  const memory = Math.min(totalmem(), constrainedMemory?.() || Infinity);
  return Math.max(1, Math.min(cpus().length, Math.floor(memory / kBytesOfOneJob)));
}

/** Each file appears whole: another process may be loading the one that was there. */
function keep(files: readonly string[]): string {
  const place = folderOfBuiltHere();
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  for (const file of files) {
    const target = join(place, basename(file));
    copyFileSync(file, `${target}.new`);
    renameSync(`${target}.new`, target);
  }
  return place;
}

/** Loads what was built, in a process of its own, as an application would. */
function report(place: string, withProbe: boolean, io: Io): number {
  const script = `require(${JSON.stringify(join(place, 'resilience.node'))})`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  if (status !== 0) {
    io.err(`prisma-resilient build: what was built does not load: ${stderr.trim().split('\n').slice(-8).join('\n')}\n`);
    return kExit.problems;
  }
  io.out(
    `built ${place}${withProbe ? ', core and probe' : ', the core alone: the database is looked for without libpq'}\n`,
  );
  return kExit.ok;
}
