/** The bench's end of a subject's process. */
import { type ChildProcess, fork } from 'node:child_process';
import * as path from 'node:path';

import type { Book, Command } from './subject-process';
import type { SubjectName, Target } from './subjects';

export class SubjectHandle {
  private readonly child: ChildProcess;

  constructor() {
    const hook = path.resolve(__dirname, '..', '..', 'support', 'typescript-hook.cjs');
    this.child = fork(path.join(__dirname, 'subject-process.ts'), {
      // cockatiel hangs a listener on its signal for every operation under way.
      execArgv: ['-r', hook, '--disable-warning=MaxListenersExceededWarning'],
      serialization: 'advanced',
    });
  }

  /** Resolves once the subject is connected. */
  async open(subject: SubjectName, target: Target): Promise<void> {
    await this.obey({ type: 'open', subject, target });
  }

  async start(perSecond: number): Promise<void> {
    await this.obey({ type: 'start', perSecond });
  }

  /** Operations a second that it completes, `lanes` at a time, one as soon as the other has ended. */
  async gauge(lanes: number, durationMs: number): Promise<number> {
    return (await this.obey({ type: 'gauge', lanes, durationMs })) as number;
  }

  /** Runs queries that hold a connection each, and does not wait for them. */
  async report(count: number, seconds: number): Promise<void> {
    await this.obey({ type: 'report', count, seconds });
  }

  /** Ends the load; resolves once all has settled, or after `patienceMs`. */
  async finish(patienceMs: number): Promise<Book> {
    return (await this.obey({ type: 'finish', patienceMs })) as Book;
  }

  /** Whatever still runs in it. */
  end(): void {
    this.child.kill('SIGKILL');
  }

  private obey(command: Command): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.child.off('message', onMessage);
        this.child.off('exit', onExit);
      };
      const onMessage = (message: unknown): void => {
        settle();
        const { answer, error } = message as { answer?: unknown; error?: string };
        if (error === undefined) resolve(answer);
        else reject(new Error(`the subject failed: ${error}`));
      };
      const onExit = (code: number | null, signal: string | null): void => {
        settle();
        reject(new Error(`the subject's process ended (${code ?? signal}) while it was to ${command.type}`));
      };
      this.child.on('message', onMessage);
      this.child.on('exit', onExit);
      this.child.send(command);
    });
  }
}
