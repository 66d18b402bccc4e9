/** The cache in a real Redis server, shared by two processes that know nothing else of each other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { RedisServer } from '../../support/redis';

jest.setTimeout(60_000);

const kHook = join(__dirname, '../../support/typescript-hook.cjs');
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Answer {
  answer?: unknown;
  error?: string;
  ms: number;
}

class CacheProcess {
  private readonly child: ChildProcess;
  private readonly waiting: ((answer: Answer) => void)[] = [];

  constructor(url: string, kind: string) {
    this.child = spawn(process.execPath, ['-r', kHook, join(__dirname, 'cache-process.ts'), url, kind], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) =>
      this.waiting.shift()?.(JSON.parse(line) as Answer),
    );
  }

  ask(command: object): Promise<Answer> {
    this.child.stdin!.write(`${JSON.stringify(command)}\n`);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async get(key: string, value: unknown): Promise<unknown> {
    const { answer, error } = await this.ask({ do: 'getOrSet', key, value });
    if (error) throw new Error(error);
    return answer;
  }

  async lines(): Promise<string[]> {
    return ((await this.ask({ do: 'stats' })).answer as { lines: string[] }).lines;
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin!.write('{"do":"end"}\n');
    await ended;
  }
}

describe.each(['keyv', 'store'])('Redis as a Keyv %s', (kind) => {
  let redis: RedisServer;
  let one: CacheProcess;
  let two: CacheProcess;
  beforeEach(async () => {
    redis = await RedisServer.start();
    [one, two] = [new CacheProcess(redis.url, kind), new CacheProcess(redis.url, kind)];
  });
  afterEach(async () => {
    await Promise.all([one.end(), two.end()]);
    await redis.dispose();
  });

  test('two processes share entries and invalidations', async () => {
    expect(await one.get('user:1', 'a')).toBe('a');
    expect(await two.get('user:1', 'b')).toBe('a');
    expect(await two.get('user:2', 'c')).toBe('c');
    expect(await two.get('post:1', 'd')).toBe('d');
    await two.ask({ do: 'invalidate', key: 'user:1' });
    expect(await one.get('user:1', 'e')).toBe('e');
    await one.ask({ do: 'invalidateByPrefix', key: 'user:' });
    expect(await two.get('user:1', 'f')).toBe('f');
    expect(await two.get('user:2', 'g')).toBe('g');
    expect(await one.get('post:1', 'h')).toBe('d');
  });

  test.each<[string, () => Promise<void> | void, () => Promise<void> | void]>([
    ['stops', () => redis.stop(), () => redis.start()],
    ['freezes', () => redis.freeze(), () => redis.thaw()],
  ])('a server that %s: no read fails, memory stands in, and it is taken back', async (_, fault, repair) => {
    expect(await one.get('k', 'before')).toBe('before');
    await fault();
    const during = await one.ask({ do: 'getOrSet', key: 'k', value: 'during' });
    expect(during).toMatchObject({ answer: 'during' });
    expect(await one.get('k', 'ignored')).toBe('during'); // from memory
    expect(await one.get('other', 1)).toBe(1);
    await one.ask({ do: 'invalidate', key: 'k' });
    expect(await one.lines()).toEqual([expect.stringMatching(/^warn cache: the store is unavailable/)]);

    await repair();
    const giveUpAt = Date.now() + 30_000;
    while ((await one.lines()).length < 2 && Date.now() < giveUpAt) {
      await one.get(`poke:${Date.now()}`, 0);
      await sleep(50);
    }
    expect((await one.lines())[1]).toBe('info cache: the store is back');
    // What was invalidated meanwhile is gone from the server too, and both share it again.
    expect(await two.get('k', 'after')).toBe('after');
    expect(await one.get('k', 'ignored')).toBe('after');
  });
});
