/** A process that idles, asked for what that costs. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface IdleCost {
  readonly timers: number;
  readonly switches: number;
  readonly cpuMs: number;
}

export class IdleProcess {
  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: AsyncIterator<string>,
  ) {}

  /** Without `entry`: of bare clients. */
  static async open(wish: { entry?: string; url: string; clients: number }): Promise<IdleProcess> {
    const hook = join(__dirname, 'typescript-hook.cjs');
    // V8 collects once more some seconds after the work (24 to 84 switches), a bare process like ours: no cost of idling.
    const args = ['--no-memory-reducer', '-r', hook, join(__dirname, 'idle_process.cjs'), JSON.stringify(wish)];
    const child = spawn(process.execPath, args);
    child.stderr.pipe(process.stderr);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const opened = new IdleProcess(child, lines);
    const first: unknown = (await lines.next()).value;
    if (first !== 'ready') throw new Error(`the idle process said ${String(first)}`);
    return opened;
  }

  async cost(): Promise<IdleCost> {
    this.child.stdin.write('?\n');
    return JSON.parse((await this.lines.next()).value as string) as IdleCost;
  }

  /** What `ms` of it cost. */
  async during(ms: number): Promise<IdleCost> {
    const before = await this.cost();
    await new Promise((resolve) => setTimeout(resolve, ms));
    const after = await this.cost();
    return {
      timers: after.timers - before.timers,
      switches: after.switches - before.switches,
      cpuMs: after.cpuMs - before.cpuMs,
    };
  }

  dispose(): void {
    this.child.kill('SIGKILL');
  }
}
