/** PgBouncer whose connections to its server fall silent: it goes on taking clients in, and holds on to what hangs. */
import { breachesOf } from '../../support/ledger';
import { PgBouncer } from '../../support/pgbouncer';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, makeAdapter } from '../../support/prisma';
import { TcpProxy } from '../../support/tcp_proxy';
import { Application, eventually, sleep } from './application';

jest.setTimeout(120_000);

const kPool = 3;
const kMostClients = 100;

let cluster: PostgresCluster;
let proxy: TcpProxy;
let bouncer: PgBouncer;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
  proxy = await TcpProxy.start({ target: cluster });
  bouncer = await PgBouncer.start({
    target: proxy,
    serverLoginRetry: 0.5,
    settings: { max_client_conn: String(kMostClients), default_pool_size: '5', server_connect_timeout: '1' },
  });
});
afterAll(async () => {
  await bouncer.dispose();
  await proxy.dispose();
  await cluster.dispose();
});

/** The application's: the console's own client is none. */
async function clients(): Promise<{ looks: number; others: number }> {
  const rows = (await bouncer.admin('SHOW CLIENTS')).filter(({ database }) => database === 'app');
  const looks = rows.filter(({ application_name }) => application_name === 'prisma-resilient-probe').length;
  return { looks, others: rows.length - looks };
}

const rows = async (): Promise<number> =>
  (await cluster.query<{ n: number }>('SELECT count(*)::int AS n FROM ledger'))[0]?.n ?? 0;

test.each([5000, 20_000])(
  'the network behind it is silent for %d ms: two looks wait at most, and all is well soon after',
  async (ms) => {
    const application = await Application.open(() => makeAdapter(bouncer.url(), { max: kPool }), {
      reconnect: { deadline: 60_000 },
    });
    const most = { looks: 0, others: 0 };
    const looking = setInterval(() => {
      void clients().then(
        ({ looks, others }) => {
          most.looks = Math.max(most.looks, looks);
          most.others = Math.max(most.others, others);
        },
        () => (most.looks = Infinity),
      );
    }, 100);
    let back = Infinity;
    const { hung, failures, settlement } = await application.through(
      () => cluster,
      async () => {
        await proxy.swallow();
        await sleep(ms);
        clearInterval(looking);
        await proxy.pass();
        const began = performance.now();
        const before = await rows();
        await eventually(async () => (await rows()) > before, 20_000);
        back = performance.now() - began;
      },
      { perSecond: 10, afterMs: 3000 },
    );
    await application.close();
    expect(most.looks).toBeLessThanOrEqual(2);
    // What was taken back while it stood in the queue itself keeps its place there; see docs/limits.md.
    expect(most.others).toBeLessThanOrEqual(2 * kPool);
    expect(back).toBeLessThan(3000);
    expect(hung).toBe(0);
    expect(breachesOf(settlement)).toEqual([]);
    expect(failures.filter(({ why }) => why?.outcome !== 'unknown')).toEqual([]);
  },
);
