/** Makes clients, uses them, and forgets them without shutdown(); prints how many of them were collected. */
import { ResilientPrismaClient } from '../../lib';
import { generatedClient, makeAdapter } from '../support/prisma';

const { url, guarded, mode } = JSON.parse(process.argv[2]) as {
  url: string;
  guarded: boolean;
  mode: 'on-demand' | 'sentinel' | 'off';
};
const { PrismaClient } = generatedClient();
const kClients = 20;
/** Of looking whether all are gone: a client is a graph of many weak references, which takes several rounds. */
const kRounds = 100;

let collected = 0;
const registry = new FinalizationRegistry(() => collected++);

async function useOne(): Promise<void> {
  // A pool that holds open connections holds itself: this one gives them back at once.
  const adapter = () => makeAdapter(url, { allowExitOnIdle: true, idleTimeoutMillis: 10 });
  const resilient = new ResilientPrismaClient(
    (ctx) => new PrismaClient({ adapter: guarded ? ctx.guard(adapter()) : adapter() }),
    { logging: { level: 'silent' }, probe: { mode, url } },
  );
  await resilient.ready();
  await resilient.getClient().user.count();
  await resilient.hardReset();
  await resilient.getClient().user.count();
  registry.register(resilient, 'client');
  registry.register(resilient.getClient(), 'proxy');
}

async function main(): Promise<void> {
  for (let i = 0; i < kClients; ++i) await useOne();
  for (let round = 0; round < kRounds && collected < 2 * kClients; ++round) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    global.gc!();
  }
  process.stdout.write(`${collected} of ${2 * kClients}\n`);
}
void main();
