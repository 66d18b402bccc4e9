/** A client is replaced where resident memory really keeps growing, without failing an operation. */
import { ResilientPrismaClient } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, makeClient } from '../../support/prisma';

jest.setTimeout(60_000);

const kMiB = 1024 * 1024;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('memory.resetOnGrowth', async () => {
  const cluster = await PostgresCluster.start();
  try {
    await createSchema(cluster);
    const resilient = new ResilientPrismaClient(() => makeClient(cluster.url()), {
      logging: { level: 'silent' },
      // The window is sixty times twelve samples: seven seconds here, an hour by default.
      memory: { resetOnGrowth: true, intervalMs: 10, autoGC: false },
    });
    const prisma = resilient.getClient();
    await resilient.ready();
    const replaced: string[] = [];
    resilient.on('refresh', ({ reason }) => replaced.push(reason));

    const leak: Buffer[] = [];
    const start = process.memoryUsage().rss;
    const giveUpAt = Date.now() + 40_000;
    let failures = 0;
    while (replaced.length === 0 && Date.now() < giveUpAt) {
      // A quarter of what there was within a window is the least that counts; this is a multiple of it.
      leak.push(Buffer.alloc(Math.ceil((start / 7) * 0.05), 1));
      await prisma.user.count().catch(() => ++failures);
      await sleep(40);
    }
    expect(replaced).toEqual(['memory']);
    expect(failures).toBe(0);
    expect(process.memoryUsage().rss - start).toBeGreaterThan(64 * kMiB);
    expect(await prisma.user.count()).toBe(0);
    expect(resilient.getConnectionStats().generation).toBe(1);
    expect(leak.length).toBeGreaterThan(0);
    await resilient.shutdown();
  } finally {
    await cluster.dispose();
  }
});
