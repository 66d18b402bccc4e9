/** Looks at the database through a client of their own, where the factory makes none. */
import { ResilientPrismaClient } from '../../../lib';
import { refused } from './stand';
import { stubClient } from './stub-client';

jest.setTimeout(20_000);

test('a factory that fails says nothing of the database: it stays down, and what waits goes on once it is back', async () => {
  let down = false;
  const states: string[] = [];
  let calls = 0;
  const resilient = new ResilientPrismaClient(
    () => {
      if (calls++ > 0) throw new Error('no secrets');
      return stubClient(async () => {
        if (down) throw refused();
        return ['row'];
      });
    },
    { probe: { url: false }, logging: { level: 'silent' }, reconnect: { initialDelay: 20 } },
  );
  resilient.on('state', (to) => states.push(to));
  await resilient.ready();
  states.length = 0;
  const told = new Promise((resolve) => resilient.once('disconnect', resolve));
  let looks = 0;
  const lookedAgain = new Promise<void>((resolve) =>
    resilient.on('reconnect', () => {
      if (++looks === 3) resolve();
    }),
  );
  down = true;
  const answer = Promise.resolve(resilient.getClient().user.findMany());
  const early = jest.fn();
  answer.then(early, early);
  await told;
  await expect(lookedAgain).resolves.toBeUndefined();
  expect(early).not.toHaveBeenCalled();
  expect(resilient.getConnectionStats().state).toBe('down');
  down = false;
  expect(await answer).toEqual(['row']);
  expect(states).toEqual(['suspect', 'down', 'verifying', 'recovering', 'up']);
  await resilient.shutdown();
});
