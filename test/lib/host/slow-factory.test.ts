/** Operations that wait for a factory which delivers late or never: they end at their deadline, as in any other wait. */
import { DatabaseUnavailableError, ResilientPrismaClient, type ResilientConfig } from '../../../lib';
import { never, stubClient, type StubClient } from './stub-client';

jest.setTimeout(6_000);

let resilient: ResilientPrismaClient<StubClient>;
function open(factory: () => StubClient | Promise<StubClient>, config: ResilientConfig): StubClient {
  resilient = new ResilientPrismaClient(factory, {
    probe: { mode: 'off' },
    logging: { level: 'silent' },
    ...config,
  });
  return resilient.getClient();
}
afterEach(() => resilient.shutdown());

const errorOf = (asked: PromiseLike<unknown>): PromiseLike<unknown> => asked.then(null, (error: unknown) => error);
const kDeadline = 300;
const expired = { code: 'P1001', resilience: { attempts: 0, reason: 'deadline', outcome: 'not-applied' } };

describe.each<[string, ResilientConfig['warmup']]>([
  ['without warm-up', { enabled: false, timeoutMs: 200 }],
  ['after a warm-up that took too long', { timeoutMs: 100 }],
])('%s', (_, warmup) => {
  test('what waits for the first client ends at its deadline, and says that it was not sent', async () => {
    const prisma = open(never, { warmup, reconnect: { deadline: kDeadline } });
    const began = performance.now();
    const errors = await Promise.all(
      [prisma.user.findMany(), prisma.$queryRawUnsafe(), prisma.$connect()].map(errorOf),
    );
    expect(performance.now() - began).toBeGreaterThanOrEqual(kDeadline - 5);
    for (const error of errors) {
      expect(error).toBeInstanceOf(DatabaseUnavailableError);
      expect(error).toMatchObject(expired);
      expect((error as Error).message).toMatch(/^The factory delivered no client within the deadline/);
      expect(String((error as Error).cause)).toMatch(/has not delivered a client within \d+ ms/);
    }
    expect(resilient.getConnectionStats()).toMatchObject({ isConnected: false, parked: 0 });
  });

  test('what still waits runs once the factory delivers', async () => {
    let deliver: (client: StubClient) => void = () => undefined;
    const prisma = open(() => new Promise<StubClient>((resolve) => (deliver = resolve)), {
      warmup: { ...warmup, timeoutMs: 5000 },
    });
    const answer = Promise.all([prisma.user.findMany(), prisma.$connect()]);
    deliver(stubClient());
    expect(await answer).toEqual([['row'], undefined]);
  });
});

test('a client that is made but never connects is given up at the deadline', async () => {
  const prisma = open(() => stubClient(never), {
    warmup: { enabled: false, timeoutMs: 200 },
    reconnect: { deadline: kDeadline },
    probe: { mode: 'off', suspectAfterMs: 50, timeoutMs: 50 },
  });
  const error = await errorOf(prisma.user.findMany());
  expect(error).toMatchObject({ resilience: { attempts: 1, reason: 'deadline' } });
});
