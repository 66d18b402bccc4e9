import { exists } from '../../../support/unprivileged';
import { failureOf, type Lab } from '../lab';
import type { Queries } from '../prisma-version';
import type { Row } from '../row';

const kRolledBack = { errorClass: 'rolled-back', outcome: 'not-applied', retryMayHelp: true };
const kConflict = { ...kRolledBack, conflict: true, connectionClass: false };
const kConnectionLost = { ...kRolledBack, conflict: false, connectionClass: true };
const kExpired = { ...kRolledBack, conflict: false, connectionClass: false };

/** How Prisma 5 quotes a server that ends a transaction. */
const kFarewell =
  'Error in connector: Error querying the database: FATAL: terminating connection due to administrator command';

/** Two transactions that each do `first`, and then, once both have, `second`: the error of the one that loses. */
async function collide(
  lab: Lab,
  options: { isolationLevel?: 'Serializable' },
  first: (tx: Queries, own: string) => PromiseLike<unknown>,
  second: (tx: Queries, other: string) => PromiseLike<unknown>,
): Promise<unknown> {
  const tokens = [lab.newToken(), lab.newToken()] as const;
  const setup = lab.client();
  for (const token of tokens) await setup.token.create({ data: { token } });
  let waiting = 2;
  let meet = (): void => undefined;
  const met = new Promise<void>((resolve) => (meet = resolve));
  const errors: unknown[] = [];
  const run = async (own: string, other: string): Promise<void> => {
    const work = lab.client().$transaction(
      async (tx) => {
        await first(tx, own);
        if (--waiting === 0) meet();
        await met;
        await second(tx, other);
      },
      { timeout: 10_000, ...options },
    );
    await work.catch((error: unknown) => errors.push(error));
  };
  await Promise.all([run(tokens[0], tokens[1]), run(tokens[1], tokens[0])]);
  expect(errors).toHaveLength(1);
  return errors[0];
}

