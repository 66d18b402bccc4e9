// Proves that the checkout survives a failover: Jest.
// NODE_OPTIONS=--experimental-vm-modules npx jest
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { faultyNetwork, Ledger } from 'prisma-resilient-client/testing';
import { connectionString } from '../toolbox/database.mjs';
import { openCheckout } from './checkout.mjs';

let network;
let checkout;
beforeAll(async () => {
  network = await faultyNetwork(connectionString);
  checkout = openCheckout(network.url);
});
afterAll(async () => {
  await checkout.close();
  await network.close();
});

test('every order is there once, whatever the network did', async () => {
  const ledger = new Ledger();
  const order = () => ledger.write((token) => checkout.placeOrder(token));
  const several = (count) => Promise.all(Array.from({ length: count }, order));

  await several(5);
  // A failover: connections are reset, then nobody answers for a while.
  await network.stop();
  const during = several(5);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await network.start();
  await during;
  // The database commits, and its answer is lost on the way.
  const losses = network.loseAcknowledgements(0.5, { times: 3 });
  await several(10);
  losses.remove();

  const { attempts, acknowledged, undecided } = ledger.check(await checkout.orders());
  expect({ attempts, acknowledged, undecided }).toEqual({ attempts: 20, acknowledged: 20, undecided: [] });
  expect(network.counts.total).toBeGreaterThan(0);
}, 60_000); // longer than reconnect.deadline: a write that waits for its database is no failure
