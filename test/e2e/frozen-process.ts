/** A process that writes in the very moment in which it comes back from a freeze: its timer fires before any socket is read. */
import { ResilientPrismaClient } from '../../lib';
import { generatedClient, makeAdapter } from '../support/prisma';

const { url, guarded } = JSON.parse(process.argv[2]) as { url: string; guarded: boolean };
const { PrismaClient } = generatedClient();
const resilient = new ResilientPrismaClient(
  (ctx) => new PrismaClient({ adapter: guarded ? ctx.guard(makeAdapter(url)) : makeAdapter(url) }),
  { logging: { level: 'silent' } },
);
const prisma = resilient.getClient();
const kTick = 10;

async function main(): Promise<void> {
  await resilient.ready();
  await prisma.user.count();
  let last = performance.now();
  let frozen = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    const thawed = now - last > 1000;
    last = now;
    if (!thawed) return;
    clearInterval(timer);
    prisma.user
      .create({ data: { email: `thawed-${guarded}-${++frozen}-${Date.now()}@example.org`, name: 'thawed' } })
      .then(
        () => end('written'),
        (error: Error & { resilience: { outcome: string } }) => end(`${error.resilience.outcome}: ${error.message}`),
      );
  }, kTick);
  process.stdout.write('ready\n');
}
function end(outcome: string): void {
  process.stdout.write(`${outcome}\n`);
  void resilient.shutdown();
}
void main();
