/** The preset 'serverless' where it matters: a process frozen between two requests, its connections closed meanwhile. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { ConfigError } from '../../../lib';
import { native } from '../../../lib/native';
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';

jest.setTimeout(60_000);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Answer {
  ok: boolean;
  error?: string;
  events: string[];
}

class FrozenFunction {
  private readonly child: ChildProcess;
  private readonly waiting: ((answer: Answer) => void)[] = [];

  constructor(url: string, guarded: string) {
    const hook = join(__dirname, '../../support/typescript-hook.cjs');
    const args = ['-r', hook, join(__dirname, 'frozen-process.ts'), url, guarded];
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout! }).on('line', (line) =>
      this.waiting.shift()?.(JSON.parse(line) as Answer),
    );
  }

  ask(what: 'read' | 'write'): Promise<Answer> {
    this.child.stdin!.write(`${what}\n`);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  async end(): Promise<number | null> {
    const exit = new Promise<number | null>((resolve) => this.child.once('exit', (code) => resolve(code)));
    this.child.stdin!.write('end\n');
    return exit;
  }
}

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

describe.each(['guarded', 'unguarded'])('%s', (guarded) => {
  test.each<['read' | 'write', string, () => Promise<unknown>]>([
    ['read', 'terminated', () => cluster.terminateBackends()],
    ['write', 'terminated', () => cluster.terminateBackends()],
    ['read', 'lost in a restart', () => cluster.restart('fast')],
    ['write', 'lost in a restart', () => cluster.restart('fast')],
    ['read', 'lost in a crash', () => cluster.restart('immediate')],
  ])('the first %s after a thaw succeeds, its connections having been %s', async (what, _, fault) => {
    await cluster.query('TRUNCATE "User" CASCADE');
    const frozen = new FrozenFunction(cluster.url(), guarded);
    expect(await frozen.ask('write')).toMatchObject({ ok: true });
    frozen.freeze();
    const open = await cluster.connectionCount();
    expect(open).toBeGreaterThan(0);
    await fault();
    await sleep(200);
    frozen.thaw();
    const first = await frozen.ask(what);
    expect(first).toMatchObject({ ok: true });
    expect(await frozen.ask('read')).toMatchObject({ ok: true });
    const [{ n }] = await cluster.query<{ n: string }>('SELECT count(*) AS n FROM "User"');
    expect(Number(n)).toBe(what === 'write' ? 2 : 1);
    expect(first.events.filter((event) => event === 'refresh' || event === 'health')).toEqual([]);
    expect(await frozen.end()).toBe(0);
  });
});

test('what the preset sets, and that keys beside it win', () => {
  const effective = new native.NativeConfig(
    { preset: 'serverless', reconnect: { maxDelay: 400 } },
    ConfigError,
  ).effective();
  expect(effective).toMatchObject({
    reconnect: { deadline: 5000, initialDelay: 200, maxDelay: 400, backoff: 'exponential', jitter: 'full' },
    refresh: { enabled: false },
    healthCheck: { enabled: false },
    probe: { mode: 'on-demand' },
  });
});
