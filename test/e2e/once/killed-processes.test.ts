/** Processes that do the same work and are killed at random moments: each effect is there exactly once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onceMigration } from '../../../lib/tables/mark-migration';
import { PostgresCluster, createSchema } from '../../support';
import { Random } from '../../support/random';

/** ONCE_KEYS=1000 is the long form. */
const kKeys = Number(process.env.ONCE_KEYS ?? 120);
const kProcesses = 3;
const kKills = Math.ceil(kKeys / 10);
const kHook = join(__dirname, '../../support/typescript-hook.cjs');

jest.setTimeout(600_000);

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
  await cluster.query(`SET ROLE app; ${onceMigration('postgresql')}`);
});
afterAll(() => cluster.dispose());

/** One place for a process, filled again each time the one in it is killed. */
class Place {
  ready = false;
  private child: ChildProcess | undefined;

  constructor(
    private readonly heard: (key: string, id: string) => void,
    private seed: number,
  ) {}

  start(): Promise<number | null> {
    this.ready = false;
    this.seed += 100;
    const child = spawn(
      process.execPath,
      ['-r', kHook, join(__dirname, 'worker.ts'), cluster.url(), String(kKeys), String(this.seed)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.child = child;
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line === 'ready') this.ready = true;
      const [key, id] = line.split(' ');
      if (id !== undefined) this.heard(key, id);
    });
    return new Promise((resolve) => child.once('close', resolve));
  }

  kill(): void {
    this.child?.kill('SIGKILL');
  }
}

test(`${kKeys} keys, ${kProcesses} processes, ${kKills} kills`, async () => {
  const random = new Random(7);
  const answers = new Map<string, Set<string>>();
  const heard = (key: string, id: string): void => {
    answers.set(key, (answers.get(key) ?? new Set()).add(id));
  };
  let kills = 0;
  const lives = Array.from({ length: kProcesses }, async (_each, i) => {
    const place = new Place(heard, i);
    for (;;) {
      const ended = place.start();
      const closed = ended.then(() => true);
      while (!place.ready && !(await Promise.race([closed, pause(5).then(() => false)])));
      if (kills >= kKills) return ended;
      await Promise.race([closed, pause(random.between(1, 250))]);
      place.kill();
      kills += 1;
      await ended;
    }
  });
  expect(await Promise.all(lives)).toEqual(lives.map(() => 0));
  const rows = await cluster.query<{ token: string; id: string; children: number }>(
    'SELECT token, id::text, (SELECT count(*)::int FROM ledger_child WHERE entry_id = ledger.id) AS children FROM ledger',
  );
  expect(rows).toHaveLength(kKeys);
  expect(new Set(rows.map(({ token }) => token)).size).toBe(kKeys);
  for (const { children, id, token } of rows) {
    expect({ token, children, answers: [...(answers.get(token) ?? [])] }).toEqual({
      token,
      children: 1,
      answers: [id],
    });
  }
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
