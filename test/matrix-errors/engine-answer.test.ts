/** Prisma 5's client takes a BEGIN or a COMMIT that failed for a success; through this package it fails. */
import { ResilientPrismaClient, type ResilienceAnnotation } from '../../lib';
import { Lab, failureOf } from '../e2e/errors/lab';
import { backendOf, untilGone } from '../e2e/errors/rows/rolled-back';
import { PrismaVersion, type TestClient } from '../e2e/errors/prisma-version';

describe('Prisma 5.22, PostgreSQL: an interactive transaction whose COMMIT or BEGIN fails', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start(new PrismaVersion(5));
  });
  afterEach(() => lab.reset());
  afterAll(() => lab.dispose());

  async function commitIsTerminated(client: TestClient, token: string): Promise<unknown> {
    await lab.slowCommits();
    const work = client.$transaction(async (tx) => tx.token.create({ data: { token } }), { timeout: 10_000 });
    const ended = work.then(
      () => 'acknowledged',
      (error: unknown) => error,
    );
    await lab.untilBusy("state = 'active' AND query ~* '^commit'");
    await lab.cluster.terminateBackends();
    return ended;
  }

  test('COMMIT fails: a bare client acknowledges what is not there', async () => {
    const token = lab.newToken();
    expect(await commitIsTerminated(lab.client(), token)).toBe('acknowledged');
    expect(await lab.isApplied(token)).toBe(false);
  });

  test.each([
    ['a factory', (client: TestClient) => () => client],
    ['a ready-made client', (client: TestClient) => client],
  ])('COMMIT fails, %s: the error that Prisma 6 throws, and what it proves', async (_form, given) => {
    const config = { logging: { level: 'silent' }, transactions: { retry: 'never' } } as const;
    const resilient = new ResilientPrismaClient(given(lab.client()) as never, config);
    try {
      const token = lab.newToken();
      const error = await commitIsTerminated(resilient.getClient(), token);
      expect(error).toMatchObject({
        name: 'PrismaClientUnknownRequestError',
        clientVersion: expect.stringMatching(/^5\./) as string,
        message: expect.stringContaining('terminating connection due to administrator command') as string,
      });
      const { errorClass, outcome } = (error as { resilience: ResilienceAnnotation }).resilience;
      expect({ errorClass, outcome }).toEqual({ errorClass: 'rolled-back', outcome: 'not-applied' });
      expect(await lab.isApplied(token)).toBe(false);
    } finally {
      await resilient.shutdown({ drainMs: 0 });
    }
  });

  test('what COMMIT refuses for a reason of its own fails too', async () => {
    const resilient = new ResilientPrismaClient(() => lab.client() as never, { logging: { level: 'silent' } });
    try {
      await lab.cluster.query('ALTER TABLE notes ALTER CONSTRAINT notes_token_id_fkey DEFERRABLE INITIALLY DEFERRED');
      lab.later(() => lab.cluster.query('ALTER TABLE notes ALTER CONSTRAINT notes_token_id_fkey NOT DEFERRABLE'));
      const client: TestClient = resilient.getClient();
      const orphan = { data: { text: 'nobody', tokenId: -1 } };
      await expect(client.$transaction(async (tx) => tx.note.create(orphan))).rejects.toThrow('oreign key constraint');
    } finally {
      await resilient.shutdown({ drainMs: 0 });
    }
  });

  /** One whose connection ends while the next transaction sends BEGIN. */
  async function clientWithoutBegin(): Promise<{ client: TestClient; untilDropped(): Promise<void> }> {
    const { client, pool } = lab.clientAndPool({ max: 2 });
    const pid = await backendOf(client);
    pool.once('acquire', (connection) => {
      const { query } = connection;
      connection.query = (...args) => {
        connection.query = query;
        process.kill(pid, 'SIGTERM');
        untilGone(pid);
        return query.apply(connection, args);
      };
    });
    const untilDropped = async (): Promise<void> => {
      while (pool.idleCount > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    return { client, untilDropped };
  }

  async function writeAndThrow(client: TestClient, token: string, ready = async () => {}): Promise<unknown> {
    const work = client.$transaction(async (tx) => {
      await ready();
      await tx.token.create({ data: { token } });
      throw new Error('the callback wants no row');
    });
    return failureOf(work);
  }

  test('BEGIN fails: a bare client runs the callback outside of any transaction', async () => {
    const token = lab.newToken();
    const { client, untilDropped } = await clientWithoutBegin();
    const error = await writeAndThrow(client, token, untilDropped);
    expect(error).toMatchObject({ message: 'the callback wants no row' });
    expect(await lab.isApplied(token)).toBe(true);
  });

  test('BEGIN fails: this package begins again', async () => {
    const token = lab.newToken();
    const { client } = await clientWithoutBegin();
    const config = { logging: { level: 'silent' }, warmup: { enabled: false } } as const;
    const resilient = new ResilientPrismaClient(client as never, config);
    try {
      const error = await writeAndThrow(resilient.getClient(), token);
      expect(error).toMatchObject({ message: 'the callback wants no row', resilience: { attempts: 2 } });
      expect(await lab.isApplied(token)).toBe(false);
    } finally {
      await resilient.shutdown({ drainMs: 0 });
    }
  });
});
