/** A worker that makes a client of its own, works a little, and is ended at any moment. */
import { parentPort, workerData } from 'node:worker_threads';
import { ResilientPrismaClient } from '../../lib';
import { PrismaVersion, type TestClient } from '../e2e/errors/prisma-version';

const { connectionString } = workerData as { connectionString: string };
const version = new PrismaVersion(7);
const resilient = new ResilientPrismaClient(
  (ctx) =>
    version.newClient(
      'postgresql',
      ctx.guard(version.make('@prisma/adapter-pg', 'PrismaPg', { connectionString, max: 2 })),
    ) as TestClient & { $connect(): Promise<void> },
  { logging: { level: 'silent' }, reconnect: { deadline: 2000 } },
);
parentPort?.postMessage('made');

async function work(): Promise<void> {
  for (let n = 0; n < 20; n += 1)
    await resilient
      .getClient()
      .$queryRawUnsafe('SELECT 1')
      .then(undefined, () => undefined);
  await resilient.shutdown({ drainMs: 100 });
}
void work();
