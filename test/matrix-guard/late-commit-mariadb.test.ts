/** A COMMIT on MariaDB that hangs, is given up, and is answered late: its connection is somebody else's by then. */
import { createGuard, type Guard } from '../../lib/adapter/guard';
import { markMigration } from '../../lib/tables/mark-migration';
import { newToken } from '../e2e/guard/lab';
import { PatientHost } from '../e2e/guard/patient-host';
import { PrismaVersion, type Queries, type TestClient } from '../e2e/errors/prisma-version';
import { MariaLab } from '../matrix-errors/mariadb-lab';

const kMarks = { onUnknownOutcome: 'verify', markerTable: 'resilience_marks' } as const;
const kPatient = { maxWait: 60_000, timeout: 60_000 };
const create = (client: Queries, token: string): PromiseLike<unknown> => client.token.create({ data: { token } });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each([6, 7] as const)('Prisma %i', (major) => {
  const version = new PrismaVersion(major);
  let lab: MariaLab;
  const clients: TestClient[] = [];

  beforeAll(async () => {
    lab = await MariaLab.start(version);
    await lab.query(markMigration('mysql', 'resilience_marks').sql.replace(/;\n$/, ''));
  });
  afterAll(async () => {
    for (const client of clients) client.$disconnect().catch(() => undefined);
    await lab.dispose();
  });

  function guarded(writes: PatientHost['writes'] | undefined): [TestClient, Guard] {
    const guard = createGuard(new PatientHost(writes, 120_000));
    const factory = lab.adapterFactory({ connectionLimit: 1, acquireTimeout: 60_000 });
    const client = version.newClient('mysql', guard.wrap(factory as never));
    clients.push(client);
    return [client, guard];
  }

  async function giveUpCommit(guard: Guard): Promise<void> {
    for (;;) {
      const hanging = [...guard.inFlight()].find(({ kind }) => kind === 'commit');
      if (hanging) return void guard.abandon(hanging);
      await pause(5);
    }
  }

  test.each([
    ['verified', kMarks],
    ['unverified', undefined],
  ] as const)('%s: transactions that wait for the connection stay whole', async (_mode, writes) => {
    const [client, guard] = guarded(writes);
    await create(client, newToken());
    const late = client.$transaction(async (tx) => {
      await create(tx, newToken());
      await lab.server.freeze();
    }, kPatient);
    late.catch(() => undefined);
    await giveUpCommit(guard);
    const tokens = Array.from({ length: 12 }, newToken);
    const writing = tokens.map((token) =>
      client.$transaction(async (tx) => {
        await create(tx, token);
        await pause(5);
        await tx.$executeRawUnsafe(`UPDATE tokens SET small = small + 1 WHERE token = '${token}'`);
      }, kPatient),
    );
    const ended = Promise.allSettled(writing);
    await pause(50);
    lab.server.thaw();
    await Promise.allSettled([late]);
    expect((await ended).map(({ status }) => status)).toEqual(tokens.map(() => 'fulfilled'));
    const rows = await lab.query<{ token: string; small: number }>('SELECT token, small FROM tokens WHERE small > 0');
    const touched = new Map(rows.map(({ small, token }) => [token, small]));
    expect(tokens.map((token) => touched.get(token))).toEqual(tokens.map(() => 1));
  });
});
