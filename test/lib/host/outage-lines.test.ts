/** What somebody reads who is woken by an outage. */
import { ResilientPrismaClient } from '../../../lib';

jest.setTimeout(30_000);

const refused = (): Error =>
  Object.assign(new Error("Can't reach database server at db:5432"), {
    code: 'P1001',
    meta: { driverAdapterError: { cause: { kind: 'DatabaseNotReachable', host: 'db' } } },
  });
const lost = (): Error => Object.assign(new Error('Server has closed the connection.'), { code: 'P1017' });

/** A database, seen through clients that ask `ask` for each answer. */
function observed(ask: () => Promise<unknown>) {
  const lines: string[] = [];
  const line =
    (level: string) =>
    (text: string): void => {
      const said = text.replace('prisma-resilient-client: ', '').replace(/\d+/g, 'N');
      // Of this machine and its addon, not of the database.
      if (!/^(event-loop-stalled|addon)\b/.test(said)) lines.push(`${level} ${said}`);
    };
  const resilient = new ResilientPrismaClient(
    () => ({
      user: { findMany: ask, create: () => ask().catch(() => Promise.reject(lost())) },
      $connect: async () => undefined,
      $disconnect: async () => undefined,
      $transaction: async () => [],
      $queryRawUnsafe: ask,
    }),
    {
      probe: { mode: 'off', downIntervalMs: 5, timeoutMs: 50, suspectAfterMs: 50 },
      reconnect: { deadline: 300 },
      logging: { logger: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') } },
    },
  );
  const told = (event: 'disconnect' | 'reconnect:failed' | 'reconnect:success'): Promise<unknown> =>
    new Promise((resolve) => resilient.once(event, resolve));
  return { resilient, prisma: resilient.getClient(), lines, told };
}

test('a database that refuses for longer than operations wait', async () => {
  let down = false;
  const { resilient, prisma, lines, told } = observed(() => (down ? Promise.reject(refused()) : Promise.resolve([])));
  await resilient.ready();
  const gone = told('disconnect');
  const late = told('reconnect:failed');
  down = true;
  const write = prisma.user.create().catch((error: { code: string }) => error.code);
  const read = prisma.user.findMany().catch((error: { code: string }) => error.code);
  expect(await gone).toMatchObject({ code: expect.stringMatching(/P1001|P1017/) as string });
  expect(await late).toMatchObject({ code: 'P1001' });
  expect([await write, await read]).toEqual(['P1017', 'P1001']);
  const back = told('reconnect:success');
  down = false;
  await back;
  await resilient.shutdown();
  expect(lines).toEqual([
    'warn outcome-unknown operation=create: it may or may not have been applied: Server has closed the connection.',
    expect.stringMatching(
      /^warn disconnect inFlight=N: .*; operations wait for the database, each for up to N ms \(reconnect.deadline\)$/,
    ),
    "error reconnect:failed waiting=N: operations begin to fail after N ms (reconnect.deadline), and the search goes on: Can't reach database server at db:N",
    'info reconnect:success outageMs=N waiting=N failed=N retried=N givenUp=N',
  ]);
});

test('one that falls silent, after an outage of another kind: the reason is that of this one', async () => {
  let answer = (): Promise<unknown> => Promise.resolve([]);
  const { resilient, prisma, lines, told } = observed(() => answer());
  await resilient.ready();
  answer = () => Promise.reject(refused());
  const first = prisma.user.findMany().then((rows) => rows);
  await told('disconnect');
  answer = () => Promise.resolve([]);
  await first;
  while (resilient.getConnectionStats().state !== 'up') await new Promise((resolve) => setTimeout(resolve, 10));
  answer = () => new Promise(() => undefined);
  const gone = told('disconnect');
  prisma.user.findMany().catch(() => undefined);
  const error = (await gone) as Error;
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toBe('The database has not answered a trivial query within 50 ms.');
  expect(lines.at(-1)).toContain('has not answered a trivial query within N ms');
  await resilient.shutdown({ drainMs: 10 });
});
