/** Bulkheads and the time limit of getClient() on a real server. */
import { BulkheadRejectedError, ResilientPrismaClient, TimeoutError, type ResilientConfig } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../../support/prisma';

jest.setTimeout(60_000);

const { PrismaClient } = generatedClient();

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

function open(config: ResilientConfig) {
  const resilient = new ResilientPrismaClient(
    (context) => new PrismaClient({ adapter: context.guard(makeAdapter(cluster.url())) }),
    { logging: { level: 'silent' }, ...config },
  );
  return { resilient, prisma: resilient.getClient() };
}

test('a configured bulkhead admits operations of its kind, transactions as one', async () => {
  const { resilient, prisma } = open({ bulkheads: { write: { maxConcurrent: 1, maxWaiting: 1 } } });
  await resilient.ready();
  const transaction = prisma.$transaction(async (tx) => {
    await tx.team.create({ data: { name: 'one' } });
    await tx.$queryRaw`SELECT pg_sleep(0.3)::text`;
    return tx.team.create({ data: { name: 'two' } });
  });
  const running = transaction.then(() => 'done');
  const waiting = prisma.team.create({ data: { name: 'three' } }).then(() => 'done');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await expect(prisma.team.create({ data: { name: 'four' } })).rejects.toThrow(BulkheadRejectedError);
  expect(await prisma.team.count()).toBe(0); // reads have no places here, and the transaction is not yet through
  expect(await Promise.all([running, waiting])).toEqual(['done', 'done']);
  expect(await prisma.team.count()).toBe(3);
  expect(resilient.getMetrics().bulkheadRejections).toBe(1);
  await resilient.shutdown();
});

test('timeouts.operation ends an operation here and at the server', async () => {
  const { resilient, prisma } = open({ timeouts: { operation: 300 } });
  await resilient.ready();
  const error: unknown = await prisma.$queryRaw`SELECT pg_sleep(60)::text AS beyond`.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toHaveProperty('resilience.outcome');
  const giveUpAt = Date.now() + 10_000;
  const running = () =>
    cluster.connectionCount(`state <> 'idle' AND query LIKE '%beyond%' AND pid <> pg_backend_pid()`);
  while ((await running()) > 0 && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await running()).toBe(0);
  expect(await prisma.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  expect(resilient.getMetrics().timeouts).toBe(1);
  await resilient.shutdown();
});
