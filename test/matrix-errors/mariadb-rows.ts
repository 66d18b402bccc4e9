/** The table of errors on MariaDB. */
import { failureOf } from '../e2e/errors/lab';
import type { Queries } from '../e2e/errors/prisma-version';
import type { Row } from '../e2e/errors/row';
import type { MariaLab } from './mariadb-lab';

const kNotSent = {
  errorClass: 'not-sent',
  outcome: 'not-applied',
  sent: false,
  retryMayHelp: true,
  connectionClass: true,
};
const kSaturated = {
  errorClass: 'saturated',
  outcome: 'not-applied',
  sent: false,
  retryMayHelp: true,
  connectionClass: false,
};
const kUnknown = { errorClass: 'unknown', outcome: 'unknown', sent: true, retryMayHelp: true, connectionClass: true };
const kConflict = { errorClass: 'rolled-back', outcome: 'not-applied', conflict: true, connectionClass: false };
const kCancelled = { errorClass: 'cancelled', outcome: 'not-applied', retryMayHelp: false, connectionClass: false };
const kReadOnly = {
  errorClass: 'read-only',
  outcome: 'not-applied',
  wrongServerSuspected: true,
  connectionClass: false,
};
const kFatal = {
  errorClass: 'fatal-configuration',
  outcome: 'not-applied',
  retryMayHelp: false,
  connectionClass: false,
};
const kQuery = { errorClass: 'query', outcome: 'not-applied', retryMayHelp: false, connectionClass: false };
const kPoolGone = { errorClass: 'engine-fault', outcome: 'not-applied', sent: false, connectionClass: true };

// Its adapter drops the cause, so that every reason not to get a connection looks alike.
const kWithoutCause = { ...kPoolGone, retryMayHelp: true, rule: '45028' };
const kCauseLost = { 6: kWithoutCause, '6-rust': kWithoutCause };

const slowInsert = (token: string): string =>
  `INSERT INTO tokens (token) SELECT '${token}' FROM (SELECT SLEEP(60)) AS pause`;

