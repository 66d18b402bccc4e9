/**
 * A program whose connections break where nobody looks: handed out after `maxWait` has run out, checked out and idle,
 * and idle in the pool. Argument: which of them. Says that it is alive in the end.
 */
import { ResilientPrismaClient } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../../support/prisma';

const situation = process.argv[2] as keyof typeof situations;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Client = InstanceType<ReturnType<typeof generatedClient>['PrismaClient']>;

const situations = {
  /** Eight transactions stop waiting while the server is frozen; then it goes on, and ends what it had begun. */
  async late(client: Client, cluster: PostgresCluster) {
    await cluster.freeze();
    const waiting = Array.from({ length: 8 }, () =>
      client.$transaction((tx) => tx.user.count(), { maxWait: 150 }).catch(() => undefined),
    );
    await pause(400);
    cluster.thaw();
    await cluster.terminateBackends();
    await Promise.all(waiting);
  },
  /** A transaction thinks while its backend is terminated. */
  async thinking(client: Client, cluster: PostgresCluster) {
    await client
      .$transaction(async (tx) => {
        await tx.user.count();
        await cluster.terminateBackends();
        await pause(100);
        await tx.user.count();
      })
      .catch(() => undefined);
  },
  async idle(client: Client, cluster: PostgresCluster) {
    await Promise.all([client.user.count(), client.user.count(), client.user.count()]);
    await cluster.terminateBackends();
    await pause(100);
  },
};

async function main(): Promise<void> {
  // What this is about is how it might end, not whether something keeps it alive.
  const alive = setInterval(() => undefined, 1000);
  const cluster = await PostgresCluster.start();
  try {
    const { PrismaClient } = generatedClient();
    const adapter = () => makeAdapter(cluster.url(), { max: 10 });
    const resilient = new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: ctx.guard(adapter()) }), {
      logging: { level: 'silent' },
      probe: { url: cluster.url() },
    });
    await createSchema(cluster);
    await resilient.ready();
    for (let round = 0; round < 3; round += 1) await situations[situation](resilient.getClient(), cluster);
    await resilient.shutdown();
    console.log('alive');
  } finally {
    clearInterval(alive);
    await cluster.dispose();
  }
}

process.on('uncaughtException', (error) => {
  console.log(`uncaught: ${error.message}`);
  process.exitCode = 1;
});
void main();
