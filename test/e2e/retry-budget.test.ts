/** Retries while the database is believed up stay within their budget: past it, operations fail with their own error. */
import { Client } from 'pg';

import type { ResilienceAnnotation } from '../../lib';
import { ResilientPrismaClient } from '../../lib';
import { PostgresCluster } from '../support/postgres';
import { createSchema, makeClient } from '../support/prisma';

const kCaught = 8;
const kBlocked = "wait_event_type = 'Lock'";

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

/** As many reads as fit the pool, each in the middle of its statement when its backend is terminated. */
async function terminateUnder(minPerSecond: number): Promise<PromiseSettledResult<number>[]> {
  const resilient = new ResilientPrismaClient(() => makeClient(cluster.url()), {
    logging: { level: 'silent' },
    reconnect: { retryBudget: { ratio: 0, minPerSecond } },
  });
  await resilient.ready();
  const prisma = resilient.getClient();
  const blocker = new Client({ host: '127.0.0.1', port: cluster.port, user: 'postgres', database: 'app' });
  await blocker.connect();
  await blocker.query('BEGIN');
  await blocker.query('LOCK TABLE ledger');
  const reads = Promise.allSettled(Array.from({ length: kCaught }, () => prisma.ledgerEntry.count()));
  while ((await cluster.connectionCount(kBlocked)) < kCaught) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await cluster.terminateBackends(kBlocked)).toBe(kCaught);
  await blocker.end();
  const settled = await reads;
  await resilient.shutdown();
  return settled;
}

test('within the budget all run again', async () => {
  const settled = await terminateUnder(100);
  expect(settled).toEqual(Array.from({ length: kCaught }, () => ({ status: 'fulfilled', value: 0 })));
});

test("past it each fails with Prisma's own error, which says why and after how many attempts", async () => {
  const settled = await terminateUnder(0.1);
  const errors = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  // What is in the bucket is spent first.
  expect(errors.length).toBeGreaterThanOrEqual(kCaught - 2);
  for (const error of errors) {
    expect(error.constructor.name).toBe('PrismaClientKnownRequestError');
    const { resilience } = error as Error & { resilience: ResilienceAnnotation };
    expect(resilience).toMatchObject({ attempts: 1, reason: 'retry-budget', outcome: 'not-applied' });
  }
});
