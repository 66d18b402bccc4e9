/** A MariaDB server, the network before it, and clients of one version of Prisma that meet their faults. */
import { kMariaDatabase, kMariaPassword, kMariaUser, MariaDb } from '../support/mariadb';
import { TcpProxy } from '../support/tcp_proxy';
import type { PrismaVersion, TestClient } from '../e2e/errors/prisma-version';
import type { AnyLab } from '../e2e/errors/row';

/** What the tests use of the mariadb driver. */
interface Connection {
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  on(event: 'error', listener: () => void): void;
  destroy(): void;
}
interface Driver {
  createConnection(options: object): Promise<Connection>;
}
interface AdapterFactory {
  connect(): Promise<{ dispose(): Promise<void> }>;
}

const kTables = [
  'CREATE TABLE tokens (id INT AUTO_INCREMENT PRIMARY KEY, token VARCHAR(191) NOT NULL UNIQUE, small SMALLINT NOT NULL DEFAULT 0)',
  `CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(20) NOT NULL, token_id INT NOT NULL,
     FOREIGN KEY (token_id) REFERENCES tokens (id))`,
];
/** How long the driver's pool tries to make a connection. */
const kAcquireMs = 1000;
/** What ends by itself has ended by then; what a fault holds never does. */
const kPatienceMs = 500;

export class MariaLab implements AnyLab {
  readonly driver = 'mariadb';
  private clients: TestClient[] = [];
  private cleanups: (() => Promise<unknown> | void)[] = [];
  private control: Connection | undefined;
  private proxyMade: TcpProxy | undefined;
  private tokens = 0;

  private constructor(
    readonly version: PrismaVersion,
    readonly server: MariaDb,
  ) {}

  /** `options` as mariadbd's own command line has them. */
  static async start(version: PrismaVersion, options: readonly string[] = []): Promise<MariaLab> {
    version.setUp('mysql');
    const lab = new MariaLab(version, await MariaDb.start(['--max-connections=20', ...options]));
    for (const table of kTables) await lab.query(table);
    return lab;
  }

  /** A client whose pool has one connection, unless `options` say otherwise. */
  client(options: object = {}): TestClient {
    return this.clientAndFactory(options).client;
  }

  /** Also a way to close the client's pool behind its back. */
  clientAndFactory(options: object = {}): { client: TestClient; closePool(): Promise<void> } {
    const settings = { connectionLimit: 1, acquireTimeout: kAcquireMs, ...options };
    const factory = this.adapterFactory(settings) as AdapterFactory;
    const connect = factory.connect.bind(factory);
    let close: (() => Promise<void>) | undefined;
    factory.connect = async () => {
      const adapter = await connect();
      close = () => adapter.dispose();
      return adapter;
    };
    const client = this.version.newClient('mysql', factory);
    this.clients.push(client);
    return { client, closePool: async () => close?.() };
  }

  /** Of this server and account; a pool of two, unless `settings` say otherwise. */
  adapterFactory(settings: object = {}): unknown {
    const made = { ...this.account(), connectionLimit: 2, ...settings };
    return this.version.make('@prisma/adapter-mariadb', 'PrismaMariaDb', made);
  }

  get url(): string {
    return `mysql://${kMariaUser}:${kMariaPassword}@${this.server.host}:${this.server.port}/${kMariaDatabase}`;
  }

  /** As root, outside of any fault of the network. */
  async query<Row = Record<string, unknown>>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    this.control ??= await this.connect({ user: 'root', password: '' });
    return (await this.control.query(sql, values)) as Row[];
  }

  async connect(options: object = {}): Promise<Connection> {
    const { createConnection } = this.version.module('mariadb') as unknown as Driver;
    const connection = await createConnection({ ...this.account(), ...options });
    connection.on('error', () => undefined);
    return connection;
  }

  async proxy(): Promise<TcpProxy> {
    this.proxyMade ??= await TcpProxy.start({ target: { port: this.server.port }, protocol: 'raw' });
    return this.proxyMade;
  }

  newToken(): string {
    this.tokens += 1;
    return `token-${this.tokens}`;
  }

  async isApplied(token: string): Promise<boolean> {
    return (await this.query('SELECT 1 FROM tokens WHERE token = ?', [token])).length > 0;
  }

  /** The connection of a client whose statement sleeps. */
  async busyConnection(): Promise<number> {
    const busy = `SELECT id FROM information_schema.processlist WHERE user = '${kMariaUser}' AND state = 'User sleep'`;
    for (;;) {
      const [row] = await this.query<{ id: number }>(busy);
      if (row) return row.id;
    }
  }

  /** Resolves once the server has closed the connection: before that, only the statement on it is over. */
  async kill(id: number): Promise<void> {
    await this.query(`KILL ${id}`);
    while ((await this.query('SELECT 1 FROM information_schema.processlist WHERE id = ?', [id])).length > 0);
  }

  later(cleanup: () => Promise<unknown> | void): void {
    this.cleanups.push(cleanup);
  }

  async reset(): Promise<void> {
    this.server.thaw();
    for (const cleanup of this.cleanups.splice(0).reverse()) await cleanup();
    if (!this.server.isRunning) {
      this.dropControl();
      await this.server.start();
    }
    await this.proxyMade?.dispose();
    this.proxyMade = undefined;
    // It may wait for what a fault has swallowed; nothing here needs its answer.
    for (const client of this.clients.splice(0)) client.$disconnect().catch(() => undefined);
    const others = `SELECT id FROM information_schema.processlist WHERE user = '${kMariaUser}'`;
    // A pool that was ended goes on connecting for a moment: what is killed then has nobody to tell but the process.
    const until = performance.now() + kPatienceMs;
    const unfinished = `${others} OR user = 'unauthenticated user'`;
    while (performance.now() < until && (await this.query(unfinished)).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    for (const { id } of await this.query<{ id: number }>(others))
      await this.query(`KILL ${id}`).catch(() => undefined);
    while ((await this.query(others)).length > 0);
  }

  /** The server ends or ended: the kit's own connection to it is gone. */
  dropControl(): void {
    this.control?.destroy();
    this.control = undefined;
  }

  async dispose(): Promise<void> {
    this.dropControl();
    await this.proxyMade?.dispose();
    await this.server.dispose();
  }

  private account(): object {
    const { host, port } = this.server;
    return { host, port, user: kMariaUser, password: kMariaPassword, database: kMariaDatabase };
  }
}
