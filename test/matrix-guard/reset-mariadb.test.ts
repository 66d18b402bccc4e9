/** A connection to MariaDB that is reset: ECONNRESET is an error of Node's own realm, not of the one that Jest has for a test. */
import { createGuard } from '../../lib/adapter/guard';
import { failureOf, newToken } from '../e2e/guard/lab';
import { PatientHost } from '../e2e/guard/patient-host';
import { PrismaVersion, type TestClient } from '../e2e/errors/prisma-version';
import { MariaLab } from '../matrix-errors/mariadb-lab';

describe.each([6, 7] as const)('Prisma %i', (major) => {
  const version = new PrismaVersion(major);
  let lab: MariaLab;
  let client: TestClient;

  beforeAll(async () => {
    lab = await MariaLab.start(version);
    const factory = lab.adapterFactory({ port: (await lab.proxy()).port, connectionLimit: 1 });
    client = version.newClient('mysql', createGuard(new PatientHost()).wrap(factory as never));
  });
  afterAll(async () => {
    client.$disconnect().catch(() => undefined);
    await lab.dispose();
  });

  const create = (token: string): PromiseLike<unknown> => client.token.create({ data: { token } });
  const kSleep = 'SELECT SLEEP(60) AS slept';

  test.each([
    ['an array transaction', (token: string) => client.$transaction([create(token), client.$queryRawUnsafe(kSleep)])],
    [
      'an interactive transaction',
      (token: string) =>
        client.$transaction(async (tx) => {
          const written = tx.token.create({ data: { token } });
          await Promise.all([written, tx.$queryRawUnsafe(kSleep)]);
        }),
    ],
  ])('%s rejects, and nothing of it is applied', async (_name, run) => {
    const token = newToken();
    const failure = failureOf(run(token));
    const busy = await lab.busyConnection();
    await (await lab.proxy()).reset();
    expect((await failure).record).toMatchObject({ phase: 'statement', outcome: 'not-applied' });
    await lab.kill(busy);
    expect(await lab.isApplied(token)).toBe(false);
  });
});
