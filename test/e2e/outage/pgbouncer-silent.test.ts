/** PgBouncer whose connections to its server fall silent: it goes on taking clients in, and holds on to what hangs. */
import * as fs from 'node:fs';
import { Client } from 'pg';
import { breachesOf } from '../../support/ledger';
import { paced } from '../../support/pace';
import { PgBouncer } from '../../support/pgbouncer';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, makeAdapter } from '../../support/prisma';
import { TcpProxy } from '../../support/tcp_proxy';
import { Application, eventually, sleep } from './application';

jest.setTimeout(180_000);

const kPool = 3;
/** Beside the pool's: the probe's. */
const kLooks = 2;

let cluster: PostgresCluster;
let proxy: TcpProxy;
let bouncer: PgBouncer;
let admin: Client;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
  proxy = await TcpProxy.start({ target: cluster });
  bouncer = await PgBouncer.start({
    target: proxy,
    serverLoginRetry: 0.5,
    // Fewer than our pool has: somebody waits there from the beginning.
    settings: { max_client_conn: '100', default_pool_size: '2', server_connect_timeout: '1' },
  });
  admin = new Client({ connectionString: bouncer.url({ user: 'postgres', database: 'pgbouncer' }) });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await bouncer.dispose();
  await proxy.dispose();
  await cluster.dispose();
});

/** Local ports of the sockets that somebody holds towards the pooler: the kernel's own, of closed ones, have no inode. */
function socketsHeld(): Set<number> {
  const held = new Set<number>();
  const portOf = (address: string): number => parseInt(address.split(':')[1], 16);
  for (const line of fs.readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1)) {
    const [, local, remote, , , , , , , inode] = line.trim().split(/\s+/);
    if (portOf(remote) === bouncer.port && inode !== '0') held.add(portOf(local));
  }
  return held;
}

/** Of the application: the console is none. */
interface Clients {
  /** Sockets that this process holds. */
  readonly held: ReadonlySet<number>;
  /** Whom PgBouncer takes for its clients, those among them who have gone unnoticed. */
  readonly listed: readonly number[];
}

async function clients(): Promise<Clients> {
  const { rows } = await admin.query<{ database: string; port: number }>('SHOW CLIENTS');
  const held = socketsHeld();
  for (const { database, port } of rows) if (database !== 'app') held.delete(port);
  return { held, listed: rows.filter(({ database }) => database === 'app').map(({ port }) => port) };
}

/** PgBouncer needs a moment to hear of those who have just gone, and new ones may have come meanwhile. */
const kMomentMs = 300;

/** The most that there are at any moment until `stop`. */
class Census {
  readonly most = { held: 0, listed: 0 };
  private readonly counting: Promise<void>;
  private goneSince = new Map<number, number>();
  private stopped = false;

  constructor() {
    this.counting = this.count();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.counting;
  }

  private async count(): Promise<void> {
    while (!this.stopped) {
      const { held, listed } = await clients();
      this.most.held = Math.max(this.most.held, held.size);
      this.most.listed = Math.max(this.most.listed, held.size + this.unnoticed(held, listed));
      await sleep(20);
    }
  }

  /** How many are listed who have gone, for longer than a moment. */
  private unnoticed(held: ReadonlySet<number>, listed: readonly number[]): number {
    const now = performance.now();
    const gone = listed.filter((port) => !held.has(port));
    this.goneSince = new Map(gone.map((port) => [port, this.goneSince.get(port) ?? now]));
    return gone.filter((port) => now - (this.goneSince.get(port) ?? now) > paced(kMomentMs)).length;
  }
}

const rows = async (): Promise<number> =>
  (await cluster.query<{ n: number }>('SELECT count(*)::int AS n FROM ledger'))[0]?.n ?? 0;

test.each([5000, 20_000])(
  'the network behind it is silent for %d ms: never more than pool + 2 connections, and all is well soon after',
  async (ms) => {
    await eventually(async () => (await clients()).listed.length === 0, 20_000);
    const census = new Census();
    // Else whoever waits for a connection is refused before a busy machine has worked off what waits.
    const pool = { max: kPool, connectionTimeoutMillis: paced(10_000) };
    const application = await Application.open(() => makeAdapter(bouncer.url(), pool), {
      reconnect: { deadline: 60_000 },
    });
    let back = Infinity;
    const { hung, failures, settlement } = await application.through(
      () => cluster,
      async () => {
        await proxy.swallow();
        await application.outage(ms);
        await proxy.pass();
        const began = performance.now();
        const before = await rows();
        await eventually(async () => (await rows()) > before, 20_000);
        back = performance.now() - began;
      },
      { perSecond: 20, afterMs: 3000 },
    );
    await census.stop();
    await application.close();
    expect(census.most.held).toBeLessThanOrEqual(kPool + kLooks);
    // And a look that was stopped in the queue, each time that the database was found well, but for the first connection:
    // once, unless the machine is so busy that its silence is suspected before.
    const found = application.told.log.filter((line) => /state \S+ -> up$/.test(line)).length;
    expect(census.most.listed).toBeLessThanOrEqual(kPool + kLooks + Math.max(1, found - 1));
    expect(back).toBeLessThan(paced(3000));
    expect(hung).toBe(0);
    expect(breachesOf(settlement)).toEqual([]);
    expect(failures.filter(({ why }) => why?.outcome !== 'unknown')).toEqual([]);
  },
);
