/** Errors that are the caller's own, on a real server: none is tried again, none says anything about the connection. */
import {
  ResilientPrismaClient,
  type PrismaClientLike,
  type ResilienceAnnotation,
  type ResilientConfig,
} from '../../lib';
import { Lab, failureOf } from '../e2e/errors/lab';
import { PrismaVersion, type TestClient } from '../e2e/errors/prisma-version';

const kTimes = 10;
const kEvents = ['state', 'disconnect', 'reconnect:success', 'retry', 'hard-reset'] as const;

interface Annotated extends Error {
  readonly resilience: ResilienceAnnotation;
}

describe.each([5, 6, 7] as const)('Prisma %i', (major) => {
  let lab: Lab;
  let resilient: ResilientPrismaClient<PrismaClientLike>;
  let client: TestClient;
  let told: string[];

  beforeAll(async () => {
    lab = await Lab.start(new PrismaVersion(major));
    await lab.cluster.query('SET ROLE app; CREATE SEQUENCE calls; RESET ROLE');
  });
  beforeEach(() => lab.cluster.query('ALTER SEQUENCE calls RESTART'));
  afterEach(async () => {
    await resilient.shutdown({ drainMs: 0 });
    await lab.reset();
  });
  afterAll(() => lab.dispose());

  async function connect(config: ResilientConfig = {}): Promise<void> {
    const proxy = await lab.proxy();
    resilient = new ResilientPrismaClient(
      () => lab.client({ connectionString: proxy.via(lab.cluster.url()), max: 2 }) as never,
      { logging: { level: 'silent' }, probe: { url: lab.cluster.url() }, ...config },
    );
    await resilient.ready();
    client = resilient.getClient() as never;
    told = [];
    for (const event of kEvents) resilient.on(event, () => told.push(event));
  }

  const kOwn: [string, (token: string) => PromiseLike<unknown>][] = [
    ['P2002', (token) => client.token.create({ data: { token } })],
    [
      'a nested connect of a record that is not there',
      () => client.note.create({ data: { text: 'x', token: { connect: { token: 'network ECONNREFUSED' } } } }),
    ],
    [
      'a message that speaks of the network',
      () => client.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'network: connection terminated'; END $$`),
    ],
    [
      'a code that nobody knows',
      () => client.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'odd' USING ERRCODE = 'QX001'; END $$`),
    ],
    ['an argument that does not exist', () => client.token.create({ data: { nothing: 'connect' } })],
  ];

  test.each(kOwn)(`${kTimes} times in a row: %s`, async (_name, fail) => {
    await connect();
    const token = lab.newToken();
    await client.token.create({ data: { token } });
    for (let i = 0; i < kTimes; i += 1) {
      const { resilience } = (await failureOf(fail(token))) as Annotated;
      expect(resilience).toMatchObject({ attempts: 1, errorClass: 'query' });
    }
    expect(told).toEqual([]);
    expect(resilient.getConnectionStats()).toMatchObject({ state: 'up', generation: 0, totalHardResets: 0 });
    expect(resilient.getMetrics().retries).toBe(0);
    expect(await client.token.findMany({ where: { token } })).toHaveLength(1);
  });

  describe('where the application knows better', () => {
    /** Succeeds at the third call. */
    const kThird = `DO $$ BEGIN IF nextval('calls') < 3 THEN RAISE EXCEPTION 'busy'; END IF; END $$`;

    test('classifyError makes its own error one that is tried again', async () => {
      const suggestions: string[] = [];
      await connect({
        classifyError(error, suggestion) {
          suggestions.push(suggestion);
          return String((error as Error).message).includes('busy') ? 'rolled-back' : undefined;
        },
      });
      await client.$executeRawUnsafe(kThird);
      expect(suggestions).toEqual(['query', 'query']);
      expect(resilient.getConnectionStats()).toMatchObject({ state: 'up', generation: 0 });
    });

    test('without it the same error is the end', async () => {
      await connect();
      const { resilience } = (await failureOf(client.$executeRawUnsafe(kThird))) as Annotated;
      expect(resilience).toMatchObject({ attempts: 1, errorClass: 'query' });
      expect(resilience).not.toHaveProperty('earlierError');
    });

    test('a write that is tried again although its outcome is unknown stays of unknown outcome', async () => {
      await connect({ writes: { onUnknownOutcome: 'retry' } });
      (await lab.proxy()).loseAcknowledgements({ times: 1 });
      const token = lab.newToken();
      const error = (await failureOf(client.token.create({ data: { token } }))) as Annotated & { code: string };
      // What the constraint found there may well be its own row.
      expect(error.code).toBe('P2002');
      expect(error.resilience).toMatchObject({ attempts: 2, errorClass: 'query', outcome: 'unknown' });
      expect(error.resilience.earlierError).toBeInstanceOf(Error);
      expect(error.resilience.earlierError).not.toBe(error);
      expect(await lab.isApplied(token)).toBe(true);
    });

    test.each([true, false])('isIdempotent: %s, and an acknowledgement that is lost', async (idempotent) => {
      await connect({ isIdempotent: ({ operation }) => idempotent && operation === '$executeRawUnsafe' });
      (await lab.proxy()).loseAcknowledgements({ times: 1 });
      const token = lab.newToken();
      const put = client.$executeRawUnsafe('INSERT INTO tokens (token) VALUES ($1) ON CONFLICT DO NOTHING', token);
      if (idempotent) expect(await put).toBe(0);
      else expect(((await failureOf(put)) as Annotated).resilience).toMatchObject({ attempts: 1, outcome: 'unknown' });
      expect(await lab.isApplied(token)).toBe(true);
    });
  });
});
