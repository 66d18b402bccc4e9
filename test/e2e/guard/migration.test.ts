/** A migration under load: statements that were prepared before it are prepared anew, and nobody hears of it. */
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient } from '../../../lib';
import type { TestClient } from '../errors/prisma-version';
import { GuardLab, kNewest, newToken } from './lab';

const kWorkers = 8;

let lab: GuardLab;
beforeAll(async () => {
  lab = await GuardLab.start();
});
afterAll(() => lab.dispose());

type Client = TestClient & { $connect(): Promise<void> };

function opened(guarded: boolean, maxAttempts = 3): ResilientPrismaClient<Client> {
  return new ResilientPrismaClient<Client>(
    (ctx) => {
      const names = new Map<string, string>();
      const statementNameGenerator = ({ sql }: { sql: string }): string => {
        const name = names.get(sql) ?? `s${names.size}`;
        names.set(sql, name);
        return name;
      };
      const adapter = new PrismaPg({ connectionString: lab.cluster.url(), max: kWorkers }, { statementNameGenerator });
      return kNewest.newClient('postgresql', guarded ? ctx.guard(adapter) : adapter) as Client;
    },
    { logging: { level: 'silent' }, probe: { url: lab.cluster.url() }, reconnect: { maxAttempts } },
  );
}

test('reads, writes and transactions go through it', async () => {
  const resilient = opened(true);
  try {
    await resilient.ready();
    const client = resilient.getClient();
    const failures: unknown[] = [];
    const written: string[] = [];
    let stopped = false;
    let rounds = 0;
    const work = async (): Promise<void> => {
      while (!stopped) {
        const [one, two] = [newToken(), newToken()];
        try {
          await client.token.create({ data: { token: one } });
          await client.token.findMany({ take: 1 });
          await client.$transaction([
            client.token.create({ data: { token: two } }),
            client.token.findMany({ take: 1 }),
          ]);
          written.push(one, two);
        } catch (error) {
          failures.push(error);
        }
        rounds += 1;
      }
    };
    const workers = Array.from({ length: kWorkers }, work);
    const after = async (more: number): Promise<void> => {
      const goal = rounds + more;
      while (rounds < goal) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    for (const type of ['int', 'bigint', 'smallint']) {
      await after(40);
      await lab.cluster.query(`ALTER TABLE tokens ALTER COLUMN small TYPE ${type}`);
    }
    await after(40);
    stopped = true;
    await Promise.all(workers);
    expect(failures).toEqual([]);
    expect(new Set(await lab.count(...written))).toEqual(new Set([1]));
  } finally {
    await resilient.shutdown();
  }
});

test('without the guard, the error says that nothing was applied', async () => {
  const resilient = opened(false, 1);
  try {
    await resilient.ready();
    const client = resilient.getClient();
    const read = (): Promise<unknown[]> => Promise.all(Array.from({ length: kWorkers }, () => client.token.findMany()));
    await read();
    await lab.cluster.query('ALTER TABLE tokens ALTER COLUMN small TYPE int');
    const error = await read().then(
      () => undefined,
      (thrown: { resilience?: object }) => thrown,
    );
    expect(error?.resilience).toMatchObject({ errorClass: 'rolled-back', outcome: 'not-applied' });
  } finally {
    await resilient.shutdown();
  }
});
