/** Errors after which the same thing, asked again, would most likely fail again. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { failureOf, type Lab } from '../lab';
import type { Row } from '../row';

const kQuery = { errorClass: 'query', outcome: 'not-applied', retryMayHelp: false, connectionClass: false };
const kReadOnly = {
  errorClass: 'read-only',
  outcome: 'not-applied',
  retryMayHelp: false,
  connectionClass: false,
  wrongServerSuspected: true,
};
const kCancelled = { errorClass: 'cancelled', outcome: 'not-applied', retryMayHelp: false, connectionClass: false };
const kFatal = {
  errorClass: 'fatal-configuration',
  outcome: 'not-applied',
  retryMayHelp: false,
  connectionClass: false,
};

/** The Rust engine of Prisma 5 puts no code to it, that of 6 one of its own. */
const ownCode = (rule: string) => ({ 5: { rule: 'ConnectorError(' }, '6-rust': { rule } });

export const kReadOnlyRows: readonly Row[] = [
  {
    name: 'a write in a read-only session (25006)',
    expected: { ...kReadOnly, rule: '25006' },
    async make(lab) {
      const token = lab.newToken();
      const client = lab.client({ options: '-c default_transaction_read_only=on' });
      return { error: await failureOf(client.token.create({ data: { token } })), token };
    },
  },
  {
    name: 'a raw write in a read-only session (25006)',
    expected: { ...kReadOnly, rule: '25006' },
    async make(lab) {
      const client = lab.client({ options: '-c default_transaction_read_only=on' });
      return { error: await failureOf(client.$executeRawUnsafe('DELETE FROM tokens')) };
    },
  },
];

export const kCancelledRows: readonly Row[] = [
  {
    name: 'a statement takes longer than statement_timeout (57014)',
    expected: { ...kCancelled, rule: '57014' },
    async make(lab) {
      const token = lab.newToken();
      const client = lab.client({ options: '-c statement_timeout=100' });
      const insert = client.$executeRawUnsafe('INSERT INTO tokens (token) SELECT $1 FROM pg_sleep(60)', token);
      return { error: await failureOf(insert), token };
    },
  },
  {
    name: 'a lock takes longer than lock_timeout (55P03)',
    expected: { ...kCancelled, rule: '55P03' },
    async make(lab) {
      const token = lab.newToken();
      const waiter = lab.client({ options: '-c lock_timeout=100' });
      let error: unknown;
      await lab.client().$transaction(async (tx) => {
        await tx.$executeRawUnsafe('LOCK TABLE tokens IN EXCLUSIVE MODE');
        error = await failureOf(waiter.token.create({ data: { token } }));
      });
      return { error, token };
    },
  },
];

export const kEngineFaultRows: readonly Row[] = [
  {
    name: 'the pool was ended',
    expected: {
      errorClass: 'engine-fault',
      outcome: 'not-applied',
      sent: false,
      retryMayHelp: true,
      connectionClass: true,
    },
    async make(lab) {
      const { client, pool } = lab.clientAndPool();
      await client.token.findMany();
      await pool.end();
      const token = lab.newToken();
      return { error: await failureOf(client.token.create({ data: { token } })), token };
    },
  },
];

export const kFatalRows: readonly Row[] = [
  {
    name: 'a wrong password (28P01)',
    expected: { ...kFatal, rule: '28P01' },
    differs: ownCode('P1000'),
    async make(lab) {
      await lab.withAccessRules([`host all all all scram-sha-256`]);
      await lab.cluster.query("ALTER ROLE app PASSWORD 'right'");
      const client = lab.client({ connectionString: lab.cluster.url({ password: 'wrong' }) });
      return { error: await failureOf(client.token.findMany()) };
    },
  },
  {
    name: 'no password where one is needed',
    expected: kFatal,
    async make(lab) {
      await lab.withAccessRules([`host all all all scram-sha-256`]);
      return { error: await failureOf(lab.client().token.findMany()) };
    },
  },
  {
    name: 'refused by pg_hba.conf (28000)',
    expected: { ...kFatal, rule: '28000' },
    differs: ownCode('P1010'),
    async make(lab) {
      await lab.withAccessRules(['host all all all reject']);
      return { error: await failureOf(lab.client().token.findMany()) };
    },
  },
  {
    name: 'no such role (28000)',
    expected: { ...kFatal, rule: '28000' },
    differs: ownCode('P1010'),
    async make(lab) {
      const client = lab.client({ connectionString: lab.cluster.url({ user: 'nobody_here' }) });
      return { error: await failureOf(client.token.findMany()) };
    },
  },
  {
    name: 'no such database (3D000)',
    expected: { ...kFatal, rule: '3D000' },
    differs: ownCode('P1003'),
    async make(lab) {
      const client = lab.client({ connectionString: lab.cluster.url({ database: 'missing' }) });
      return { error: await failureOf(client.token.findMany()) };
    },
  },
  {
    name: 'TLS where the server has none',
    expected: kFatal,
    async make(lab) {
      return { error: await failureOf(lab.client({ ssl: { rejectUnauthorized: false } }).token.findMany()) };
    },
  },
  {
    name: 'a certificate that nobody vouches for',
    expected: kFatal,
    async make(lab) {
      await serveTls(lab);
      return { error: await failureOf(lab.client({ ssl: true }).token.findMany()) };
    },
  },
  {
    name: 'a certificate for another host',
    expected: kFatal,
    async make(lab) {
      const ca = await serveTls(lab);
      return { error: await failureOf(lab.client({ ssl: { ca } }).token.findMany()) };
    },
  },
];

