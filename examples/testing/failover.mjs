// What each of the tests beside this file does with the checkout: a failover, and answers that are lost on the way.
import { faultyNetwork, Ledger } from 'prisma-resilient-client/testing';
import { connectionString } from '../toolbox/database.mjs'; // your own: the URL of your test database
import { openCheckout } from './checkout.mjs';

export const kOrders = 20;

/** A checkout behind a network that can fail. */
export async function openStage() {
  const network = await faultyNetwork(connectionString);
  const checkout = openCheckout(network.url);
  const close = async () => {
    await checkout.close();
    await network.close();
  };
  return { network, checkout, close };
}

/** Places orders meanwhile. Resolves with what became of them, by the rows that are there. */
export async function orderThroughFailover({ network, checkout }) {
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
  return { attempts, acknowledged, undecided };
}
