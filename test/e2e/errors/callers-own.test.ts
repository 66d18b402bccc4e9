/** What Prisma itself refuses is the caller's own, and says that nothing was applied. */
import { ResilientPrismaClient } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../../support/prisma';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

test.each([true, false])('nothing of it is in doubt (guarded: %s)', async (guarded) => {
  const { PrismaClient } = generatedClient();
  const resilient = new ResilientPrismaClient(
    (ctx) => {
      const adapter = makeAdapter(cluster.url());
      return new PrismaClient({ adapter: guarded ? ctx.guard(adapter) : adapter });
    },
    { logging: { level: 'silent' }, probe: { url: cluster.url() } },
  );
  try {
    await resilient.ready();
    const client = resilient.getClient();
    const kOwn = { resilience: { errorClass: 'query', outcome: 'not-applied', attempts: 1 } };
    const { aggregateRaw } = client.user as unknown as { aggregateRaw(args: object): Promise<unknown> };
    await expect(aggregateRaw({ pipeline: [] })).rejects.toMatchObject(kOwn);

    const email = `open-${String(guarded)}@example.org`;
    let inner: Promise<unknown> | undefined;
    const outer = client.$transaction(async (tx) => {
      await tx.user.create({ data: { email } });
      let begun!: () => void;
      const hasBegun = new Promise<void>((resolve) => (begun = resolve));
      const nested = tx as unknown as typeof client;
      inner = nested.$transaction(async (deeper) => {
        await deeper.user.count();
        begun();
        await new Promise((resolve) => setTimeout(resolve, 100));
      });
      inner.catch(() => undefined);
      await hasBegun;
    });
    await expect(outer).rejects.toMatchObject(kOwn);
    await inner?.catch(() => undefined);
    expect(await client.user.count({ where: { email } })).toBe(0);
  } finally {
    await resilient.shutdown();
  }
});
