/** The README's first program as it stands: the shortest code is the right code, and nothing warns of it. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { ofItsOwn } from '../../support/program_log';
import { type Application, newApplication } from './application';
import { firstSnippet, kRoot } from './blocks';

jest.setTimeout(60_000);

const kFirst = firstSnippet();
const kWithoutSecondArgument = kFirst.replace(/\n {2}\{ writes: .*/, '');

let cluster: PostgresCluster;
let application: Application;
beforeAll(async () => {
  application = newApplication();
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
  await cluster.query('GRANT CREATE ON SCHEMA public TO app');
  // As the README says; it is an exit code of its own that the table is missing so far.
  const command = [join(kRoot, 'dist/cli/bin.js'), 'marks', '--url', cluster.url()];
  const { stdout } = spawnSync(process.execPath, command, { encoding: 'utf8', cwd: application.folder });
  await cluster.query(`SET ROLE app; ${stdout}`);
});
afterAll(async () => {
  application.dispose();
  await cluster.dispose();
});

/** What the program says, with a write, a read and the end after it. */
async function said(code: string): Promise<{ code: number | null; printed: string; warned: string }> {
  const { outputText } = ts.transpileModule(
    `${code}
     await prisma.user.create({ data: { email: 'ada-' + Date.now() + '@example.org' } });
     console.log(await prisma.user.count() > 0);
     await resilient.shutdown();`,
    { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } },
  );
  const file = join(application.folder, 'first.mjs');
  writeFileSync(file, outputText);
  const child = spawn(process.execPath, [file], { env: { ...process.env, DATABASE_URL: cluster.url() } });
  let [printed, warned] = ['', ''];
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (warned += chunk));
  const ended = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    code: ended,
    printed: ofItsOwn(printed, { addon: true }),
    warned: ofItsOwn(warned),
  };
}

test.each([
  ['as it stands', kFirst],
  ['without its second argument', kWithoutSecondArgument],
])("README's first snippet logs no warning, %s", async (_, code) => {
  expect(await said(code)).toEqual({ code: 0, printed: 'true\n', warned: '' });
});

test('the two differ', () => expect(kWithoutSecondArgument).not.toContain('writes'));

test('in debug, the guard says what it has set beneath adapter-pg', async () => {
  const { printed, warned } = await said(kFirst.replace('{ writes:', "{ logging: { level: 'debug' }, writes:"));
  expect(printed + warned).toMatch(/connectionTimeoutMillis: \d+, keepAlive: true/);
});
