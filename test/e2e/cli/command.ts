/** Runs the command line as a user does: a process of its own, its output, its exit code. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';

const kRoot = join(__dirname, '../../..');
export const kTypeScript = ['-r', join(kRoot, 'test/support/typescript-hook.cjs')];

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class Command {
  out = '';
  err = '';
  readonly finished: Promise<Finished>;
  readonly child: ChildProcessWithoutNullStreams;

  constructor(args: readonly string[], options: { cwd: string; env?: Record<string, string> }) {
    const { DATABASE_URL: _, ...inherited } = process.env;
    this.child = spawn(process.execPath, [...kTypeScript, join(kRoot, 'lib/cli/bin.ts'), ...args], {
      cwd: options.cwd,
      env: { ...inherited, ...options.env },
    });
    this.child.stdout.on('data', (chunk) => (this.out += chunk));
    this.child.stderr.on('data', (chunk) => (this.err += chunk));
    this.finished = new Promise((resolve) =>
      this.child.once('close', (code) => resolve({ code, out: this.out, err: this.err })),
    );
  }

  /** Resolves once standard error holds it. Rejects with all output where the command ends before. */
  async says(text: string): Promise<void> {
    let over = false;
    void this.finished.then(() => (over = true));
    while (!this.err.includes(text)) {
      if (over) throw new Error(`it never said '${text}': ${this.err}${this.out}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

export function runCommand(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Finished> {
  return new Command(args, options).finished;
}
