// Proves that the checkout survives a failover: node:test.
// node --test checkout.node.test.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kOrders, openStage, orderThroughFailover } from './failover.mjs';

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test('every order is there once, whatever the network did', async () => {
  const outcome = await orderThroughFailover(stage);
  assert.deepEqual(outcome, { attempts: kOrders, acknowledged: kOrders, undecided: [] });
  assert.ok(stage.network.counts.total > 0);
});
