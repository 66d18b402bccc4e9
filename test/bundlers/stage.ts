/**
 * An application with the package as it is installed, each bundler beside it, and an empty folder in which its bundle
 * has to stand alone.
 */
import {
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  execFileSync,
  spawn,
  spawnSync,
} from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import { libcOfThisProcess } from '../../lib/addon/libc';
import { targets } from '../../lib/addon/prebuilt';
import type { PostgresCluster } from '../support/postgres';
import { ofItsOwn } from '../support/program_log';

export const kRoot = join(__dirname, '../..');
/** Every bundler; the checkout itself has two of them. */
const kTools = join(__dirname, 'node_modules');
const kTargets = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-arm64-musl', 'linux-x64', 'linux-x64-musl'];
const [kHere] = targets(process.platform, process.arch, libcOfThisProcess());

/** The same with the generator `prisma-client`, as an ES module in TypeScript. */
export const kModernApplication = `
import { createInterface } from 'node:readline';
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient } from 'prisma-resilient-client';
import { PrismaClient } from './generated/client';

const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg({ connectionString: process.env.DATABASE_URL })) }),
  { logging: { level: 'warn' } },
);
const lines = createInterface({ input: process.stdin });
lines.on('line', async () => console.log('users ' + (await resilient.getClient().user.count())));
lines.on('close', () => resilient.shutdown());
`;

/** Answers each line of its input with a count of users. */
const kApplication = `
const { createInterface } = require('node:readline');
const { PrismaPg } = require('@prisma/adapter-pg');
const { PrismaClient } = require('./client');
const { ResilientPrismaClient } = require('prisma-resilient-client');

const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg({ connectionString: process.env.DATABASE_URL })) }),
  { logging: { level: 'warn' } },
);
const lines = createInterface({ input: process.stdin });
lines.on('line', async () => console.log('users ' + (await resilient.getClient().user.count())));
lines.on('close', () => resilient.shutdown());
`;

/** The same as an ES module in JavaScript. */
export const kEsmApplication = kApplication
  .replace(/^const (.*) = require\((.*)\);$/gm, 'import $1 from $2;')
  .replace("'./client'", "'./client/index.js'");

/** With its client from `@prisma/client` itself, and with the options form, which looks for it there. */
export const kInPackageApplication = `
const { createInterface } = require('node:readline');
const { PrismaPg } = require('@prisma/adapter-pg');
const { PrismaClient } = require('@prisma/client');
const { ResilientPrismaClient } = require('prisma-resilient-client');

const adapter = () => new PrismaPg({ connectionString: process.env.DATABASE_URL });
const config = { logging: { level: 'warn' } };
const byFactory = new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: ctx.guard(adapter()) }), config);
const byOptions = new ResilientPrismaClient({ adapter, resilient: config });
const lines = createInterface({ input: process.stdin });
lines.on('line', async () => {
  const counts = await Promise.all([byFactory.getClient().user.count(), byOptions.user.count()]);
  console.log('users ' + Math.max(...counts));
});
lines.on('close', () => Promise.all([byFactory.shutdown(), byOptions.$resilience.shutdown()]));
`;

/** The code block of docs/bundlers.md that begins with this comment. */
export function documented(first: string): string {
  const text = readFileSync(join(kRoot, 'docs/bundlers.md'), 'utf8');
  const block = text.split('```').find((part) => part.split('\n', 2)[1] === first);
  if (!block) throw new Error(`docs/bundlers.md has no block that begins with ${first}`);
  return block.slice(block.indexOf('\n') + 1);
}

/** A bundler's warnings about this package. Drivers have some of their own. */
export function warningsAboutUs(said: string): string[] {
  const [, ...warnings] = said.split(/^(?=.*(?:WARNING|\(!\)))/m);
  return warnings.filter((warning) => warning.includes('prisma-resilient-client'));
}

/** They are installed before the tests begin: two workers that both install into one folder undo each other's work. */
export function requireTools(): void {
  if (existsSync(join(kTools, '.package-lock.json'))) return;
  throw new Error('the bundlers are not installed: run `npm test -- bundlers`, which installs them');
}

export class Stage {
  /** Where tools run, in `folder`. */
  place: string;
  readonly folder = mkdtempSync(join(kRoot, 'build', 'bundlers-'));

  constructor(private readonly tools = kTools) {
    this.place = this.folder;
    this.write('app.js', kApplication);
    this.write('package.json', '{ "name": "application", "private": true }');
    cpSync(join(kRoot, 'test/.generated/client-7'), join(this.folder, 'client'), { recursive: true });
    const ours = join(this.folder, 'node_modules/prisma-resilient-client');
    mkdirSync(ours, { recursive: true });
    for (const name of ['package.json', 'dist']) cpSync(join(kRoot, name), join(ours, name), { recursive: true });
    for (const target of kTargets) {
      for (const file of ['resilience.node', 'resilience_probe.node']) this.addon(ours, target, file);
    }
    for (const target of ['win32-arm64', 'win32-x64']) this.addon(ours, target, 'resilience.node');
    for (const name of readdirSync(tools)) {
      if (!name.startsWith('.')) this.link(name, join(tools, name));
    }
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  /** What the generator `prisma-client` makes of the tests' schema, in `generated`: TypeScript, with the compiler inside. */
  generate(): void {
    // The extension is as Prisma infers it from the tsconfig.json of who uses a bundler.
    this.prismaGenerate(['provider = "prisma-client"', 'output = "./generated"', 'importFileExtension = ""']);
  }

  /** What the generator `prisma-client-js` makes without an `output`: inside an @prisma/client of the application's own. */
  generateInPackage(): void {
    this.place = this.folder;
    const own = join(this.folder, 'node_modules');
    const filter = (file: string): boolean => !/cockroachdb|mysql|sqlite|sqlserver|\.map$/.test(file);
    cpSync(join(kRoot, 'node_modules/@prisma/client'), join(own, '@prisma/client'), { recursive: true, filter });
    this.link('prisma', join(kRoot, 'node_modules/prisma'));
    this.prismaGenerate(['provider = "prisma-client-js"']);
  }

  private prismaGenerate(lines: string[]): void {
    const schema = readFileSync(join(kRoot, 'test/schema/schema.prisma'), 'utf8');
    const generator = `generator client {\n${lines.map((line) => `  ${line}\n`).join('')}}`;
    this.write('schema.prisma', schema.replace(/generator client \{[^}]*\}/, generator));
    // Generating needs no schema engine, yet the CLI downloads one unless it is given a file to believe in.
    const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', CHECKPOINT_DISABLE: '1' };
    const cli = join(kRoot, 'node_modules/prisma/build/index.js');
    execFileSync(process.execPath, [cli, 'generate', '--schema', 'schema.prisma', '--no-hints'], {
      cwd: this.folder,
      stdio: 'pipe',
      env,
    });
  }

