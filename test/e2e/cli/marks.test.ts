/** `prisma-resilient marks`: what it prints is a migration that works, and what it says of a table is true. */
import type { DoctorReport } from '../../../lib/cli/doctor/report';
import { PostgresCluster } from '../../support/postgres';
import { type Finished, runCommand } from './command';
import { Project } from './project';

const kPassword = 'canary-hunter2';

let cluster: PostgresCluster;
let project: Project;
beforeAll(async () => {
  cluster = await PostgresCluster.start({ password: kPassword });
  project = new Project(
    {
      'package.json': '{ "name": "application" }',
      '.env': `DATABASE_URL="${cluster.url()}"\n`,
      'src/db.ts': "new ResilientPrismaClient(factory, { writes: { markerTable: 'app_marks' } });\n",
    },
    ['pg'],
  );
});
afterAll(async () => {
  project.dispose();
  await cluster.dispose();
});

async function marks(...args: string[]): Promise<Finished> {
  const finished = await runCommand(['marks', ...args], { cwd: project.folder });
  expect(`${finished.out}${finished.err}`).not.toContain(kPassword);
  return finished;
}

test('a missing table, the migration, and a healthy table', async () => {
  expect((await marks('--check')).code).toBe(2);
  const missing = await marks();
  expect(missing.code).toBe(0);
  expect(missing.out).toContain('CREATE TABLE app_marks (');
  expect(missing.out).toContain('-- model ResilienceMark {');
  expect(missing.out).toMatch(/problem: there is no table app_marks that this role can reach/);

  // All of it is SQL: what is not the migration is a comment.
  await cluster.query(`SET ROLE app; ${missing.out}`);
  const healthy = await marks('--check');
  expect(healthy).toMatchObject({ code: 0, err: '' });
  expect(healthy.out).toMatch(/healthy: app_marks is there, in the database of DATABASE_URL in \.env/);

  await cluster.query('ALTER TABLE app_marks SET UNLOGGED');
  const unlogged = await marks('--check');
  expect(unlogged).toMatchObject({ code: 2, out: expect.stringContaining('ALTER TABLE app_marks SET LOGGED') });
  const { out } = await runCommand(['doctor', '--json'], { cwd: project.folder });
  const { findings } = JSON.parse(out) as DoctorReport;
  expect(findings.find(({ id }) => id === 'marker-table')).toMatchObject({
    severity: 'problem',
    seen: expect.stringContaining('unlogged'),
  });
});

test('the migration of each database, and what is wrong with an argument', async () => {
  for (const [provider, line] of [
    ['postgresql', 'token uuid PRIMARY KEY'],
    ['mysql', '`token` char(36)'],
    ['sqlite', 'token TEXT NOT NULL PRIMARY KEY'],
  ])
    expect((await marks('--provider', provider, '--table', 'm')).out).toContain(line);
  expect(await marks('--provider', 'oracle')).toMatchObject({ code: 3, err: expect.stringContaining('sqlite') });
  expect(await marks('--table', 'a b')).toMatchObject({ code: 3, err: expect.stringContaining("not a table's name") });
});

test('a database that cannot be asked', async () => {
  const { code, out } = await marks('--url', 'postgresql://app@127.0.0.1:1/app', '--timeout', '500');
  expect(code).toBe(0);
  expect(out).toContain('not looked at');
  const checked = await marks('--check', '--url', 'postgresql://app@127.0.0.1:1/app', '--timeout', '500');
  expect(checked.code).toBe(3);
  expect(await marks('--check', '--provider', 'sqlite')).toMatchObject({
    code: 3,
    err: expect.stringContaining('--check: there is no sqlite to look at'),
  });
});
