/** What the database's connections do, without a word through the user's client. */
import { Client } from 'pg';

import { ResilientPrismaClient, ShutdownError, type ResilientConfig } from '../../../lib';
import { dashboardHandler } from '../../../lib/dashboard';
import type { ServerActivity } from '../../../lib/observe/dashboard/source';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../../support/prisma';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

/** A client, and all the SQL that goes through it. */
function open(probe: ResilientConfig['probe'] = {}) {
  const { PrismaClient } = generatedClient();
  const sql: string[] = [];
  const resilient = new ResilientPrismaClient(
    (ctx) => {
      const client = new PrismaClient({
        adapter: ctx.guard(makeAdapter(cluster.url(), { max: 3 })),
        log: [{ emit: 'event', level: 'query' }],
      });
      (client as unknown as { $on(name: 'query', listener: (event: { query: string }) => void): void }).$on(
        'query',
        ({ query }) => sql.push(query),
      );
      return client;
    },
    { logging: { level: 'silent' }, probe },
  );
  return { resilient, prisma: resilient.getClient(), sql };
}

/** What the server says of everybody but the kit's own connection and probes. */
async function atServer(): Promise<{ state: string; count: number }[]> {
  return cluster.query(`SELECT state, count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
      AND application_name <> 'prisma-resilient-probe' GROUP BY 1 ORDER BY 1`);
}

/** The kit's own connection is a superuser's, whose doings are hidden from the role of probe and client. */
const kKit = { state: 'unknown', count: 1 };

test("the probe's connection asks, the values are the server's, and our own are told apart", async () => {
  const { resilient, prisma, sql } = open();
  const others = [0, 1].map(() => new Client({ connectionString: cluster.url() }));
  try {
    await resilient.ready();
    await Promise.all([prisma.user.count(), prisma.user.count()]);
    await Promise.all(others.map((client) => client.connect()));
    await others[0].query('BEGIN');
    const { pool } = resilient.observe();
    const seen = await resilient.serverActivity();
    expect(seen).toEqual({
      via: 'probe',
      connections: [...(await atServer()), kKit],
      waitingForLock: 0,
      own: pool?.open,
      maxConnections: Number(
        (await cluster.query<{ max_connections: string }>('SHOW max_connections'))[0].max_connections,
      ),
    });
    expect(pool?.open).toBeGreaterThan(0);
    expect(sql.filter((text) => text.includes('pg_stat_activity'))).toEqual([]);
    // Within the interval nobody is asked again.
    await others[1].query('BEGIN');
    expect(await resilient.serverActivity()).toEqual(seen);
  } finally {
    await Promise.all(others.map((client) => client.end()));
    await resilient.shutdown();
  }
});

test('a dashboard that is watched asks nothing through the client', async () => {
  const { resilient, prisma, sql } = open({ intervalMs: 100 });
  const handler = dashboardHandler(resilient);
  try {
    await resilient.ready();
    await prisma.user.count();
    const response = await handler(new Request('http://localhost/?stream=1'));
    const activity = await activityOf(response.body as ReadableStream<Uint8Array>);
    expect(activity).toMatchObject({ via: 'probe', own: resilient.observe().pool?.open });
    expect(sql.filter((text) => text.includes('pg_stat_activity'))).toEqual([]);
  } finally {
    handler.close();
    await resilient.shutdown();
  }
});

/** The first that the page is told. */
async function activityOf(stream: ReadableStream<Uint8Array>): Promise<ServerActivity> {
  const reader = stream
    .pipeThrough(new TextDecoderStream() as never)
    .getReader() as ReadableStreamDefaultReader<string>;
  let unread = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error('the stream has ended');
    unread += value;
    const events = unread.split('\n\n');
    unread = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      const { view } = JSON.parse(data ?? '{}') as { view?: { activity?: ServerActivity } };
      if (view?.activity) {
        await reader.cancel();
        return view.activity;
      }
    }
  }
}

test('with the probe off, the client is asked, and says so', async () => {
  const { resilient, sql } = open({ mode: 'off' });
  try {
    await resilient.ready();
    const seen = await resilient.serverActivity();
    expect(seen).toMatchObject({ via: 'client', own: undefined });
    expect(sql.filter((text) => text.includes('pg_stat_activity'))).toHaveLength(1);
  } finally {
    await resilient.shutdown();
  }
});

test('after shutdown() nobody is asked any more', async () => {
  const { resilient, sql } = open();
  await resilient.ready();
  const asked = resilient.serverActivity();
  const ended = resilient.shutdown();
  await expect(asked).rejects.toBeInstanceOf(ShutdownError);
  await expect(resilient.serverActivity()).rejects.toBeInstanceOf(ShutdownError);
  await ended;
  expect(sql.filter((text) => text.includes('pg_stat_activity'))).toEqual([]);
});
