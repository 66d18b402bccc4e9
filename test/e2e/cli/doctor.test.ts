/** The doctor on real projects, servers and poolers: what it finds out, and what it says of it. */
import * as fs from 'node:fs';

import type { DoctorReport } from '../../../lib/cli/doctor/report';
import { kDefaultMarkTable, markMigration } from '../../../lib/tables/mark-migration';
import { Authority } from '../../binding/support/certificates';
import { PgBouncer } from '../../support/pgbouncer';
import { PostgresCluster } from '../../support/postgres';
import { ReplicationPair } from '../../support/replication';
import { TcpProxy } from '../../support/tcp_proxy';
import { firstSnippet } from '../docs/blocks';
import { type Finished, runCommand } from './command';
import { Project } from './project';

const kPassword = 'canary-hunter2';
const kSound = {
  fsync: 'on',
  statement_timeout: '60s',
  idle_in_transaction_session_timeout: '60s',
};

const kFiles = {
  'package.json': '{ "name": "application" }',
  'prisma/schema.prisma': 'datasource db {\n provider = "postgresql"\n}\n',
  'prisma.config.ts': "export default defineConfig({ datasource: { url: env('APP_URL') } });\n",
  'src/db.ts': firstSnippet(),
};
const kPackages = ['prisma', '@prisma/client', '@prisma/adapter-pg', 'pg'];

let cluster: PostgresCluster;
let project: Project;
beforeAll(async () => {
  cluster = await PostgresCluster.start({ password: kPassword, settings: kSound });
  await cluster.query('GRANT pg_read_all_stats TO app');
  // README's snippet names it.
  await cluster.query(`SET ROLE app; ${markMigration('postgresql', kDefaultMarkTable).sql}; RESET ROLE`);
  project = new Project({ ...kFiles, '.env': `APP_URL="${cluster.url()}"\n` }, kPackages);
});
afterAll(async () => {
  project.dispose();
  await cluster.dispose();
});

function doctor(args: readonly string[] = [], folder = project.folder): Promise<Finished> {
  return runCommand(['doctor', ...args], { cwd: folder });
}

async function report(args: readonly string[] = [], folder = project.folder): Promise<DoctorReport & Finished> {
  const finished = await doctor([...args, '--json'], folder);
  expect(`${finished.out}${finished.err}`).not.toContain(kPassword);
  const parsed = JSON.parse(finished.out) as DoctorReport;
  expect(finished.code).toBe(parsed.exitCode);
  return { ...parsed, ...finished };
}

const seenOf = ({ findings }: DoctorReport, id: string): string | undefined => {
  const finding = findings.find((each) => each.id === id);
  return finding && `${finding.severity}: ${finding.seen}`;
};
const worseThanInfo = ({ findings }: DoctorReport): string[] =>
  findings.filter(({ severity }) => severity === 'warning' || severity === 'problem').map(({ id }) => id);

test("a sound project, README's first snippet as it stands, on a sound server", async () => {
  const { code, out, err } = await doctor();
  expect(err).toBe('');
  expect(out).toMatch(/^ok {7}database-url: postgresql 127\.0\.0\.1:\d+ app, from APP_URL in \.env$/m);
  expect(out).toMatch(/^ok {7}guard: the guard can be used, and is$/m);
  expect(out).toMatch(/^ok {7}pool-wait: the guard sets connectionTimeoutMillis at src.db\.ts:6$/m);
  expect(out).toMatch(/^ok {7}keep-alive: the guard sets keepAlive at src.db\.ts:6$/m);
  expect(out).toMatch(/^ok {7}marker-table: /m);
  expect(out).toMatch(/^ok {7}verify: writes in doubt can be verified$/m);
  expect(out).toMatch(/^0 problems, 0 warnings, 0 info, \d+ ok$/m);
  expect(out).not.toContain(kPassword);
  expect(out).not.toContain('\u001b');
  expect(code).toBe(0);
});

