/** @nestjs/terminus, the real one, over a database that goes away: an ES module, and so in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';

jest.setTimeout(60_000);

let cluster: PostgresCluster;
let application: ChildProcess;
let url: string;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
  application = spawn(process.execPath, [join(__dirname, 'terminus-application.mjs')], {
    env: { ...process.env, DATABASE_URL: cluster.url() },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  [url] = (await once(createInterface({ input: application.stdout! }), 'line')) as [string];
});
afterAll(async () => {
  application?.kill('SIGKILL');
  await cluster.dispose();
});

async function health(): Promise<{ code: number; database: { status: string; health?: string; message?: string } }> {
  const response = await fetch(`${url}/health`);
  const { details } = (await response.json()) as { details: { database: { status: string } } };
  return { code: response.status, database: details.database };
}

test('/health is 200 while the database answers, 503 while it is gone, and 200 again', async () => {
  const up = { code: 200, database: { status: 'up', health: expect.stringMatching(/^(healthy|degraded)$/) } };
  expect(await health()).toMatchObject(up);
  await cluster.stop('immediate');
  expect(await health()).toMatchObject({
    code: 503,
    database: { status: 'down', message: expect.stringMatching(/\w/) },
  });
  await cluster.start();
  for (;;) {
    const answer = await health();
    if (answer.code !== 200) continue; // its connections are opened anew
    expect(answer).toMatchObject(up);
    break;
  }
});

test('the application ends when Nest closes it', async () => {
  const ended = once(application, 'close');
  application.stdin!.end();
  expect(await ended).toEqual([0, null]);
});
