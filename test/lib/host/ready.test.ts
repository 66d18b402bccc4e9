/** `ready()` resolves once a connection is verified, whatever else is turned off. */
import { ResilientPrismaClient } from '../../../lib';
import { refused } from './stand';
import { stubClient } from './stub-client';

jest.setTimeout(20_000);

describe.each([
  ['the probe as it is', {}],
  ['the probe off', { mode: 'off' }],
  ['no URL for the probe', { url: false }],
] as const)('with %s', (_, probe) => {
  test.each([
    ['warm-up', true],
    ['no warm-up', false],
  ])('and %s', async (__, enabled) => {
    const asked = jest.fn(async () => ['row']);
    const resilient = new ResilientPrismaClient(() => stubClient(asked), {
      probe,
      warmup: { enabled },
      logging: { level: 'silent' },
    });
    await resilient.ready();
    expect(asked).toHaveBeenCalledTimes(1);
    expect(resilient.isConnected()).toBe(true);
    await resilient.shutdown();
  });
});

test('where the database is down at first, it resolves once that is back, without a warm-up too', async () => {
  let down = true;
  const resilient = new ResilientPrismaClient(
    () =>
      stubClient(async () => {
        if (down) throw refused();
        return ['row'];
      }),
    { probe: { url: false }, warmup: { enabled: false }, logging: { level: 'silent' } },
  );
  const outage = new Promise((resolve) => resilient.once('disconnect', resolve));
  const ready = resilient.ready();
  await outage;
  down = false;
  await expect(ready).resolves.toBeUndefined();
  await resilient.shutdown();
});
