/**
 * A load as users write one: lanes that read and write one after the other, and a line on standard error for each
 * failure. `node -r typescript-hook load.ts ours|bare`
 */
import { ResilientPrismaClient } from '../../../lib';
import type { PrismaClient } from '../../.generated/client-7';
import { generatedClient, makeAdapter, makeClient } from '../../support/prisma';

const kLanes = 4;
const kPauseMs = 10;

const url = process.env.DATABASE_URL;
if (!url) throw new Error('DATABASE_URL is missing');

function client(url: string): PrismaClient {
  if (process.argv[2] === 'bare') return makeClient(url, { pool: { max: kLanes } });
  const { PrismaClient: Client } = generatedClient();
  const resilient = new ResilientPrismaClient(
    (ctx) => new Client({ adapter: ctx.guard(makeAdapter(url, { max: kLanes })) }),
    { logging: { level: 'silent' }, writes: { onUnknownOutcome: 'verify' } },
  );
  return resilient.getClient();
}

async function lane(prisma: PrismaClient, number: number): Promise<never> {
  for (let i = 0; ; i += 1) {
    try {
      if (i % 4 === 0)
        await prisma.ledgerEntry.create({ data: { token: `${process.pid}-${number}-${i}`, kind: 'load' } });
      else await prisma.ledgerEntry.findMany({ take: 1 });
    } catch (error) {
      console.error(`failed: ${(error as Error).message.trim().split('\n').pop()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, kPauseMs));
  }
}

console.log('load begins');
// As a server's socket would: operations that wait for the database keep no process alive.
setInterval(() => undefined, 60_000);
const prisma = client(url);
for (let number = 0; number < kLanes; number += 1) void lane(prisma, number);
