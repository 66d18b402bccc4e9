/** What waits for a connection to MariaDB stands in its driver's queue, and is not sent before it has one. */
import { ResilientPrismaClient } from '../../lib';
import { createGuard, type Guard } from '../../lib/adapter/guard';
import type { GuardWork } from '../../lib/adapter/guard-host';
import { newToken } from '../e2e/guard/lab';
import { PatientHost } from '../e2e/guard/patient-host';
import { PrismaVersion, type Queries, type TestClient } from '../e2e/errors/prisma-version';
import { MariaLab } from '../matrix-errors/mariadb-lab';

type Client = TestClient & { $connect(): Promise<void> };

const kPatient = { maxWait: 60_000, timeout: 60_000 };
const kPool = { connectionLimit: 1, acquireTimeout: 60_000 };
const create = (queries: Queries, token: string): PromiseLike<unknown> => queries.token.create({ data: { token } });
const touch = (queries: Queries, token: string): PromiseLike<unknown> =>
  queries.$executeRawUnsafe('UPDATE tokens SET small = small + 1 WHERE token = ?', token);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each([6, 7] as const)('Prisma %i', (major) => {
  const version = new PrismaVersion(major);
  let lab: MariaLab;

  beforeAll(async () => {
    lab = await MariaLab.start(version);
  });
  afterAll(() => lab.dispose());

  const small = async (token: string): Promise<number[]> =>
    (await lab.query<{ small: number }>('SELECT small FROM tokens WHERE token = ?', [token])).map((row) => row.small);

  describe('whoever is given up in the queue', () => {
    let host: PatientHost;
    let guard: Guard;
    let client: TestClient;

    beforeAll(() => {
      host = new PatientHost(undefined, 120_000);
      guard = createGuard(host);
      client = version.newClient('mysql', guard.wrap(lab.adapterFactory(kPool) as never));
    });
    afterAll(() => client.$disconnect());

    async function queued(kind: GuardWork['kind']): Promise<GuardWork> {
      for (;;) {
        const work = [...guard.inFlight()].find((each) => each.kind === kind && each.phase === 'acquire');
        if (work) return work;
        await pause(5);
      }
    }

    test.each([
      ['a statement', 'execute', touch],
      ['a transaction', 'begin', (queries: Queries, token: string) => twice(queries as TestClient, token)],
    ] as const)('%s has not been sent, and runs once', async (_name, kind, work) => {
      const token = newToken();
      await create(client, token);
      let leave = (): void => undefined;
      const left = new Promise<void>((resolve) => (leave = resolve));
      let taken = (): void => undefined;
      const held = new Promise<void>((resolve) => (taken = resolve));
      const holding = client.$transaction(async (tx) => {
        await tx.$queryRawUnsafe('SELECT 1 AS one');
        taken();
        await left;
      }, kPatient);
      await held;
      host.failures.length = 0;
      const running = Promise.resolve(work(client, token));
      expect(guard.abandon(await queued(kind))).toBe(true);
      while (host.failures.length === 0) await pause(5);
      leave();
      await Promise.all([running, holding]);
      expect(host.failures).toMatchObject([{ phase: 'acquire', outcome: 'not-applied', next: 'run-again' }]);
      expect(await small(token)).toEqual([kind === 'begin' ? 2 : 1]);
    });

    const twice = (queries: TestClient, token: string): Promise<unknown> =>
      queries.$transaction(async (tx) => {
        await touch(tx, token);
        await touch(tx, token);
      }, kPatient);
  });

  // Nothing is in flight when the server goes, so that nobody hears of it: the driver keeps whoever comes.
  test('an outage under way is over with the greeting, and what was in the queue runs once', async () => {
    const resilient = new ResilientPrismaClient<Client>(
      (ctx) => version.newClient('mysql', ctx.guard(lab.adapterFactory({ connectionLimit: 3 }) as never)) as Client,
      {
        logging: { level: 'silent' },
        probe: { url: lab.url, suspectAfterMs: 200 },
        reconnect: { deadline: 60_000 },
      },
    );
    try {
      await resilient.ready();
      const client = resilient.getClient();
      await create(client, newToken());
      const told: string[] = [];
      resilient.on('refresh', ({ reason }) => void told.push(`refresh: ${reason}`));
      resilient.on('hard-reset', ({ reason }) => void told.push(`hard reset: ${reason}`));
      const down = new Promise<void>((resolve) => resilient.once('disconnect', () => resolve()));
      lab.dropControl();
      await lab.server.stop();
      const tokens = Array.from({ length: 30 }, newToken);
      const creating = tokens.slice(0, 20).map((token) => Promise.resolve(create(client, token)));
      await down;
      creating.push(...tokens.slice(20).map((token) => Promise.resolve(create(client, token))));
      await lab.server.start();
      await Promise.all(creating);
      const rows = await lab.query<{ token: string }>('SELECT token FROM tokens WHERE token IN (?)', [tokens]);
      expect(rows.map(({ token }) => token).sort()).toEqual([...tokens].sort());
      expect(told).toEqual(['refresh: reconnect']);
    } finally {
      await resilient.shutdown();
    }
  });
});