export const kQueryRows: readonly Row[] = [
  {
    name: 'a unique constraint (P2002)',
    expected: kQuery,
    async make(lab) {
      const client = lab.client();
      const token = lab.newToken();
      await client.token.create({ data: { token } });
      return { error: await failureOf(client.token.create({ data: { token } })) };
    },
  },
  {
    name: 'a foreign key (P2003)',
    expected: kQuery,
    async make(lab) {
      return { error: await failureOf(lab.client().note.create({ data: { text: 'x', tokenId: -1 } })) };
    },
  },
  {
    name: 'a text that is too long (P2000)',
    expected: kQuery,
    async make(lab) {
      const token = lab.newToken();
      const nested = { token, notes: { create: { text: 'x'.repeat(50) } } };
      return { error: await failureOf(lab.client().token.create({ data: nested })), token };
    },
  },
  {
    name: 'a number out of range (P2020)',
    expected: kQuery,
    async make(lab) {
      const token = lab.newToken();
      const insert = lab.client().$executeRawUnsafe(`INSERT INTO tokens (token, small) VALUES ($1, 70000)`, token);
      return { error: await failureOf(insert), token };
    },
  },
  {
    name: 'taking a record out of a relation that it needs (P2014)',
    expected: { ...kQuery, rule: 'P2014' },
    async make(lab) {
      const client = lab.client();
      const token = lab.newToken();
      const { id } = await client.token.create({ data: { token, notes: { create: { text: 'x' } } } });
      return { error: await failureOf(client.token.update({ where: { id }, data: { notes: { set: [] } } })) };
    },
  },
  {
    name: 'a null where there may be none (23502)',
    expected: kQuery,
    async make(lab) {
      return { error: await failureOf(lab.client().$executeRawUnsafe('INSERT INTO tokens (token) VALUES (NULL)')) };
    },
  },
  {
    name: 'nested connect of a record that is not there (P2025)',
    expected: kQuery,
    async make(lab) {
      const connect = { token: 'network socket connect ECONNREFUSED' };
      return { error: await failureOf(lab.client().note.create({ data: { text: 'x', token: { connect } } })) };
    },
  },
  {
    name: 'update of a record that is not there (P2025)',
    expected: kQuery,
    async make(lab) {
      return { error: await failureOf(lab.client().token.update({ where: { id: -1 }, data: { small: 1 } })) };
    },
  },
  {
    name: 'connectOrCreate that meets a constraint',
    expected: kQuery,
    async make(lab) {
      const client = lab.client();
      const token = lab.newToken();
      await client.token.create({ data: { token } });
      const connectOrCreate = { where: { id: -1 }, create: { token } };
      return { error: await failureOf(client.note.create({ data: { text: 'x', token: { connectOrCreate } } })) };
    },
  },
  {
    name: 'an argument that does not exist, quoting text like an error',
    expected: kQuery,
    async make(lab) {
      const text = 'Connection terminated unexpectedly\nPostgresError { code: "57P01", ';
      return { error: await failureOf(lab.client().token.create({ data: { nothing: text } })) };
    },
  },
  {
    name: 'division by zero in a raw query (22012)',
    expected: { ...kQuery, rule: '22' },
    async make(lab) {
      return { error: await failureOf(lab.client().$queryRawUnsafe('SELECT 1/0')) };
    },
  },
  {
    name: 'an answer that Prisma cannot read, to a write that has taken effect',
    expected: { errorClass: 'query', outcome: 'unknown', retryMayHelp: false, connectionClass: false },
    applied: true,
    async make(lab) {
      const token = lab.newToken();
      const insert = lab
        .client()
        .$queryRawUnsafe('INSERT INTO tokens (token) VALUES ($1) RETURNING point(1, 2)', token);
      return { error: await failureOf(insert), token };
    },
  },
  {
    name: 'a syntax error (42601)',
    expected: { ...kQuery, rule: '42' },
    async make(lab) {
      return { error: await failureOf(lab.client().$queryRawUnsafe('SELEKT 1')) };
    },
  },
  {
    name: 'a missing table (42P01)',
    expected: kQuery,
    async make(lab) {
      return { error: await failureOf(lab.client().$queryRawUnsafe('SELECT * FROM missing')) };
    },
  },
  {
    name: "a function's own error that speaks of the network",
    expected: kQuery,
    async make(lab) {
      const sql = `DO $$ BEGIN RAISE EXCEPTION 'could not connect: network socket ECONNRESET'; END $$`;
      return { error: await failureOf(lab.client().$executeRawUnsafe(sql)) };
    },
  },
  {
    name: 'a missing setting: a code of which nothing is known but that it is an ERROR',
    expected: kQuery,
    async make(lab) {
      return { error: await failureOf(lab.client().$queryRawUnsafe('SAVEPOINT outside_of_a_transaction')) };
    },
  },
];

/** Makes the server offer TLS with a certificate of its own making, for another host. Returns the certificate. */
async function serveTls(lab: Lab): Promise<string> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-'));
  const [key, certificate] = [path.join(directory, 'key'), path.join(directory, 'crt')];
  const make = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=elsewhere.invalid'];
  execFileSync('openssl', [...make, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  lab.cluster.writeFile('server.key', fs.readFileSync(key, 'utf8'));
  lab.cluster.writeFile('server.crt', fs.readFileSync(certificate, 'utf8'));
  const text = fs.readFileSync(certificate, 'utf8');
  fs.rmSync(directory, { recursive: true });
  lab.cluster.configure({ ssl: 'on' });
  await lab.cluster.restart();
  lab.later(async () => {
    lab.cluster.configure({ ssl: 'off' });
    await lab.cluster.restart();
  });
  return text;
}
