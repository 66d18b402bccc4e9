/** Clients in each of the places where Prisma generates them, in a process of their own, on dist/. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PostgresCluster } from '../../support/postgres';
import { generateLayouts } from './layouts';

const kLayouts = {
  'in @prisma/client': join('in-package', 'node_modules', '@prisma', 'client', 'default.js'),
  'in a folder of its own': join('own-folder', 'database', 'client', 'index.js'),
  'ES modules in TypeScript, compiled': join('typescript', 'compiled', 'client.js'),
};

let cluster: PostgresCluster;
let place: string;
beforeAll(async () => {
  place = generateLayouts();
  cluster = await PostgresCluster.start();
  const tables = readFileSync(join(__dirname, 'schema', 'tables.postgresql.sql'), 'utf8');
  await cluster.query(`SET ROLE app; ${tables} RESET ROLE;`);
});
afterAll(() => cluster.dispose());

test.each(Object.entries(kLayouts))('%s', async (_where, file) => {
  const wish = { client: join(place, file), adapter: require.resolve('@prisma/adapter-pg'), url: cluster.url() };
  const script = join(__dirname, '..', '..', 'support', 'smoke.cjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(wish)]);
  expect(JSON.parse(stdout)).toEqual({ node: process.version, prisma: expect.stringMatching(/^7\./) as string });
});