test('what it knows of a server is what the server says', async () => {
  await cluster.query('ALTER ROLE app CONNECTION LIMIT 12');
  const { facts, ...rest } = await report(['--instances', '2', '--pool', '7']);
  await cluster.query('ALTER ROLE app CONNECTION LIMIT -1');
  const [row] = await cluster.query<{ version: string }>("SELECT current_setting('server_version_num') AS version");
  expect(facts.server.known).toMatchObject({
    version: Number(row?.version),
    isStandby: false,
    encrypted: false,
    maxConnections: 100,
    reserved: 3,
    roleLimit: 12,
    isSuperuser: false,
    mayTerminate: true,
    mayReadAllStats: true,
    fsync: true,
    timeouts: { idleSession: 0, idleInTransaction: 60_000, statement: 60_000 },
  });
  expect(facts.server.known?.pooler).toBeUndefined();
  expect(facts.probe.known).toMatchObject({ verdict: 'up', looks: 5, role: 'primary', port: cluster.port });
  expect(facts.project).toMatchObject({
    uses: { resilient: true, guard: true },
    adapterCalls: [{ file: 'src/db.ts', line: 6, settings: 'literal', names: ['connectionString'] }],
  });
  expect(seenOf({ facts, ...rest }, 'connections')).toMatch(/^problem: 7 .* × 2 instances = 14, of 12 /);
});

test('the same snippet without its guard', async () => {
  const unguarded = new Project(
    { ...kFiles, 'src/db.ts': firstSnippet().replace(/ctx\.guard\((new PrismaPg\(.*?\}\))\)/, '$1') },
    kPackages,
  );
  try {
    const found = await report(['--url', cluster.url()], unguarded.folder);
    expect(worseThanInfo(found)).toEqual(['pool-wait', 'keep-alive', 'connection-errors']);
    expect(seenOf(found, 'pool-wait')).toBe('warning: no connectionTimeoutMillis at src/db.ts:6');
    expect(seenOf(found, 'guard')).toMatch(/^info/);
    expect(found.code).toBe(1);
  } finally {
    unguarded.dispose();
  }
});

test('an adapter in package.json, and no node_modules', async () => {
  const dependencies = { dependencies: { '@prisma/adapter-pg': '7.10.1' } };
  const bare = new Project({ ...kFiles, 'package.json': JSON.stringify(dependencies) }, []);
  try {
    const found = await report(['--url', cluster.url()], bare.folder);
    expect(found.facts.project).toMatchObject({ adapters: [], declaredAdapters: ['@prisma/adapter-pg'] });
    expect(seenOf(found, 'url-socket-timeout')).toBeUndefined();
    expect(worseThanInfo(found)).toEqual([]);
    bare.write('package.json', '{ "dependencies": null }');
    expect(seenOf(await report(['--url', cluster.url()], bare.folder), 'url-socket-timeout')).toMatch(/^info/);
  } finally {
    bare.dispose();
  }
});

test('settings that will hurt', async () => {
  const settings = { idle_session_timeout: '5s', synchronous_commit: 'off', default_transaction_read_only: 'on' };
  const rows = Object.entries(settings).map(([name, value]) => `ALTER ROLE app SET ${name} = '${value}';`);
  await cluster.query(rows.join(' '));
  const found = await report(['--url', cluster.url({ params: { pool_timeot: '3' } })]);
  await cluster.query(
    Object.keys(settings)
      .map((name) => `ALTER ROLE app RESET ${name};`)
      .join(' '),
  );
  expect(worseThanInfo(found)).toEqual(['url-unknown-parameters', 'idle-session-timeout', 'durability', 'read-only']);
  expect(found.code).toBe(2);
});

test('rights that are missing', async () => {
  await cluster.query(`
    REVOKE pg_read_all_stats FROM app;
    REVOKE EXECUTE ON FUNCTION pg_terminate_backend, pg_current_xact_id FROM PUBLIC`);
  const found = await report();
  await cluster.query(`
    GRANT pg_read_all_stats TO app;
    GRANT EXECUTE ON FUNCTION pg_terminate_backend, pg_current_xact_id TO PUBLIC`);
  expect(seenOf(found, 'verify')).toMatch(/permission denied for function pg_current_xact_id/);
  expect(worseThanInfo(found)).toEqual(['verify', 'terminate']);
  expect(seenOf(found, 'read-stats')).toMatch(/^info/);
  expect(found.code).toBe(1);
});

describe('PgBouncer', () => {
  let bouncer: PgBouncer;
  afterEach(() => bouncer.dispose());

  test.each([
    ['transaction', 'transaction'],
    ['session', 'unknown'],
  ] as const)('in %s mode', async (poolMode, pooling) => {
    bouncer = await PgBouncer.start({ target: cluster, password: kPassword, poolMode });
    const found = await report(['--url', bouncer.url()]);
    expect(found.facts.server.known?.pooler).toEqual({ pooling });
    expect(seenOf(found, 'pooler-login-retry')).toMatch(/^info/);
    expect(found.code).toBe(0);
  });

  test('where one may ask it', async () => {
    bouncer = await PgBouncer.start({ target: cluster, password: kPassword, serverLoginRetry: 9 });
    const found = await report(['--url', bouncer.url({ user: 'postgres' })]);
    expect(seenOf(found, 'pooler')).toMatch(/^ok: PgBouncer \d.* stands between/);
    expect(seenOf(found, 'pooler-login-retry')).toBe('warning: server_login_retry is 9 s');
  });
});