export const kRolledBackRows: readonly Row[] = [
  {
    name: 'serializable transactions conflict (40001)',
    expected: { ...kConflict, rule: '40001' },
    differs: { rust: { rule: 'P2034' } },
    async make(lab) {
      const error = await collide(
        lab,
        { isolationLevel: 'Serializable' },
        (tx) => tx.token.findMany(),
        (tx, other) => tx.token.update({ where: { token: other }, data: { small: 1 } }),
      );
      return { error };
    },
  },
  {
    name: 'transactions wait for each other (40P01)',
    expected: { ...kConflict, rule: '40P01' },
    async make(lab) {
      const change = (tx: Queries, token: string): PromiseLike<unknown> =>
        tx.token.update({ where: { token }, data: { small: 1 } });
      return { error: await collide(lab, {}, change, change) };
    },
  },
  {
    name: 'raw queries wait for each other (40P01)',
    expected: { ...kConflict, rule: '40P01' },
    async make(lab) {
      const change = (tx: Queries, token: string): PromiseLike<unknown> =>
        tx.$executeRawUnsafe('UPDATE tokens SET small = 1 WHERE token = $1', token);
      return { error: await collide(lab, {}, change, change) };
    },
  },
  {
    name: 'an interactive transaction takes longer than its timeout',
    expected: kExpired,
    async make(lab) {
      const token = lab.newToken();
      const work = lab.client().$transaction(
        async (tx) => {
          await tx.token.create({ data: { token } });
          await tx.$queryRawUnsafe('SELECT pg_sleep(0.4)::text');
          await tx.token.findMany();
        },
        { timeout: 200 },
      );
      return { error: await failureOf(work), token };
    },
  },
  {
    name: 'the connection is reset inside an interactive transaction',
    expected: kConnectionLost,
    async make(lab) {
      const client = await lab.clientThroughProxy();
      const token = lab.newToken();
      const work = client.$transaction(async (tx) => {
        await tx.token.create({ data: { token } });
        await (await lab.proxy()).reset();
        await tx.token.findMany();
      });
      return { error: await failureOf(work), token, circumstances: { inTransaction: true } };
    },
  },
  {
    name: 'the next statement on a connection that is known to be broken',
    expected: kConnectionLost,
    async make(lab) {
      const token = lab.newToken();
      const client = await lab.clientThroughProxy();
      let second: unknown;
      const work = client.$transaction(async (tx) => {
        await tx.token.create({ data: { token } });
        (await lab.proxy()).cutAfter({ from: 'client', message: 'Statement', sql: /^SELECT/i, then: 'close' });
        await failureOf(tx.token.findMany());
        second = await failureOf(tx.token.findMany());
        throw second;
      });
      await failureOf(work);
      return { error: second, token, circumstances: { inTransaction: true } };
    },
  },
  {
    name: 'an interactive transaction is terminated (57P01)',
    expected: { ...kConnectionLost, rule: '57P01' },
    async make(lab) {
      const token = lab.newToken();
      const work = lab.client().$transaction(async (tx) => {
        await tx.token.create({ data: { token } });
        await tx.$queryRawUnsafe('SELECT pg_sleep(60)::text');
      });
      const failed = failureOf(work);
      await lab.untilBusy("state = 'active' AND query LIKE '%pg_sleep%'");
      await lab.cluster.terminateBackends();
      return { error: await failed, token };
    },
  },
  {
    name: 'a single write is terminated (57P01)',
    expected: { ...kConnectionLost, rule: '57P01' },
    async make(lab) {
      const token = lab.newToken();
      const locked = await lockTokens(lab);
      const failed = failureOf(lab.client().token.create({ data: { token } }));
      await lab.untilBusy("wait_event_type = 'Lock'");
      await lab.cluster.terminateBackends("wait_event_type = 'Lock'");
      const error = await failed;
      await locked.release();
      return { error, token };
    },
  },
  {
    name: 'COMMIT is terminated (57P01)',
    // Prisma 6 puts the failure of the ROLLBACK that follows in place of it.
    expected: { ...kConnectionLost, rule: '57P01' },
    differs: { rust: { rule: kFarewell } },
    async make(lab) {
      await lab.slowCommits();
      const token = lab.newToken();
      const client = lab.client();
      const failed = failureOf(client.$transaction([client.token.create({ data: { token } }), client.note.findMany()]));
      await lab.untilBusy("state = 'active' AND query ~* '^commit'");
      await lab.cluster.terminateBackends();
      return { error: await failed, token };
    },
  },
  {
    name: 'a raw write is terminated by a fast shutdown (57P01)',
    expected: { ...kConnectionLost, rule: '57P01' },
    async make(lab) {
      const token = lab.newToken();
      const insert = lab.client().$executeRawUnsafe('INSERT INTO tokens (token) SELECT $1 FROM pg_sleep(60)', token);
      const failed = failureOf(insert);
      await lab.untilBusy();
      await lab.cluster.stop('fast');
      return { error: await failed, token };
    },
  },
  {
    name: 'the first statement after an idle connection was terminated (57P01)',
    expected: { ...kConnectionLost, rule: '57P01' },
    async make(lab) {
      const { client, pool } = lab.clientAndPool();
      const pid = await backendOf(client);
      // It ends after the pool has handed it out: what pg_terminate_backend does, while this process is busy.
      pool.once('acquire', () => {
        process.kill(pid, 'SIGTERM');
        untilGone(pid);
      });
      const token = lab.newToken();
      return { error: await failureOf(client.token.create({ data: { token } })), token };
    },
  },
  {
    name: 'a transaction is idle for longer than the server allows (25P03)',
    notIn: { rust: 'its engine has read the farewell before it sends, most of the time, and sends nothing' },
    expected: { ...kExpired, rule: '25P03' },
    async make(lab) {
      const token = lab.newToken();
      const work = lab.client({ options: '-c idle_in_transaction_session_timeout=500' }).$transaction(async (tx) => {
        await tx.token.create({ data: { token } });
        untilGone(await backendOf(tx));
        await tx.token.findMany();
      });
      return { error: await failureOf(work), token };
    },
  },
  {
    name: '$disconnect under an interactive transaction',
    expected: kExpired,
    async make(lab) {
      const client = lab.client();
      const token = lab.newToken();
      const work = client.$transaction(async (tx) => {
        await tx.token.create({ data: { token } });
        await client.$disconnect();
        await tx.token.findMany();
      });
      return { error: await failureOf(work), token, circumstances: { inTransaction: true } };
    },
  },
];

export async function backendOf(client: Queries): Promise<number> {
  const [row] = (await client.$queryRawUnsafe('SELECT pg_backend_pid() AS pid')) as { pid: number }[];
  return row?.pid as number;
}

/** Blocks as a busy process does: what the server says meanwhile waits in the socket. */
export function untilGone(pid: number): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (exists(pid)) Atomics.wait(never, 0, 0, 2);
}

/** Holds a lock that every write to `tokens` waits for. */
async function lockTokens(lab: Lab): Promise<{ release(): Promise<void> }> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let locked = (): void => undefined;
  const holds = new Promise<void>((resolve) => (locked = resolve));
  const holder = lab.client().$transaction(
    async (tx) => {
      await tx.$executeRawUnsafe('LOCK TABLE tokens IN EXCLUSIVE MODE');
      locked();
      await released;
    },
    { timeout: 10_000 },
  );
  await Promise.race([holds, holder]);
  return {
    async release() {
      release();
      await holder;
    },
  };
}
