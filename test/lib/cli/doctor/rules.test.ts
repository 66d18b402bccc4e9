/** Each rule, row by row: what a healthy project and server are changed to, and what the rule says then. */
import type { Facts, ProbeFacts, ProjectFacts, ServerFacts, UrlFacts } from '../../../../lib/cli/doctor/facts';
import { type Finding, type Severity, count, examine } from '../../../../lib/cli/doctor/finding';
import { kRules } from '../../../../lib/cli/doctor/rules';

const kProject: ProjectFacts = {
  node: '20.11.1',
  cpus: 4,
  hasPackageJson: true,
  prisma: '7.10.1',
  client: '7.10.0',
  adapters: [{ name: '@prisma/adapter-pg', version: '7.10.1' }],
  declaredAdapters: ['@prisma/adapter-pg'],
  pg: '8.16.0',
  files: { schema: undefined, config: undefined, provider: undefined, url: undefined, generator: undefined },
  adapterCalls: [{ file: 'db.ts', line: 3, settings: 'poolConfig', names: [], max: undefined }],
  uses: { resilient: true, guard: true },
  addon: { core: undefined, probe: undefined },
};
const kUrl: UrlFacts = {
  source: '--url',
  provider: 'postgresql',
  isLiteral: false,
  hosts: [{ host: 'db', port: 5432, reach: 'private' }],
  socket: undefined,
  user: 'app',
  database: 'app',
  parameters: {},
};
const kProbe: ProbeFacts = {
  verdict: 'up',
  looks: 5,
  latencyMs: 4,
  role: 'primary',
  host: 'db',
  port: 5432,
  code: '',
  message: '',
};
const kServer: ServerFacts = {
  version: 170_002,
  isStandby: false,
  encrypted: true,
  maxConnections: 100,
  reserved: 3,
  otherConnections: 10,
  roleLimit: undefined,
  databaseLimit: undefined,
  isSuperuser: false,
  mayTerminate: true,
  mayReadAllStats: true,
  verifyRefusal: undefined,
  timeouts: { idleSession: 0, idleInTransaction: 60_000, statement: 60_000, tcpUser: 0, keepAliveIdle: 7_200_000 },
  synchronousCommit: 'on',
  fsync: true,
  readOnly: false,
  pooler: undefined,
};

interface Change {
  readonly project?: Partial<ProjectFacts>;
  readonly url?: Partial<UrlFacts> | null;
  readonly probe?: Partial<ProbeFacts>;
  readonly server?: Partial<Omit<ServerFacts, 'timeouts'>> & { readonly timeouts?: Partial<ServerFacts['timeouts']> };
  readonly intent?: Partial<Facts['intent']>;
}

function changed({ project, url, probe, server, intent }: Change): Facts {
  return {
    project: { ...kProject, ...project },
    url: url === null ? undefined : { ...kUrl, ...url },
    probe: { known: { ...kProbe, ...probe } },
    server: { known: { ...kServer, ...server, timeouts: { ...kServer.timeouts, ...server?.timeouts } } },
    intent: { instances: 1, pool: undefined, ...intent },
  };
}

function find(id: string, change: Change): Finding | undefined {
  return examine(changed(change), kRules).findings.find((each) => each.id === id);
}

const literal = (names: string[], max?: number): ProjectFacts['adapterCalls'] => [
  { file: 'src/db.ts', line: 7, settings: 'literal', names, max },
];
const generating = (...previewFeatures: string[]): ProjectFacts['files'] => ({
  ...kProject.files,
  generator: { engineType: undefined, previewFeatures },
});
const compiling: ProjectFacts['files'] = {
  ...kProject.files,
  generator: { engineType: 'client', previewFeatures: [] },
};
const kNoAdapter: Partial<ProjectFacts> = { adapters: [], declaredAdapters: [] };
const bare: ProjectFacts['adapterCalls'] = [
  { file: 'src/jobs.ts', line: 9, settings: 'literal', names: [], max: undefined, unguarded: true },
];
const unreadable: ProjectFacts['adapterCalls'] = [
  { file: 'src/db.ts', line: 7, settings: 'unknown', names: [], max: undefined },
];
const adapterPg = (version: string): ProjectFacts['adapters'] => [{ name: '@prisma/adapter-pg', version }];
const kUnguarded: ProjectFacts['uses'] = { resilient: true, guard: false };
const at = (...reaches: UrlFacts['hosts'][number]['reach'][]): UrlFacts['hosts'] =>
  reaches.map((reach, i) => ({ host: `h${i}`, port: 5432, reach }));
