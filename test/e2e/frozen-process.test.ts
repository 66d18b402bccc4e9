/** The process itself is frozen (SIGSTOP, as a serverless platform does it), and its connections are closed meanwhile. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PostgresCluster } from '../support/postgres';
import { createSchema } from '../support/prisma';

jest.setTimeout(60_000);

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

async function thawed(guarded: boolean): Promise<string> {
  const hook = join(__dirname, '../support/typescript-hook.cjs');
  const wish = JSON.stringify({ url: cluster.url(), guarded });
  const child = spawn(process.execPath, ['-r', hook, join(__dirname, 'frozen-process.ts'), wish]);
  let output = '';
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('ready\n')) resolve();
    });
  });
  child.kill('SIGSTOP');
  await cluster.restart('immediate');
  // Longer than what the process takes for a freeze.
  await new Promise((resolve) => setTimeout(resolve, 1200));
  child.kill('SIGCONT');
  await ended;
  return output;
}

test.each([
  ['without the guard', false],
  ['with the guard', true],
])('the first write after a freeze finds the closed connections before it is sent, %s', async (_, guarded) => {
  for (let i = 0; i < 3; ++i) expect(await thawed(guarded)).toBe('ready\nwritten\n');
});
