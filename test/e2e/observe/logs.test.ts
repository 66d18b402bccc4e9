/** What a real outage under load writes to the log. */
import { ResilientPrismaClient } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, makeClient } from '../../support/prisma';
import { OpenLoad } from '../open-load';

jest.setTimeout(60_000);

test('an outage under load writes one line when it begins and one when it ends, with counts', async () => {
  const cluster = await PostgresCluster.start();
  try {
    await createSchema(cluster);
    const lines: { fields: Record<string, unknown>; line: string }[] = [];
    const write = (fields: Record<string, unknown>, line: string): void => void lines.push({ fields, line });
    const logger = { debug: write, info: write, warn: write, error: write, child: write, bindings: write };
    const resilient = new ResilientPrismaClient(() => makeClient(cluster.url()), {
      logging: { level: 'info', logger: logger as never },
      reconnect: { deadline: 30_000 },
    });
    const prisma = resilient.getClient();
    await resilient.ready();
    const load = new OpenLoad(100, () => prisma.user.count());
    load.start();
    const back = new Promise((resolve) => resilient.once('reconnect:success', resolve));
    const gone = new Promise((resolve) => resilient.once('disconnect', resolve));
    await cluster.stop('fast');
    await gone;
    while (resilient.getConnectionStats().parked < 50) await new Promise((resolve) => setTimeout(resolve, 20));
    await cluster.start();
    await back;
    load.stop();
    await load.settled(20_000);
    await resilient.shutdown();

    const events = lines.map(({ fields }) => fields.event);
    expect(events.filter((event) => event === 'disconnect')).toHaveLength(1);
    expect(events.filter((event) => event === 'reconnect:success')).toHaveLength(1);
    const end = lines.find(({ fields }) => fields.event === 'reconnect:success')!.fields;
    expect(end).toMatchObject({ givenUp: 0, outageMs: expect.any(Number), failed: expect.any(Number) });
    expect(end.failed).toBeGreaterThan(0);
    // However many operations failed: nothing is written for each.
    expect(lines.length).toBeLessThan(10);
  } finally {
    await cluster.dispose();
  }
});
