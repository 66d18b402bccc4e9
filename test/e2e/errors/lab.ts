/**
 * A PostgreSQL server, the network before it, and clients of one version of Prisma that meet its faults.
 *
 * Owner: one test file. Between rows `reset` puts everything back as it was, so that rows know nothing of each other.
 */
import type { PoolConfig } from 'pg';
import { PostgresCluster } from '../../support/postgres';
import { TcpProxy } from '../../support/tcp_proxy';
import type { PrismaVersion, TestClient } from './prisma-version';

/** What the pools of pg 8 have that rows look at or use. */
interface Pool {
  end(): Promise<void>;
  on(event: 'error', listener: () => void): void;
  on(event: 'connect', listener: (connection: { on(event: 'error', listener: () => void): void }) => void): void;
  once(event: 'acquire', listener: (connection: { query(...args: unknown[]): unknown }) => void): void;
  readonly ended: boolean;
  readonly idleCount: number;
}

const kTables = `
  CREATE TABLE IF NOT EXISTS tokens (id serial PRIMARY KEY, token text NOT NULL UNIQUE, small smallint NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS notes (
    id serial PRIMARY KEY, text varchar(20) NOT NULL, token_id int NOT NULL REFERENCES tokens);
  GRANT ALL ON ALL TABLES IN SCHEMA public TO app;
  GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO app;`;

export class Lab {
  readonly driver = 'pg';
  private readonly clients: TestClient[] = [];
  private readonly pools: Pool[] = [];
  private readonly cleanups: (() => Promise<unknown> | void)[] = [];
  private proxyMade: TcpProxy | undefined;
  private tokens = 0;

  private constructor(
    readonly version: PrismaVersion,
    readonly cluster: PostgresCluster,
  ) {}

  static async start(version: PrismaVersion): Promise<Lab> {
    version.setUp('postgresql');
    const cluster = await PostgresCluster.start({ settings: { max_connections: '20' } });
    await cluster.query(kTables);
    return new Lab(version, cluster);
  }

  /** A client whose pool has one connection, unless `pool` says otherwise. */
  client(pool: PoolConfig = {}): TestClient {
    return this.clientAndPool(pool).client;
  }

  clientAndPool(config: PoolConfig = {}): { client: TestClient; pool: Pool } {
    const settings = { connectionString: this.cluster.url(), max: 1, ...config };
    const pool = this.version.make('pg', 'Pool', settings) as Pool;
    // Without a listener, an idle connection that dies ends the process.
    pool.on('error', () => undefined);
    // So does one that dies inside a transaction (adapter-pg 5), or that came after its caller's maxWait had run out. The
    // clients here are bare: the guard would listen.
    pool.on('connect', (connection) => connection.on('error', () => undefined));
    const client = this.version.newClient('postgresql', this.version.make('@prisma/adapter-pg', 'PrismaPg', pool));
    this.clients.push(client);
    this.pools.push(pool);
    return { client, pool };
  }

  /** The network between clients and server. */
  async proxy(): Promise<TcpProxy> {
    this.proxyMade ??= await TcpProxy.start({ target: { port: this.cluster.port } });
    return this.proxyMade;
  }

  async clientThroughProxy(config: PoolConfig = {}): Promise<TestClient> {
    return this.client({ connectionString: (await this.proxy()).via(this.cluster.url()), ...config });
  }

  newToken(): string {
    this.tokens += 1;
    return `token-${process.pid}-${this.tokens}`;
  }

  async isApplied(token: string): Promise<boolean> {
    return (await this.cluster.query('SELECT 1 FROM tokens WHERE token = $1', [token])).length > 0;
  }

  /** Resolves once a client's statement runs for which the condition on pg_stat_activity holds. */
  async untilBusy(condition = "state = 'active'"): Promise<void> {
    while ((await this.cluster.connectionCount(condition)) === 0)
      await new Promise((resolve) => setTimeout(resolve, 2));
  }

  /** Until the row is over, a COMMIT behind an INSERT into `tokens` takes a minute. */
  async slowCommits(): Promise<void> {
    await this.cluster.query(
      `CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON tokens DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION slowly()`,
    );
    this.later(() => this.cluster.query('DROP FUNCTION slowly CASCADE'));
  }

  /** pg_hba.conf for TCP, until the row is over. */
  async withAccessRules(rules: readonly string[]): Promise<void> {
    await this.useAccessRules(rules);
    this.later(() => this.useAccessRules(['host all all all trust']));
  }

  private async useAccessRules(rules: readonly string[]): Promise<void> {
    this.cluster.writeFile('pg_hba.conf', ['local all all trust', ...rules, ''].join('\n'));
    const [before] = await this.cluster.query<{ at: Date }>('SELECT pg_conf_load_time() AS at, pg_reload_conf()');
    const loaded = 'SELECT pg_conf_load_time() > $1 AS done';
    while (!(await this.cluster.query<{ done: boolean }>(loaded, [before?.at]))[0]?.done);
  }

  /** Runs before the next row begins. */
  later(cleanup: () => Promise<unknown> | void): void {
    this.cleanups.push(cleanup);
  }

  /** Afterwards there is a healthy server and no client. */
  async reset(): Promise<void> {
    this.cluster.thaw();
    for (const cleanup of this.cleanups.splice(0).reverse()) await cleanup();
    if (!this.cluster.isRunning) await this.cluster.start();
    await this.proxyMade?.dispose();
    this.proxyMade = undefined;
    await this.cluster.terminateBackends();
    // Both may wait for ever: for what a fault has swallowed, or for a connection that Prisma has lost count of (6.19,
    // where COMMIT fails). The server has ended the connections; nothing here needs an answer.
    for (const client of this.clients.splice(0)) client.$disconnect().catch(() => undefined);
    for (const pool of this.pools.splice(0)) if (!pool.ended) pool.end().catch(() => undefined);
  }

  async dispose(): Promise<void> {
    await this.reset();
    await this.cluster.dispose();
  }
}

/** The error with which it fails. */
export async function failureOf(work: PromiseLike<unknown>): Promise<unknown> {
  let result: unknown;
  try {
    result = await work;
  } catch (error) {
    return error;
  }
  throw new Error(`it should have failed, and answered ${JSON.stringify(result)}`);
}
