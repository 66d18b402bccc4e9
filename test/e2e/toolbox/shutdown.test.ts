/** SIGTERM to a real HTTP service under load: what it had accepted, it answers. */
import { type ChildProcess, spawn } from 'node:child_process';
import * as http from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';

jest.setTimeout(60_000);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

interface Message {
  port?: number;
  accepted?: string;
  failed?: string;
  error?: string;
  exit?: number;
}

class Service {
  readonly messages: Message[] = [];
  private readonly child: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor(drainMs: number) {
    const hook = join(__dirname, '../../support/typescript-hook.cjs');
    const args = ['-r', hook, join(__dirname, 'http-process.ts'), cluster.url(), String(drainMs)];
    this.child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout! }).on('line', (line) =>
      this.messages.push(JSON.parse(line) as Message),
    );
    this.exited = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve({ code, signal })));
  }

  async port(): Promise<number> {
    for (;;) {
      const message = this.messages.find(({ port }) => port !== undefined);
      if (message) return message.port!;
      await sleep(20);
    }
  }

  accepted(): string[] {
    return this.messages.flatMap(({ accepted }) => accepted ?? []);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

function get(
  port: number,
  id: string,
  agent: http.Agent,
): Promise<{ id: string; status?: number; body?: string; error?: string }> {
  return new Promise((resolve) => {
    const request = http.get({ port, path: `/${id}`, agent }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ id, status: response.statusCode, body }));
      response.on('error', (error) => resolve({ id, error: error.message }));
    });
    request.on('error', (error) => resolve({ id, error: error.message }));
  });
}

test.each(['keep-alive', 'single-use'])('no request that was accepted fails, on %s connections', async (kind) => {
  const service = new Service(10_000);
  const port = await service.port();
  const agent = new http.Agent({ keepAlive: kind === 'keep-alive' });
  const answers: Promise<{ id: string; status?: number; body?: string; error?: string }>[] = [];
  let counting = true;
  const lane = async (number: number): Promise<void> => {
    for (let i = 0; counting; ++i) {
      const answer = get(port, `${kind}-${number}-${i}`, agent);
      answers.push(answer);
      if ((await answer).error) await sleep(5);
    }
  };
  const lanes = Array.from({ length: 10 }, (_, number) => lane(number));
  while (service.accepted().length < 100) await sleep(10);
  const began = performance.now();
  service.kill('SIGTERM');
  const { code } = await service.exited;
  const tookMs = performance.now() - began;
  counting = false;
  await Promise.all(lanes);
  agent.destroy();

  const byId = new Map((await Promise.all(answers)).map((answer) => [answer.id, answer]));
  const accepted = service.accepted();
  expect(service.messages.filter(({ failed }) => failed !== undefined)).toEqual([]);
  expect(accepted.map((id) => byId.get(id)).filter((answer) => answer?.status !== 200 || answer.body !== '2')).toEqual(
    [],
  );
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(10_000);
});

test('what hangs is given up after the drain time', async () => {
  const service = new Service(1000);
  const port = await service.port();
  const agent = new http.Agent();
  const hanging = get(port, 'hang', agent);
  await sleep(200);
  const began = performance.now();
  service.kill('SIGTERM');
  const { code } = await service.exited;
  const tookMs = performance.now() - began;
  expect(code).toBe(0);
  expect(tookMs).toBeGreaterThan(900);
  expect(tookMs).toBeLessThan(4000);
  expect((await hanging).error).toBeDefined();
});

test('a second signal ends it at once', async () => {
  const service = new Service(60_000);
  const port = await service.port();
  const hanging = get(port, 'hang', new http.Agent());
  await sleep(200);
  service.kill('SIGTERM');
  await sleep(300);
  const began = performance.now();
  service.kill('SIGTERM');
  const { signal } = await service.exited;
  expect(signal).toBe('SIGTERM');
  expect(performance.now() - began).toBeLessThan(5000);
  expect((await hanging).error).toBeDefined();
});
