/** A process that does the work of every key once, in an order of its own, and says on stdout what each answered. */
import { ResilientPrismaClient } from '../../../lib';
import { Random } from '../../support/random';
import { generatedClient, makeAdapter } from '../../support';

const [, , url = '', count = '0', seed = '0'] = process.argv;
const { PrismaClient } = generatedClient();
const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: ctx.guard(makeAdapter(url, { max: 4 })) }),
  { logging: { level: 'silent' }, probe: { mode: 'off' } },
);
const kLanes = 6;

async function work(key: string): Promise<void> {
  const { id } = await resilient.once(
    key,
    async (tx) => {
      const entry = await tx.ledgerEntry.create({ data: { token: key, kind: 'once' } });
      await tx.ledgerChild.create({ data: { entryId: entry.id, position: 1 } });
      return { id: String(entry.id) };
    },
    { ttlMs: 3_600_000, timeoutMs: 60_000 },
  );
  process.stdout.write(`${key} ${id}\n`);
}

async function main(): Promise<void> {
  const random = new Random(Number(seed));
  const keys = Array.from({ length: Number(count) }, (_each, i) => ({ key: `key-${i}`, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ key }) => key);
  process.stdout.write('ready\n');
  await Promise.all(
    Array.from({ length: kLanes }, async () => {
      for (let key = keys.pop(); key !== undefined; key = keys.pop()) await work(key);
    }),
  );
  await resilient.shutdown();
  process.stdout.write('done\n');
}

void main();
