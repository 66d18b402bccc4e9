/**
 * A stub answers at once, where Prisma's promises wait to be asked. After the event loop stood still an operation begins
 * one turn later than it was called: its rejection meanwhile is nobody's but the operation's.
 */
import { ResilientPrismaClient } from '../../../lib';

const refused = (): Promise<never> => Promise.reject(Object.assign(new Error('refused'), { code: 'P2002' }));
const nothing = async (): Promise<void> => undefined;
const stub = {
  user: { create: refused },
  $connect: nothing,
  $disconnect: nothing,
  $transaction: nothing,
  $queryRawUnsafe: nothing,
};

async function main(): Promise<void> {
  const resilient = new ResilientPrismaClient(() => stub, { logging: { level: 'silent' }, probe: { mode: 'off' } });
  const prisma = resilient.getClient();
  await prisma.user.create().catch(() => undefined);
  const end = performance.now() + 3000;
  while (performance.now() < end);
  await prisma.user.create().catch((error: Error) => console.log(`told: ${error.message}`));
  await resilient.shutdown();
}

void main();
