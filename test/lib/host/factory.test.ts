/** Factories that misbehave at the first call. */
import { FactoryError, ResilientPrismaClient, type FactoryContext } from '../../../lib';
import { never, stubClient, type StubClient } from './stub-client';

jest.setTimeout(6_000);

function open(factory: (context: FactoryContext) => unknown) {
  const lines: string[] = [];
  const line = (text: string): void => void lines.push(text);
  const resilient = new ResilientPrismaClient(factory as (context: FactoryContext) => StubClient, {
    probe: { mode: 'off' },
    warmup: { timeoutMs: 60 },
    reconnect: { initialDelay: 20, maxDelay: 40, minResetInterval: 0 },
    logging: { logger: { debug: line, info: line, warn: line, error: line } },
  });
  return { resilient, lines };
}

describe('at the first call', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('no configuration');
      },
      /^no configuration$/,
    ],
    ['returns nothing', () => undefined, /returned undefined; expected a PrismaClient/],
    ['returns null', () => null, /returned null; expected a PrismaClient/],
    ['returns half a client', () => ({ $connect: never }), /without \$disconnect\(\)/],
  ])('%s: the constructor says so', (_, factory, message) => {
    expect(() => open(factory)).toThrow(message);
  });

  test.each<[string, () => unknown]>([
    ['rejects', () => Promise.reject(new Error('no secrets yet'))],
    ['hangs', never],
    ['resolves to nothing', async () => undefined],
  ])('%s: operations wait, it is asked again with backoff, and each failure is told', async (_, wrong) => {
    let calls = 0;
    const { resilient, lines } = open(() => (++calls < 4 ? wrong() : Promise.resolve(stubClient())));
    expect(resilient.isConnected()).toBe(false);
    expect(await resilient.getClient().user.findMany()).toEqual(['row']);
    expect(calls).toBe(4);
    expect(lines.filter((text) => text.includes('replacing the client (initial) failed'))).toHaveLength(3);
    await resilient.shutdown();
  });
});

test('the error of a reset by hand is that of the factory', async () => {
  const first = stubClient();
  const { resilient } = open(() => first);
  await resilient.ready();
  await expect(resilient.hardReset()).rejects.toThrow(FactoryError);
  expect(await resilient.getClient().user.findMany()).toEqual(['row']);
  await resilient.shutdown();
});
