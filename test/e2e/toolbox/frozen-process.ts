/** A function as serverless platforms run it: asked something, answers, and is frozen until it is asked again. */
import { createInterface } from 'node:readline';

import { ResilientPrismaClient } from '../../../lib';
import { generatedClient, makeAdapter } from '../../support/prisma';

const [, , url, guarded] = process.argv;
const { PrismaClient } = generatedClient();
const resilient = new ResilientPrismaClient(
  (context) => {
    // The pool itself would keep its connections for as long as the platform lets it.
    const adapter = makeAdapter(url, { idleTimeoutMillis: 0 });
    return new PrismaClient({ adapter: guarded === 'guarded' ? context.guard(adapter) : adapter });
  },
  { preset: 'serverless', logging: { level: 'silent' } },
);
const prisma = resilient.getClient();
const events: string[] = [];
for (const event of ['disconnect', 'hard-reset', 'refresh', 'health'] as const) {
  resilient.on(event, () => events.push(event));
}

let writes = 0;
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'end') return void resilient.shutdown().then(() => process.exit(0));
  const answer: PromiseLike<unknown> =
    line === 'write' ? prisma.user.create({ data: { email: `${guarded}-${++writes}` } }) : prisma.user.count();
  answer.then(
    () => console.log(JSON.stringify({ ok: true, events })),
    (error) => console.log(JSON.stringify({ ok: false, error: String(error), events })),
  );
});