test('TLS', async () => {
  const authority = new Authority('ours');
  const { certificate, key } = authority.sign({ commonName: 'localhost', altNames: 'DNS:localhost,IP:127.0.0.1' });
  const server = await PostgresCluster.start({ password: kPassword, settings: kSound });
  try {
    server.writeFile('own.crt', fs.readFileSync(certificate, 'utf8'));
    server.writeFile('own.key', fs.readFileSync(key, 'utf8'));
    server.configure({ ...kSound, ssl: 'on', ssl_cert_file: 'own.crt', ssl_key_file: 'own.key' });
    await server.restart();
    const params = { sslmode: 'verify-full', sslrootcert: authority.certificate };
    expect(seenOf(await report(['--url', server.url({ params })]), 'tls')).toBe('ok: the connection is encrypted');
  } finally {
    await server.dispose();
    authority.dispose();
  }
});

test('a primary among several hosts, and a standby alone', async () => {
  const pair = await ReplicationPair.start({ settings: kSound });
  try {
    const { primary, standby } = pair;
    const hosts = `${standby.host}:${standby.port},${primary.host}:${primary.port}`;
    const several = `postgresql://app@${hosts}/app?target_session_attrs=read-write`;
    const found = await report(['--url', several]);
    expect(seenOf(found, 'several-hosts')).toMatch(/^ok: 2 hosts/);
    expect(found.facts.probe.known).toMatchObject({ role: 'primary', port: primary.port });
    expect(found.facts.server.known).toMatchObject({ isStandby: false });
    const alone = await report(['--url', standby.url()]);
    expect(worseThanInfo(alone)).toContain('standby');
    expect(alone.facts.server.known).toMatchObject({ isStandby: true });
  } finally {
    await pair.dispose();
  }
});

describe('a database that does not answer', () => {
  test('a wrong password', async () => {
    const found = await report(['--url', cluster.url({ password: 'wrong-canary' })]);
    expect(seenOf(found, 'reachable')).toMatch(/^problem: .* 28P01/);
    expect(found.skipped.find(({ id }) => id === 'connections')?.reason).toMatch(/28P01/);
    expect(found.out).not.toContain('wrong-canary');
    expect(found.code).toBe(2);
  });

  test('nobody listens, or nobody speaks', async () => {
    const proxy = await TcpProxy.start({ target: cluster });
    const args = ['--url', proxy.via(cluster.url()), '--timeout', '300'];
    await proxy.stall();
    expect(seenOf(await report(args), 'reachable')).toMatch(/^problem: .* ETIMEDOUT/);
    await proxy.dispose();
    const refused = await report(args);
    expect(seenOf(refused, 'reachable')).toMatch(/^problem: .* ECONNREFUSED/);
    expect(refused.code).toBe(2);
  });

  test('none at all, no driver, another provider, a malformed URL', async () => {
    const empty = new Project({}, []);
    try {
      const none = await report([], empty.folder);
      expect(worseThanInfo(none)).toEqual(['database-url']);
      expect(none.code).toBe(1);
      const undriven = await report(['--url', cluster.url()], empty.folder);
      expect(seenOf(undriven, 'reachable')).toMatch(/^ok/);
      expect(undriven.skipped.find(({ id }) => id === 'connections')?.reason).toMatch(/npm install pg/);
      empty.write('.env', `DATABASE_URL=mysql://u:${kPassword}@127.0.0.1:1/db`);
      const mysql = await report([], empty.folder);
      expect(seenOf(mysql, 'provider')).toBe('info: the database is mysql');
      expect(mysql.findings.find(({ id }) => id === 'provider')?.why).toMatch(/verified with a marker table/);
      empty.write('.env', `DATABASE_URL=postgresql://u:${kPassword}@127.0.0.1:one/db`);
      expect(seenOf(await report([], empty.folder), 'database-url')).toMatch(/^problem: .*malformed/);
    } finally {
      empty.dispose();
    }
  });
});