export const kMariaRows: readonly Row<MariaLab>[] = [
  {
    name: 'the server is stopped (ECONNREFUSED hidden beneath 45028)',
    expected: { ...kNotSent, rule: '45028' },
    async make(lab) {
      await lab.server.stop();
      const token = lab.newToken();
      const error = await failureOf(lab.client().token.create({ data: { token } }));
      lab.dropControl();
      return { error, token, circumstances: { probe: 'down' } };
    },
  },
  {
    name: 'the server hangs while connecting',
    expected: kNotSent,
    async make(lab) {
      await lab.server.freeze();
      return { error: await failureOf(lab.client().token.findMany()), circumstances: { probe: 'down' } };
    },
  },
  {
    name: 'the pool was closed (45027)',
    expected: { ...kPoolGone, rule: '45027' },
    async make(lab) {
      const { client, closePool } = lab.clientAndFactory();
      await client.token.findMany();
      await closePool();
      const token = lab.newToken();
      return {
        error: await failureOf(client.token.create({ data: { token } })),
        token,
        circumstances: { probe: 'up' },
      };
    },
  },
  {
    name: 'all connections of the pool are busy (45028)',
    expected: { ...kSaturated, rule: '45028' },
    async make(lab) {
      const client = lab.client();
      const busy = client.$queryRawUnsafe('SELECT SLEEP(60)').then(undefined, () => undefined);
      const id = await lab.busyConnection();
      lab.later(async () => {
        await lab.query(`KILL ${id}`);
        await busy;
      });
      const token = lab.newToken();
      return {
        error: await failureOf(client.token.create({ data: { token } })),
        token,
        circumstances: { probe: 'up' },
      };
    },
  },
  {
    name: 'the server has no slot left (1040 hidden beneath 45028)',
    expected: { ...kSaturated, rule: '1040' },
    differs: kCauseLost,
    async make(lab) {
      await lab.query('SELECT 1');
      const held: { destroy(): void }[] = [];
      lab.later(() => held.forEach((connection) => connection.destroy()));
      for (;;) {
        const connection = await lab.connect().catch(() => undefined);
        if (!connection) break;
        held.push(connection);
      }
      return { error: await failureOf(lab.client().token.findMany()), circumstances: { probe: 'up' } };
    },
  },
  {
    name: 'a wrong password (1045 hidden beneath 45028)',
    expected: { ...kFatal, rule: '1045' },
    differs: kCauseLost,
    async make(lab) {
      const client = lab.client({ password: 'wrong' });
      return { error: await failureOf(client.token.findMany()), circumstances: { probe: 'up' } };
    },
  },
  {
    name: 'no such database (1044 hidden beneath 45028)',
    expected: { ...kFatal, rule: '1044' },
    differs: kCauseLost,
    async make(lab) {
      const client = lab.client({ database: 'missing' });
      return { error: await failureOf(client.token.findMany()), circumstances: { probe: 'up' } };
    },
  },
  {
    name: 'the acknowledgement is lost and the connection reset',
    expected: { ...kUnknown, rule: 'ECONNRESET' },
    applied: true,
    async make(lab) {
      const proxy = await lab.proxy();
      const client = lab.client({ port: proxy.port });
      await client.token.findMany();
      await proxy.stall({ from: 'server' });
      const token = lab.newToken();
      const failed = failureOf(client.$executeRawUnsafe(`INSERT INTO tokens (token) VALUES ('${token}')`));
      while (!(await lab.isApplied(token)));
      await proxy.reset();
      return { error: await failed, token };
    },
  },
  {
    name: 'the answer takes longer than socketTimeout (45026)',
    expected: { ...kUnknown, rule: '45026' },
    async make(lab) {
      const proxy = await lab.proxy();
      const client = lab.client({ port: proxy.port, socketTimeout: 300 });
      await client.token.findMany();
      await proxy.swallow();
      const token = lab.newToken();
      const insert = client.$executeRawUnsafe(`INSERT INTO tokens (token) VALUES ('${token}')`);
      return { error: await failureOf(insert), token };
    },
  },
  {
    name: 'the server crashes under a statement (45009)',
    expected: { ...kUnknown, rule: '45009' },
    async make(lab) {
      const token = lab.newToken();
      const failed = failureOf(lab.client().$executeRawUnsafe(slowInsert(token)));
      await lab.busyConnection();
      await lab.server.stop('SIGKILL');
      lab.dropControl();
      return { error: await failed, token };
    },
  },
  {
    name: 'the connection is killed under a statement (45009)',
    expected: { ...kUnknown, rule: '45009' },
    async make(lab) {
      const token = lab.newToken();
      const failed = failureOf(lab.client().$executeRawUnsafe(slowInsert(token)));
      await lab.query(`KILL ${await lab.busyConnection()}`);
      return { error: await failed, token };
    },
  },
  {
    name: 'the next statement of a transaction whose connection was killed (45013)',
    expected: { errorClass: 'rolled-back', outcome: 'not-applied', connectionClass: true, rule: '45013' },
    async make(lab) {
      const token = lab.newToken();
      let second: unknown;
      const work = lab.client().$transaction(async (tx) => {
        await tx.$executeRawUnsafe(`INSERT INTO tokens (token) VALUES ('${token}')`);
        const first = failureOf(tx.$queryRawUnsafe('SELECT SLEEP(60)'));
        await lab.kill(await lab.busyConnection());
        await first;
        second = await failureOf(tx.token.findMany());
        throw second;
      });
      await failureOf(work);
      return { error: second, token, circumstances: { inTransaction: true } };
    },
  },
  {
    name: 'transactions wait for each other (1213)',
    expected: { ...kConflict, rule: '1213' },
    differs: { '6-rust': { rule: 'P2034' } },
    async make(lab) {
      const tokens = [lab.newToken(), lab.newToken()] as const;
      for (const token of tokens) await lab.query('INSERT INTO tokens (token) VALUES (?)', [token]);
      let waiting = 2;
      let meet = (): void => undefined;
      const met = new Promise<void>((resolve) => (meet = resolve));
      const change = (tx: Queries, token: string): PromiseLike<unknown> =>
        tx.token.update({ where: { token }, data: { small: 1 } });
      const errors: unknown[] = [];
      const run = (own: string, other: string): Promise<unknown> =>
        lab
          .client()
          .$transaction(async (tx) => {
            await change(tx, own);
            if (--waiting === 0) meet();
            await met;
            await change(tx, other);
          })
          .catch((error: unknown) => errors.push(error));
      await Promise.all([run(tokens[0], tokens[1]), run(tokens[1], tokens[0])]);
      expect(errors).toHaveLength(1);
      return { error: errors[0] };
    },
  },
  {
    name: 'a lock takes longer than innodb_lock_wait_timeout (1205)',
    expected: { ...kConflict, rule: '1205' },
    async make(lab) {
      const token = lab.newToken();
      await lab.query('INSERT INTO tokens (token) VALUES (?)', [token]);
      const waiter = lab.client({ initSql: 'SET innodb_lock_wait_timeout = 1' });
      let error: unknown;
      await lab.client().$transaction(async (tx) => {
        await tx.token.update({ where: { token }, data: { small: 1 } });
        error = await failureOf(waiter.token.update({ where: { token }, data: { small: 2 } }));
      });
      return { error };
    },
  },
  {
    name: 'a write to a read-only server (1290)',
    expected: { ...kReadOnly, rule: '1290' },
    async make(lab) {
      await lab.query('SET GLOBAL read_only = 1');
      lab.later(() => lab.query('SET GLOBAL read_only = 0'));
      const token = lab.newToken();
      return { error: await failureOf(lab.client().token.create({ data: { token } })), token };
    },
  },
  {
    name: 'a write to read-only tables (1036)',
    expected: { ...kReadOnly, rule: '1036' },
    async make(lab) {
      await lab.server.stop();
      lab.dropControl();
      await lab.server.start('--innodb-read-only=1');
      lab.later(async () => {
        await lab.server.stop('SIGKILL');
        lab.dropControl();
      });
      const token = lab.newToken();
      return { error: await failureOf(lab.client().token.create({ data: { token } })), token };
    },
  },
  {
    name: 'a statement takes longer than max_statement_time (1969)',
    expected: { ...kCancelled, rule: '1969' },
    async make(lab) {
      const token = lab.newToken();
      const sql = `SET STATEMENT max_statement_time = 0.1 FOR ${slowInsert(token)}`;
      return { error: await failureOf(lab.client().$executeRawUnsafe(sql)), token };
    },
  },
  {
    name: 'a statement is killed (1317)',
    expected: { ...kCancelled, rule: '1317' },
    async make(lab) {
      const token = lab.newToken();
      const failed = failureOf(lab.client().$executeRawUnsafe(slowInsert(token)));
      await lab.query(`KILL QUERY ${await lab.busyConnection()}`);
      return { error: await failed, token };
    },
  },
  {
    name: 'a unique constraint (1062)',
    expected: kQuery,
    async make(lab) {
      const token = lab.newToken();
      await lab.query('INSERT INTO tokens (token) VALUES (?)', [token]);
      return { error: await failureOf(lab.client().token.create({ data: { token } })) };
    },
  },
  {
    name: 'a foreign key (1452)',
    expected: kQuery,
    async make(lab) {
      return { error: await failureOf(lab.client().note.create({ data: { text: 'x', tokenId: -1 } })) };
    },
  },
  {
    name: 'a text that is too long (1406)',
    expected: kQuery,
    async make(lab) {
      const token = lab.newToken();
      const nested = { token, notes: { create: { text: 'x'.repeat(50) } } };
      return { error: await failureOf(lab.client().token.create({ data: nested })), token };
    },
  },
  {
    name: 'a syntax error (1064)',
    expected: { ...kQuery, rule: '1064' },
    async make(lab) {
      return { error: await failureOf(lab.client().$queryRawUnsafe('SELEKT 1')) };
    },
  },
  {
    name: 'a missing table (1146)',
    expected: kQuery,
    async make(lab) {
      return { error: await failureOf(lab.client().$queryRawUnsafe('SELECT * FROM missing')) };
    },
  },
];
