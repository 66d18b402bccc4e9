/** The table of errors on SQLite. */
import * as fs from 'node:fs';
import { failureOf } from '../e2e/errors/lab';
import type { Row } from '../e2e/errors/row';
import type { SqliteLab } from './sqlite-lab';

const kConflict = { errorClass: 'rolled-back', outcome: 'not-applied', conflict: true, connectionClass: false };
const kEngineFault = { errorClass: 'engine-fault', poisonsClient: true, connectionClass: true };
const kReadOnly = {
  errorClass: 'read-only',
  outcome: 'not-applied',
  wrongServerSuspected: false,
  connectionClass: false,
};
const kFatal = {
  errorClass: 'fatal-configuration',
  outcome: 'not-applied',
  retryMayHelp: false,
  connectionClass: false,
};
const kQuery = { errorClass: 'query', outcome: 'not-applied', retryMayHelp: false, connectionClass: false };

export const kSqliteRows: readonly Row<SqliteLab>[] = [
  {
    name: 'another connection writes: a single write',
    expected: { ...kConflict, rule: 'SQLITE_BUSY' },
    async make(lab) {
      lab.holdWriteLock();
      const token = lab.newToken();
      return { error: await failureOf(lab.client().token.create({ data: { token } })), token };
    },
  },
  {
    name: 'another connection writes: a nested write',
    expected: kConflict,
    async make(lab) {
      lab.holdWriteLock();
      const token = lab.newToken();
      const create = lab.client().token.create({ data: { token, notes: { create: { text: 'x' } } } });
      return { error: await failureOf(create), token };
    },
  },
  {
    name: 'another connection writes: a raw write',
    expected: kConflict,
    async make(lab) {
      lab.holdWriteLock();
      const token = lab.newToken();
      const insert = lab.client().$executeRawUnsafe(`INSERT INTO tokens (token) VALUES ('${token}')`);
      return { error: await failureOf(insert), token };
    },
  },
  {
    name: 'another connection writes: an interactive transaction',
    expected: kConflict,
    async make(lab) {
      lab.holdWriteLock();
      const token = lab.newToken();
      const work = lab.client().$transaction(async (tx) => tx.token.create({ data: { token } }));
      return { error: await failureOf(work), token };
    },
  },
  {
    name: 'another connection reads: a single write',
    expected: kConflict,
    async make(lab) {
      lab.holdReadLock();
      const token = lab.newToken();
      return { error: await failureOf(lab.client().token.create({ data: { token } })), token };
    },
  },
  {
    name: 'another connection reads: the COMMIT of an array transaction',
    expected: { ...kEngineFault, outcome: 'unknown' },
    applied: false,
    async make(lab) {
      lab.holdReadLock();
      const client = lab.client();
      const token = lab.newToken();
      const members = [client.token.create({ data: { token } }), client.token.findMany()];
      return { error: await failureOf(client.$transaction(members)), token };
    },
  },
  {
    name: 'another connection reads: the COMMIT of an interactive transaction',
    expected: { ...kEngineFault, outcome: 'unknown' },
    applied: false,
    async make(lab) {
      lab.holdReadLock();
      const token = lab.newToken();
      const work = lab.client().$transaction(async (tx) => tx.token.create({ data: { token } }));
      return { error: await failureOf(work), token };
    },
  },
  {
    name: 'a transaction after one whose COMMIT has failed',
    notIn: { 6: 'its adapter keeps the lock of the failed one: the next waits for ever' },
    expected: { ...kEngineFault, outcome: 'not-applied', retryMayHelp: true },
    async make(lab) {
      lab.holdReadLock();
      const client = lab.client();
      await failureOf(client.$transaction(async (tx) => tx.token.create({ data: { token: lab.newToken() } })));
      const token = lab.newToken();
      const work = client.$transaction(async (tx) => tx.token.create({ data: { token } }));
      return { error: await failureOf(work), token };
    },
  },
  {
    name: 'the connection was closed',
    expected: { ...kEngineFault, outcome: 'not-applied', sent: false },
    async make(lab) {
      const { client, close } = lab.clientAndFactory();
      await client.token.findMany();
      await close();
      const token = lab.newToken();
      return { error: await failureOf(client.token.create({ data: { token } })), token };
    },
  },
  {
    name: 'the file is read-only',
    expected: kReadOnly,
    async make(lab) {
      const token = lab.newToken();
      return { error: await failureOf(lab.client({ readonly: true }).token.create({ data: { token } })), token };
    },
  },
  {
    name: 'the file cannot be opened',
    expected: kFatal,
    async make(lab) {
      fs.mkdirSync(`${lab.file}-directory`);
      const client = lab.client({ url: `file:${lab.file}-directory` });
      return { error: await failureOf(client.token.findMany()) };
    },
  },
  {
    name: 'the directory of the file is missing',
    expected: kFatal,
    async make(lab) {
      return { error: await failureOf(lab.client({ url: `file:${lab.file}-none/db` }).token.findMany()) };
    },
  },
  {
    name: 'the file is no database',
    expected: kFatal,
    async make(lab) {
      fs.writeFileSync(`${lab.file}-text`, 'x'.repeat(5000));
      return { error: await failureOf(lab.client({ url: `file:${lab.file}-text` }).token.findMany()) };
    },
  },
  {
    name: 'the database is full',
    expected: kQuery,
    async make(lab) {
      const client = lab.client();
      await client.$queryRawUnsafe('PRAGMA max_page_count = 1');
      const token = lab.newToken();
      const sql = `INSERT INTO tokens (token) VALUES ('${token}'), (hex(randomblob(100000)))`;
      return { error: await failureOf(client.$executeRawUnsafe(sql)), token };
    },
  },
  {
    name: 'a unique constraint',
    expected: kQuery,
    async make(lab) {
      const client = lab.client();
      const token = lab.newToken();
      await client.token.create({ data: { token } });
      return { error: await failureOf(client.token.create({ data: { token } })) };
    },
  },
  {
    name: 'a foreign key',
    expected: kQuery,
    async make(lab) {
      return { error: await failureOf(lab.client().note.create({ data: { text: 'x', tokenId: -1 } })) };
    },
  },
  {
    name: 'a syntax error',
    expected: kQuery,
    async make(lab) {
      return { error: await failureOf(lab.client().$queryRawUnsafe('SELEKT 1')) };
    },
  },
  {
    name: 'a missing table',
    expected: kQuery,
    async make(lab) {
      return { error: await failureOf(lab.client().$queryRawUnsafe('SELECT * FROM missing')) };
    },
  },
];
