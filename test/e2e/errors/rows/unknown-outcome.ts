import * as net from 'node:net';
import { failureOf } from '../lab';
import type { Row } from '../row';

const kUnknown = { errorClass: 'unknown', outcome: 'unknown', sent: true, retryMayHelp: true, connectionClass: true };

export const kUnknownOutcomeRows: readonly Row[] = [
  {
    name: 'the acknowledgement is lost and the connection reset',
    expected: kUnknown,
    applied: true,
    async make(lab) {
      const client = await lab.clientThroughProxy();
      (await lab.proxy()).loseAcknowledgements({ then: 'reset' });
      const token = lab.newToken();
      return { error: await failureOf(client.token.create({ data: { token } })), token };
    },
  },
  {
    name: 'the acknowledgement is lost and the connection closed',
    expected: { ...kUnknown, rule: 'Connection terminated' },
    applied: true,
    async make(lab) {
      const client = await lab.clientThroughProxy();
      (await lab.proxy()).loseAcknowledgements({ then: 'close' });
      const token = lab.newToken();
      return { error: await failureOf(client.token.create({ data: { token } })), token };
    },
  },
  {
    name: 'the acknowledgement is lost, and a firewall refuses the connection from then on (read ECONNREFUSED)',
    expected: kUnknown,
    applied: true,
    async make(lab) {
      const sockets: net.Socket[] = [];
      const client = await lab.clientThroughProxy({
        stream: () => {
          const socket = new net.Socket();
          sockets.push(socket);
          return socket;
        },
      });
      await client.token.findMany();
      const lost = (await lab.proxy()).loseAcknowledgements({ then: 'swallow' });
      const token = lab.newToken();
      const failed = failureOf(client.token.create({ data: { token } }));
      while (lost.hits === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      // What Linux makes of an ICMP "port unreachable", which iptables' REJECT sends, once it gives up sending again.
      const refused = { code: 'ECONNREFUSED', errno: -111, syscall: 'read' };
      for (const socket of sockets) socket.destroy(Object.assign(new Error('read ECONNREFUSED'), refused));
      return { error: await failed, token };
    },
  },
  {
    name: 'the statement is lost and the connection reset',
    expected: kUnknown,
    applied: false,
    async make(lab) {
      const client = await lab.clientThroughProxy();
      (await lab.proxy()).cutAfter({ from: 'client', message: 'Statement', sql: /^INSERT/i, drop: true });
      const token = lab.newToken();
      return { error: await failureOf(client.token.create({ data: { token } })), token };
    },
  },
  {
    name: 'a raw write whose acknowledgement is lost',
    expected: kUnknown,
    applied: true,
    async make(lab) {
      const client = await lab.clientThroughProxy();
      (await lab.proxy()).loseAcknowledgements({ then: 'reset' });
      const token = lab.newToken();
      const insert = client.$executeRawUnsafe('INSERT INTO tokens (token) VALUES ($1)', token);
      return { error: await failureOf(insert), token };
    },
  },
  {
    name: 'the COMMIT of an array transaction goes unanswered',
    expected: kUnknown,
    applied: true,
    async make(lab) {
      const client = await lab.clientThroughProxy();
      (await lab.proxy()).loseAcknowledgements({ then: 'close' });
      const token = lab.newToken();
      const members = [client.token.create({ data: { token } }), client.token.findMany()];
      return { error: await failureOf(client.$transaction(members)), token, circumstances: { phase: 'commit' } };
    },
  },
  {
    name: 'the COMMIT of an interactive transaction goes unanswered',
    expected: kUnknown,
    applied: true,
    async make(lab) {
      const client = await lab.clientThroughProxy();
      (await lab.proxy()).loseAcknowledgements({ then: 'close' });
      const token = lab.newToken();
      const error = await failureOf(client.$transaction(async (tx) => tx.token.create({ data: { token } })));
      return { error, token, circumstances: { phase: 'commit' } };
    },
  },
  {
    name: 'the COMMIT of a nested write goes unanswered',
    expected: kUnknown,
    applied: true,
    async make(lab) {
      const client = await lab.clientThroughProxy();
      (await lab.proxy()).loseAcknowledgements({ then: 'close' });
      const token = lab.newToken();
      const nested = client.token.create({ data: { token, notes: { create: [{ text: 'one' }, { text: 'two' }] } } });
      return { error: await failureOf(nested), token };
    },
  },
  {
    name: 'the answer takes longer than query_timeout',
    expected: { ...kUnknown, rule: 'Query read timeout' },
    async make(lab) {
      const client = await lab.clientThroughProxy({ query_timeout: 300 });
      await client.token.findMany();
      await (await lab.proxy()).swallow();
      const token = lab.newToken();
      return { error: await failureOf(client.token.create({ data: { token } })), token };
    },
  },
  {
    name: 'another backend crashes',
    expected: kUnknown,
    async make(lab) {
      const victim = lab.client();
      await victim.$queryRawUnsafe('SELECT 1');
      const token = lab.newToken();
      const write = lab.client().$queryRawUnsafe('INSERT INTO tokens (token) SELECT $1 FROM pg_sleep(60)', token);
      const failed = failureOf(write);
      await lab.untilBusy();
      await lab.cluster.crashBackend("state = 'idle'");
      const error = await failed;
      await lab.cluster.accepting();
      return { error, token };
    },
  },
  {
    name: 'the server is stopped (immediate) under a statement',
    expected: kUnknown,
    async make(lab) {
      const token = lab.newToken();
      const write = lab.client().$queryRawUnsafe('INSERT INTO tokens (token) SELECT $1 FROM pg_sleep(60)', token);
      const failed = failureOf(write);
      await lab.untilBusy();
      await lab.cluster.stop('immediate');
      return { error: await failed, token };
    },
  },
  {
    name: 'the connection breaks while much is being written to it',
    expected: kUnknown,
    async make(lab) {
      const client = await lab.clientThroughProxy();
      await client.token.findMany();
      (await lab.proxy()).cutAtByte({ from: 'client', afterBytes: 100_000 });
      const token = lab.newToken();
      const much = 'x'.repeat(8_000_000);
      const insert = client.$executeRawUnsafe('INSERT INTO tokens (token) SELECT $1 WHERE $2 <> $1', token, much);
      return { error: await failureOf(insert), token };
    },
  },
  {
    name: 'a procedure has committed before it is terminated (57P01)',
    expected: kUnknown,
    applied: true,
    async make(lab) {
      await lab.cluster.query(`
        CREATE OR REPLACE PROCEDURE commit_and_sleep(new_token text) LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO tokens (token) VALUES (new_token); COMMIT; PERFORM pg_sleep(60); END $$`);
      const token = lab.newToken();
      const failed = failureOf(lab.client().$executeRawUnsafe(`CALL commit_and_sleep('${token}')`));
      while (!(await lab.isApplied(token)));
      await lab.cluster.terminateBackends();
      return { error: await failed, token, circumstances: { mayCommitInside: true } };
    },
  },
  {
    name: 'several statements in one text, one of them committed, are terminated (57P01)',
    expected: kUnknown,
    applied: true,
    async make(lab) {
      const token = lab.newToken();
      const sql = `BEGIN; INSERT INTO tokens (token) VALUES ('${token}'); COMMIT; SELECT pg_sleep(60)::text`;
      const failed = failureOf(lab.client().$queryRawUnsafe(sql));
      while (!(await lab.isApplied(token)));
      await lab.cluster.terminateBackends();
      return { error: await failed, token, circumstances: { mayCommitInside: true } };
    },
  },
];
