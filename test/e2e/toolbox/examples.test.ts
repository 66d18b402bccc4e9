/** Every example runs as it stands, and prints what it says it prints. */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { PostgresCluster } from '../../support/postgres';
import { createSchema, emptyTables } from '../../support/prisma';
import { RedisServer } from '../../support/redis';

jest.setTimeout(60_000);

const kFolder = join(__dirname, '../../../examples');
const kExamples = ['toolbox', 'observe'].flatMap((folder) =>
  readdirSync(join(kFolder, folder))
    .filter((name) => name.endsWith('.mjs') && name !== 'database.mjs')
    .map((name) => join(folder, name)),
);

let cluster: PostgresCluster;
let redis: RedisServer;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
  await cluster.query('GRANT CREATE ON SCHEMA public TO app');
  redis = await RedisServer.start();
});
beforeEach(() => emptyTables(cluster));
afterAll(async () => {
  await redis.dispose();
  await cluster.dispose();
});

/** The comment at an example's end. */
function promised(source: string): string {
  const [, lines] = source.split('// Prints:\n');
  if (lines === undefined) throw new Error('an example ends with what it prints');
  return lines.replace(/^\/\/ ?/gm, '');
}

/** Flags that an example asks for in its head. */
function flags(source: string): string[] {
  return /node ((?:--\S+ )+)examples/.exec(source)?.[1].trim().split(' ') ?? [];
}

test.each(kExamples)('%s', async (name) => {
  const file = join(kFolder, name);
  const source = readFileSync(file, 'utf8');
  const env = { ...process.env, DATABASE_URL: cluster.url(), REDIS_URL: redis.url };
  const child = spawn(process.execPath, [...flags(source), file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  // Log lines of the package are not what the example is about.
  const plain = (text: string): string => text.replace(/^prisma-resilient-client: .*\n/gm, '');
  const expected = { code: 0, errors: '', printed: promised(source) };
  expect({ code, errors: plain(errors), printed: plain(output) }).toEqual(expected);
});
