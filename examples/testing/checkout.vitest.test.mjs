// Proves that the checkout survives a failover: Vitest.
// npx vitest run
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kOrders, openStage, orderThroughFailover } from './failover.mjs';

let stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('every order is there once, whatever the network did', async () => {
  expect(await orderThroughFailover(stage)).toEqual({ attempts: kOrders, acknowledged: kOrders, undecided: [] });
  expect(stage.network.counts.total).toBeGreaterThan(0);
}, 60_000); // longer than reconnect.deadline: a write that waits for its database is no failure
