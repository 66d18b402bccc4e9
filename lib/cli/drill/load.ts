/**
 * The user's own load command: started in a process group of its own, watched line by line, and ended with all its
 * children.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { type Readable } from 'node:stream';

import { UsageError } from '../usage';

interface LoadOptions {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lines on either stream that count as errors. Default: every line on standard error. */
  readonly errorPattern?: RegExp | undefined;
  onLine(line: string): void;
}

export interface LoadEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Windows has no process groups; npm and its like are scripts there, which only a shell runs. */
const kWindows = process.platform === 'win32';
/** For output that is still in the pipe when the process has ended; whoever inherited the pipe may never close it. */
const kLastLinesMs = 500;
const kPollMs = 20;

export class Load {
  errorLines = 0;
  lines = 0;
  private ending: LoadEnd | undefined;
  private readonly closed: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly options: LoadOptions,
    /** Resolves once the process has ended, in whatever way. */
    readonly ended: Promise<LoadEnd>,
  ) {
    void ended.then((end) => (this.ending = end));
    this.closed = new Promise((resolve) => child.once('close', () => resolve()));
    this.read(child.stdout as Readable, false);
    this.read(child.stderr as Readable, true);
  }

  /** Throws UsageError where the command cannot be started. */
  static async start(options: LoadOptions): Promise<Load> {
    const [command, ...args] = options.command;
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: !kWindows,
      shell: kWindows,
    });
    const ended = new Promise<LoadEnd>((resolve) =>
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal })),
    );
    const load = new Load(child, options, ended);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(new UsageError(`the load command cannot be started (${error.code ?? error.message}): ${command}`)),
      );
    });
    child.on('error', () => undefined);
    return load;
  }

  get end(): LoadEnd | undefined {
    return this.ending;
  }

  /** To all of its processes, 0 to none of them. False where there is none left. */
  signal(signal: NodeJS.Signals | 0): boolean {
    const { pid } = this.child;
    if (pid === undefined) return false;
    try {
      return kWindows ? this.child.kill(signal) : process.kill(-pid, signal);
    } catch {
      return false; // ESRCH
    }
  }

  /** SIGTERM, and SIGKILL for what is still there after `graceMs`. Its children are ended even where it has ended itself. */
  async stop(graceMs: number): Promise<LoadEnd> {
    this.signal('SIGTERM');
    const deadline = performance.now() + graceMs;
    while (this.signal(0) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, kPollMs));
    this.signal('SIGKILL');
    const end = await this.ended;
    await atMost(this.closed, kLastLinesMs);
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
    return end;
  }

  private read(stream: Readable, isErrors: boolean): void {
    let rest = '';
    const take = (line: string): void => {
      this.lines += 1;
      if (this.options.errorPattern ? this.options.errorPattern.test(line) : isErrors) this.errorLines += 1;
      this.options.onLine(line);
    };
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() ?? '';
      lines.forEach(take);
    });
    stream.on('end', () => {
      if (rest !== '') take(rest);
    });
  }
}

async function atMost(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
