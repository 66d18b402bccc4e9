/** A process that has nothing to do sleeps, however many clients it holds. */
import { join } from 'node:path';

import { IdleProcess } from '../support/idle';
import { PostgresCluster } from '../support/postgres';
import { createSchema } from '../support/prisma';

jest.setTimeout(180_000);

const kEntry = join(__dirname, '..', '..', 'lib', 'index.ts');
const kClients = 100;
const kWindowMs = 4000;

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

test('a hundred idle clients fire no timer, and wake the process no more than twice as often as a bare one', async () => {
  const url = cluster.url();
  const ours = await IdleProcess.open({ entry: kEntry, url, clients: kClients });
  const bare = await IdleProcess.open({ url, clients: 1 });
  try {
    // Until nothing is left of what they have done.
    let cost = await ours.during(kWindowMs);
    for (let i = 0; i < 10 && cost.timers > 0; ++i) cost = await ours.during(kWindowMs);
    expect(cost.timers).toBe(0);
    const [sleeping, beside] = await Promise.all([ours.during(kWindowMs), bare.during(kWindowMs)]);
    expect(sleeping.timers).toBe(0);
    // A look at each thread costs some itself, and there are a few threads more.
    expect(sleeping.switches).toBeLessThanOrEqual(2 * beside.switches + 20);
  } finally {
    ours.dispose();
    bare.dispose();
  }
});
