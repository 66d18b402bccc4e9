/** The bench's end of a subject's process. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import type { Took } from '../paired';
import type { Turn } from './subject-process';
import type { SubjectName } from './subjects';

export class SubjectHandle {
  private constructor(
    readonly name: SubjectName,
    private readonly child: ChildProcess,
  ) {}

  /** Resolves once it is connected. */
  static async open(name: SubjectName, url: string, connections = 4): Promise<SubjectHandle> {
    const hook = path.resolve(__dirname, '..', '..', 'support', 'typescript-hook.cjs');
    const script = path.join(__dirname, 'subject-process.ts');
    const child = fork(script, [name, url, String(connections)], { execArgv: ['-r', hook] });
    const handle = new SubjectHandle(name, child);
    await handle.answer();
    return handle;
  }

  async take(turn: Turn): Promise<Took> {
    this.child.send(turn);
    return (await this.answer()) as Took;
  }

  close(): void {
    this.child.disconnect();
  }

  private async answer(): Promise<unknown> {
    const gone = new AbortController();
    const exit = once(this.child, 'exit', { signal: gone.signal }).then(([code]) => {
      throw new Error(`the process of '${this.name}' ended with ${code}`);
    });
    exit.catch(() => undefined);
    try {
      const [message] = (await Promise.race([once(this.child, 'message', { signal: gone.signal }), exit])) as [unknown];
      return message;
    } finally {
      gone.abort();
    }
  }
}