  /** Runs a tool by the path of its program in node_modules. Answers what it has said. */
  run(program: string, ...args: string[]): string {
    const { status, stdout, stderr, error } = spawnSync(process.execPath, [join(this.tools, program), ...args], {
      cwd: this.place,
      encoding: 'utf8',
      env: { ...process.env, NODE_PATH: '', NEXT_TELEMETRY_DISABLED: '1', CI: '1', NO_COLOR: '1' },
    });
    if (status !== 0) {
      throw new Error(`${program} failed: ${stdout.slice(-2000)}\n${stderr.slice(-2000)}`, { cause: error });
    }
    return `${stdout}\n${stderr}`;
  }

  /** What `prebuilds` beside a bundle holds for this platform. */
  get prebuilds(): string {
    return join(this.folder, 'node_modules/prisma-resilient-client/prebuilds');
  }

  /** Prisma's own query compiler, which its client looks for beside the bundle. */
  get compilers(): string[] {
    return readdirSync(join(this.folder, 'client'))
      .filter((name) => name.endsWith('.wasm'))
      .map((name) => join(this.folder, 'client', name));
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private addon(ours: string, target: string, file: string): void {
    const place = join(ours, 'prebuilds', target, file);
    mkdirSync(dirname(place), { recursive: true });
    // Of other platforms there is only the place: nothing loads them here.
    if (target === kHere) cpSync(join(kRoot, 'build/release', file), place);
    else writeFileSync(place, '');
  }

  private link(name: string, target: string): void {
    const place = join(this.folder, 'node_modules', name);
    if (!existsSync(place)) symlinkSync(target, place, 'dir');
  }
}

/** A bundle in an empty folder, with no node_modules above it. */
export class Standalone {
  readonly folder = mkdtempSync(join(tmpdir(), 'standalone-'));
  private child: ChildProcess | undefined;
  private readonly errors: string[] = [];

  /** Copies `from`, a file or what is in a folder, into it. */
  take(from: string, to = '.'): this {
    cpSync(from, join(this.folder, to), { recursive: true, verbatimSymlinks: true });
    return this;
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Starts a server on `port`. Resolves with how to ask it, once it listens. */
  async serve(program: string, url: string, port: number): Promise<(path: string) => Promise<string>> {
    const child = this.spawn(program, url, { PORT: String(port), HOSTNAME: '127.0.0.1', NEXT_TELEMETRY_DISABLED: '1' });
    const ask = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${program} ended: ${this.errors.join('').slice(-2000)}`);
      try {
        await ask('/');
        return ask;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** It answers before, in and after an outage of its database, complains of nothing else, and ends by itself. */
  async survives(cluster: PostgresCluster, program: string): Promise<void> {
    const ask = this.start(program, cluster.url());
    expect(await ask('healthy')).toBe('users 0');
    await cluster.stop('immediate');
    const during = ask('during the outage');
    await cluster.start();
    expect(await during).toBe('users 0');
    expect(await this.end()).toEqual({ code: 0, errors: '' });
  }

  start(program: string, url: string): (line: string) => Promise<string> {
    const child = this.spawn(program, url);
    const waiting: ((line: string) => void)[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
    child.once('exit', () =>
      waiting.splice(0).forEach((answer) => answer(`ended: ${this.errors.join('').slice(-2000)}`)),
    );
    return (line) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write(`${line}\n`, () => undefined);
        child.stdin.on('error', () => undefined);
      });
  }

  private spawn(program: string, url: string, more: NodeJS.ProcessEnv = {}): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, [program], {
      cwd: this.folder,
      // The addon itself is wanted, not the WebAssembly build in its place.
      env: { PATH: process.env.PATH, DATABASE_URL: url, PRISMA_RESILIENT_ADDON: 'native', ...more },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    child.stderr.on('data', (chunk) => this.errors.push(String(chunk)));
    return child;
  }

  /** Ends its input. Answers its exit code, and what it has complained of. */
  async end(): Promise<{ code: number | null; errors: string }> {
    const { child } = this;
    if (!child) return { code: 0, errors: '' };
    const code = await new Promise<number | null>((resolve) => {
      if (child.exitCode !== null) resolve(child.exitCode);
      child.once('exit', resolve);
      child.stdin?.end();
    });
    return {
      code,
      errors: ofItsOwn(this.errors.join('')).replace(/prisma-resilient-client: (disconnect|reconnect)[^\n]*\n/g, ''),
    };
  }

  dispose(): void {
    this.child?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
