/**
 * What an idle minute costs a process: timers, wake-ups of its threads, processor time.
 *
 *   npm run bench:idle -- [--seconds 60]
 *
 * The processes run beside each other, after what they have done at their start has settled, and without V8's late
 * collection (see IdleProcess).
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import Table from 'cli-table3';

import { IdleProcess } from '../../support/idle';
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';

const kEntry = join(__dirname, '..', '..', '..', 'dist');
const kSettleMs = 10_000;

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(values.seconds);

async function main(): Promise<void> {
  const cluster = await PostgresCluster.start();
  try {
    await createSchema(cluster);
    const url = cluster.url();
    const subjects = {
      'a bare client': await IdleProcess.open({ url, clients: 1 }),
      'a hundred bare clients': await IdleProcess.open({ url, clients: 100 }),
      'one client of this package': await IdleProcess.open({ entry: kEntry, url, clients: 1 }),
      'a hundred of them': await IdleProcess.open({ entry: kEntry, url, clients: 100 }),
    };
    await new Promise((resolve) => setTimeout(resolve, kSettleMs));
    const rows = await Promise.all(
      Object.entries(subjects).map(async ([name, process]) => {
        const { timers, switches, cpuMs } = await process.during(seconds * 1000);
        process.dispose();
        return [name, timers, (switches / seconds).toFixed(2), cpuMs.toFixed(1)];
      }),
    );
    const table = new Table({ head: [`${seconds} idle seconds`, 'timers', 'wake-ups per second', 'processor, ms'] });
    table.push(...rows);
    console.log(table.toString());
  } finally {
    await cluster.dispose();
  }
}

void main();