const pooler = (pooling: 'transaction' | 'unknown', serverLoginRetry?: number): Partial<ServerFacts> => ({
  pooler: { pooling, version: 'PgBouncer 1.25', serverLoginRetry },
});

type Row = readonly [id: string, change: Change, severity: Severity | undefined, seen?: RegExp, why?: RegExp];

const kRows: readonly Row[] = [
  ['node-version', {}, 'ok'],
  ['node-version', { project: { node: '16.20.0' } }, 'ok'],
  ['node-version', { project: { node: '16.19.1' } }, 'problem', /16\.19\.1/],
  ['addon', {}, 'ok'],
  ['addon', { project: { addon: { core: 'no addon for sparc', probe: 'untried' } } }, 'problem', /sparc/],
  ['addon', { project: { addon: { core: undefined, probe: 'no libc' } } }, 'warning', /no libc/],
  ['marker-table', { server: { marks: { table: 'marks', problems: [] } } }, 'ok', /marks is there/],
  ['marker-table', { server: { marks: { table: 'marks', problems: ['it is not there'] } } }, 'problem', /not there/],
  [
    'addon',
    { project: { addon: { core: undefined, probe: 'none', inUse: { kind: 'wasm', from: 'a.wasm' } } } },
    'info',
    /as WebAssembly \(a\.wasm\)/,
  ],
  [
    'addon',
    {
      project: {
        addon: {
          core: undefined,
          probe: undefined,
          inUse: { kind: 'native', from: 'prebuilds/linux-x64/resilience.node' },
          libraries: { libpq: 150018, openssl: 'OpenSSL 3.0.22 9 Jun 2026' },
        },
      },
    },
    'ok',
    /prebuilds.linux-x64.*libpq 15\.18, OpenSSL 3\.0\.22/,
  ],
  ['prisma-version', {}, 'ok'],
  ['prisma-version', { project: { client: undefined } }, 'info', /not installed/],
  ['prisma-version', { project: { client: undefined, hasPackageJson: false } }, 'info', /no package.json/],
  ['prisma-version', { project: { client: '4.16.2' } }, 'problem'],
  ['prisma-versions-differ', {}, undefined],
  ['prisma-versions-differ', { project: { prisma: '6.19.3' } }, 'warning', /prisma 6\.19\.3/],
  ['prisma-versions-differ', { project: { adapters: adapterPg('6.19.3') } }, 'warning', /adapter-pg 6/],
  ['guard', {}, 'ok'],
  ['guard', { project: { uses: kUnguarded } }, 'info', /does not show/],
  [
    'guard',
    { project: { adapterCalls: [...literal([]), ...bare] } },
    'info',
    /and is, yet not by the client at src\/jobs\.ts:9$/,
  ],
  ['guard', { project: { client: '6.15.0' } }, 'info', /6\.15\.0/],
  ['guard', { project: { adapters: [] } }, 'info', /no driver adapter/],
  ['rust-engine', {}, undefined],
  ['rust-engine', { project: { client: '6.19.3', files: generating() } }, 'info', /6\.19\.3 with its Rust engine/],
  ['rust-engine', { project: { client: '6.19.3', files: generating(), uses: kUnguarded } }, undefined],
  ['rust-engine', { project: { client: '6.15.0', files: generating() } }, undefined],
  ['rust-engine', { project: { client: '6.19.3', files: compiling } }, 'ok', /engineType = "client"/],
  ['adapter-version', {}, 'ok', /7\.10\.1, on pg 8\.16\.0/],
  ['adapter-version', { project: { adapters: adapterPg('7.9.2'), uses: kUnguarded } }, 'warning'],
  [
    'adapter-version',
    { project: { adapters: adapterPg('6.19.3') } },
    'ok',
    /6\.19\.3, on pg 8\.16\.0, beneath the guard/,
  ],
  ['adapter-version', { project: { adapters: [] } }, undefined],
  ['driver-adapters-preview', {}, undefined],
  ['driver-adapters-preview', { project: { client: '5.22.0', files: generating() } }, 'warning', /5\.22\.0/],
  ['driver-adapters-preview', { project: { client: '5.22.0', files: generating('driverAdapters') } }, undefined],
  ['driver-adapters-preview', { project: { client: '6.16.0', files: generating() } }, undefined],
  ['driver-adapters-preview', { project: { client: '5.22.0', adapters: [], files: generating() } }, undefined],
  ['pool-wait', {}, 'ok'],
  ['pool-wait', { project: { adapterCalls: [] } }, undefined],
  [
    'pool-wait',
    { project: { adapterCalls: literal(['connectionString']) } },
    'ok',
    /the guard sets connectionTimeoutMillis at src\/db\.ts:7/,
  ],
  [
    'pool-wait',
    { project: { adapterCalls: literal(['connectionString']), uses: kUnguarded } },
    'warning',
    /src\/db\.ts:7/,
  ],
  [
    'pool-wait',
    { project: { adapterCalls: [...literal(['max']), ...bare] } },
    'warning',
    /no connectionTimeoutMillis at src\/jobs\.ts:9$/,
  ],
  // Before 6.16 the guard stands beneath nothing, whatever the text says.
  ['pool-wait', { project: { adapterCalls: literal(['connectionString']), client: '6.15.0' } }, 'warning'],
  ['pool-wait', { project: { adapterCalls: [...literal(['max']), ...unreadable] } }, 'info', /cannot be read/],
  ['pool-wait', { project: { adapterCalls: literal(['connectionTimeoutMillis']) } }, 'ok'],
  ['pool-wait', { project: { adapterCalls: unreadable } }, 'info'],
  ['keep-alive', {}, 'ok'],
  ['keep-alive', { project: { adapterCalls: literal(['max']) } }, 'ok', /the guard sets keepAlive at src\/db\.ts:7/],
  ['keep-alive', { project: { adapterCalls: literal(['max']), uses: kUnguarded } }, 'warning', /src\/db\.ts:7/],
  ['keep-alive', { project: { adapterCalls: literal(['keepAlive']) } }, 'ok'],
  ['keep-alive', { project: { adapterCalls: unreadable } }, 'info'],
  ['connection-errors', {}, 'ok'],
  ['connection-errors', { project: { adapterCalls: [...literal([]), ...bare] } }, 'warning', /of src\/jobs\.ts:9$/],
  ['connection-errors', { project: { adapterCalls: [], uses: { resilient: false, guard: false } } }, undefined],
  ['connection-errors', { project: { uses: kUnguarded } }, 'warning', /ctx\.guard/],
  ['connection-errors', { project: { client: '6.15.0' } }, 'warning', /ctx\.guard/],
  ['url-in-source', {}, undefined],
  ['url-in-source', { url: { isLiteral: true } }, 'warning'],
  ['url-in-source', { url: { isLiteral: true, user: '' } }, undefined],
  ['database-url', {}, 'ok', /postgresql db:5432 app, from --url/],
  ['database-url', { url: null }, 'warning'],
  ['database-url', { url: { provider: 'malformed' } }, 'problem'],
  ['provider', {}, undefined],
  ['provider', { url: { provider: 'mysql' } }, 'info', /mysql/, /can be verified with a marker table/],
  ['provider', { url: { provider: 'sqlite' } }, 'info', /sqlite/, /can be verified with a marker table/],
  ['provider', { url: { provider: 'sqlserver' } }, 'info', /sqlserver/, /cannot be verified/],
  ['provider-differs', {}, undefined],
  ['provider-differs', { project: { files: { ...kProject.files, provider: 'cockroachdb' } } }, undefined],
  [
    'provider-differs',
    { project: { files: { ...kProject.files, provider: 'mysql' } } },
    'problem',
    /for mysql, .* postgresql/,
  ],
  ['url-unknown-parameters', { url: { parameters: { schema: 'x', sslmode: 'require' } } }, undefined],
  ['url-unknown-parameters', { url: { parameters: { conection_limit: '1' } } }, 'warning', /conection_limit/],
  ['url-unknown-parameters', { url: { provider: 'mysql', parameters: { other: '1' } } }, undefined],
  ['url-prisma-parameters', { url: { parameters: { pool_timeout: '1' } } }, undefined],
  [
    'url-prisma-parameters',
    {
      url: { parameters: { pool_timeout: '1', schema: 'x' } },
      project: { adapterCalls: literal([]), uses: kUnguarded },
    },
    'warning',
    /read: pool_timeout$/,
    /waits without a limit/,
  ],
  [
    'url-prisma-parameters',
    { url: { parameters: { pool_timeout: '1' } }, project: { adapterCalls: literal([]) } },
    undefined,
  ],
  [
    'url-prisma-parameters',
    {
      url: { parameters: { pool_timeout: '1', connection_limit: '3' } },
      project: { adapterCalls: literal(['connectionTimeoutMillis']) },
    },
    'warning',
    /read: pool_timeout, connection_limit$/,
    /own size$/,
  ],
  [
    'url-prisma-parameters',
    { url: { parameters: { pool_timeout: '1' } }, project: { adapterCalls: unreadable } },
    'warning',
  ],
  [
    'url-prisma-parameters',
    { url: { parameters: { pool_timeout: '1' } }, project: { adapterCalls: [], ...kNoAdapter } },
    undefined,
  ],
  ['url-socket-timeout', {}, undefined],
  ['url-socket-timeout', { project: kNoAdapter }, 'info'],
  ['url-socket-timeout', { project: { adapters: [] } }, undefined], // in package.json, and not installed
  ['url-socket-timeout', { project: kNoAdapter, url: { parameters: { socket_timeout: '9' } } }, undefined],
  ['several-hosts', {}, undefined],
  ['several-hosts', { url: { hosts: at('private', 'private') } }, 'warning', /2 hosts, target_session_attrs=any/],
  [
    'several-hosts',
    { url: { hosts: at('private', 'private'), parameters: { target_session_attrs: 'read-write' } } },
    'ok',
  ],
  ['tls-verification', { url: { parameters: { sslmode: 'no-verify' } } }, undefined],
  ['tls-verification', { url: { hosts: at('public'), parameters: { sslmode: 'no-verify' } } }, 'warning'],
  [
    'tls-verification',
    { url: { hosts: at('public'), parameters: { sslaccept: 'accept_invalid_certs' } } },
    'warning',
    /sslaccept/,
  ],
  ['tls-verification', { url: { hosts: at('public'), parameters: { sslmode: 'verify-full' } } }, undefined],
  ['reachable', {}, 'ok'],
  ['reachable', { probe: { verdict: 'down', code: 'ECONNREFUSED' } }, 'problem', /ECONNREFUSED/],
  ['reachable', { probe: { verdict: 'inconclusive', code: 'ETLS' } }, 'problem', /ETLS/],
  ['reachable', { probe: { verdict: 'up', code: '28P01' } }, 'problem', /28P01/],
  ['probe-latency', {}, 'ok', /4\.0 ms/],
  ['probe-latency', { probe: { latencyMs: 250 } }, 'warning'],
  ['probe-latency', { probe: { latencyMs: 1000 } }, 'problem'],
  ['probe-latency', { probe: { latencyMs: undefined } }, undefined],
  ['standby', {}, undefined],
  ['standby', { probe: { role: 'standby' } }, 'problem'],
  ['tls', {}, 'ok'],
  ['tls', { server: { encrypted: false } }, 'info'],
  ['tls', { server: { encrypted: false }, url: { hosts: at('local') } }, 'ok'],
  ['tls', { server: { encrypted: false }, url: { hosts: [] } }, 'ok'],
  ['tls', { server: { encrypted: false }, url: { hosts: at('private', 'public') } }, 'problem'],
  ['pooler', {}, 'ok'],
  ['pooler', { url: { parameters: { pgbouncer: 'true' } } }, 'info'],
  ['pooler', { server: pooler('transaction') }, 'ok', /PgBouncer 1\.25/],
  ['pooler', { server: pooler('transaction'), project: kNoAdapter }, 'problem', /pgbouncer=true/],
  ['pooler', { server: pooler('unknown'), project: kNoAdapter }, 'ok'],
  ['pooler', { server: pooler('transaction'), project: kNoAdapter, url: { parameters: { pgbouncer: 'true' } } }, 'ok'],
  ['pooler-login-retry', {}, undefined],
  ['pooler-login-retry', { server: pooler('transaction') }, 'info'],
  ['pooler-login-retry', { server: pooler('transaction', 15) }, 'warning', /15 s/],
  ['pooler-login-retry', { server: pooler('transaction', 1) }, 'ok'],
  ['server-version', {}, 'ok', /17\.2/],
  ['server-version', { server: { version: 120_022 } }, 'warning', /12\.22/],
  ['server-version', { server: { version: 90_624 } }, 'warning', /9\.6\.24/],
  ['connections', {}, 'ok', /10 connections \(the driver's default\) × 1 instance = 10, of 87/],
  ['connections', { intent: { instances: 8 } }, 'warning', /× 8 instances = 80/],
  ['connections', { intent: { instances: 9 } }, 'problem'],
  ['connections', { intent: { pool: 43 } }, 'ok', /--pool/],
  ['connections', { intent: { pool: 44 } }, 'warning'],
  ['connections', { intent: { pool: 88 } }, 'problem'],
  ['connections', { project: { adapterCalls: literal(['max'], 90) } }, 'problem', /src\/db\.ts:7/],
  ['connections', { url: { parameters: { connection_limit: '90' } } }, 'problem', /connection_limit/],
  ['connections', { project: { adapterCalls: literal([]) }, url: { parameters: { connection_limit: '90' } } }, 'ok'],
  ['connections', { project: kNoAdapter }, 'ok', /9 connections \(Prisma's default on 4 CPUs\)/],
  ['connections', { server: { roleLimit: 5 } }, 'problem', /of 5 .*role's/],
  ['connections', { server: { databaseLimit: 15 } }, 'warning', /of 15 .*database's/],
  ['connections', { server: { otherConnections: 200 } }, 'problem', /of 0 /],
  ['connections', { server: pooler('transaction'), intent: { instances: 99 } }, undefined],
  ['idle-session-timeout', {}, 'ok'],
  ['idle-session-timeout', { server: { timeouts: { idleSession: 10_000 } } }, 'warning', /10 s/],
  ['idle-session-timeout', { server: { timeouts: { idleSession: 10_001 } } }, 'ok'],
  ['idle-session-timeout', { server: { timeouts: { idleSession: 10_001 } }, project: kNoAdapter }, 'warning'],
  ['ghosts', {}, 'ok', /idle_in_transaction_session_timeout is 60 s/],
  ['ghosts', { server: { timeouts: { idleInTransaction: 0 } } }, 'warning', /tcp_keepalives_idle, 7200 s/],
  ['ghosts', { server: { timeouts: { idleInTransaction: 0, keepAliveIdle: 0 } } }, 'warning', /neither/],
  ['ghosts', { server: { timeouts: { idleInTransaction: 0, tcpUser: 30_000 } } }, 'ok', /tcp_user_timeout is 30 s/],
  ['statement-timeout', {}, 'ok'],
  ['statement-timeout', { server: { timeouts: { statement: 0 } } }, 'info'],
  ['durability', {}, 'ok'],
  ['durability', { server: { fsync: false } }, 'problem'],
  ['durability', { server: { synchronousCommit: 'off' } }, 'warning'],
  ['durability', { server: { synchronousCommit: 'remote_apply' } }, 'ok', /remote_apply/],
  ['read-only', {}, undefined],
  ['read-only', { server: { readOnly: true } }, 'problem'],
  ['read-only', { server: { readOnly: true, isStandby: true } }, undefined],
  ['verify', {}, 'ok'],
  ['verify', { server: { verifyRefusal: 'permission denied' } }, 'warning', /permission denied/],
  ['verify', { server: { verifyRefusal: 'no such function', version: 120_000 } }, undefined],
  ['verify', { server: { isStandby: true } }, undefined],
  ['terminate', {}, 'ok'],
  ['terminate', { server: { mayTerminate: false } }, 'warning'],
  ['read-stats', {}, undefined],
  ['read-stats', { server: { mayReadAllStats: false } }, 'info'],
  ['superuser', {}, undefined],
  ['superuser', { server: { isSuperuser: true } }, 'info'],
];

const kCases = kRows.map(([id, change, severity, seen, why]) => ({ id, change, severity, seen, why }));

test.each(kCases)('$id, $change: $severity', ({ id, change, severity, seen, why }) => {
  const finding = find(id, change);
  expect(finding?.severity).toBe(severity);
  if (seen) expect(finding?.seen).toMatch(seen);
  if (why) expect(finding?.why).toMatch(why);
  if (severity === 'problem' || severity === 'warning') {
    expect(finding?.why).toMatch(/./);
    expect(finding?.fix).toMatch(/./);
  }
});

test('every rule has a row, and an id of its own', () => {
  const ids = kRules.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...new Set(kRows.map(([id]) => id))].sort()).toEqual([...ids].sort());
});

test('all is well where all is well', () => {
  const { findings, skipped } = examine(changed({}), kRules);
  expect(skipped).toEqual([]);
  expect(count(findings)).toMatchObject({ info: 0, warning: 0, problem: 0 });
});

test('what could not be found out is skipped, with the reason', () => {
  const unknown = { ...changed({}), url: undefined, probe: { reason: 'no probe' }, server: { reason: 'no driver' } };
  const { skipped } = examine(unknown, kRules);
  for (const { id, of } of kRules) {
    const reason = { project: undefined, url: 'no database URL was found', probe: 'no probe', server: 'no driver' }[of];
    expect(skipped.find((each) => each.id === id)?.reason).toBe(reason);
  }
});
