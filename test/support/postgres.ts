/**
 * A real PostgreSQL server of its own, and the faults that happen to one: stopped, frozen, crashed, full.
 *
 * Owner: one test or script. All methods may be called in any order and any state; `dispose` is always safe.
 * Invariant: the kit's own connections (application_name `fault-kit…`) go through the unix socket, so that faults of
 * the network do not touch them, and they are neither counted nor terminated by the methods here.
 */
import { type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Accepted, untilAccepting } from './pg_accepting';
import { type PgBinaries, type PgFlavour, findPgBinaries } from './pg_binaries';
import { ControlConnection, SlotHolder, kKitName, kSlotName } from './pg_control';
import { kAppDatabase, kAppUser, makeDataDirectory } from './pg_template';
import { releasePort, reservePort } from './ports';
import { childrenOf, exists, isRoot, isStopped, unprivileged } from './unprivileged';
import { claimDirectory, releaseDirectory, spawnServer, waitForExit } from './workspace';

export type StopMode = 'immediate' | 'fast' | 'smart';

export interface PostgresOptions {
  /** Default: PG_BIN, else the newest installed server, else the embedded one. */
  readonly flavour?: PgFlavour;
  /** Entries of postgresql.conf; they override the kit's fast and unsafe ones (fsync is off). */
  readonly settings?: Readonly<Record<string, string>>;
  /** Turns on scram-sha-256 over TCP for every role, with this password. Default: trust. */
  readonly password?: string;
  /** Databases to make besides `app`, all owned by the role `app`. */
  readonly databases?: readonly string[];
  /** Lines of pg_hba.conf for TCP connections, instead of the one that `password` decides. */
  readonly hba?: readonly string[];
  /** Clusters otherwise share one system identifier, being copies of one template. Costs a second. */
  readonly ownSystemIdentifier?: boolean;
  /** Prepares the data directory itself, in place of the template: a standby's base backup. */
  readonly populate?: (data: string, binaries: PgBinaries) => void | Promise<void>;
}

export interface UrlOptions {
  /** Default: `app`, an ordinary role. `postgres` is the superuser. */
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly host?: string;
  /** For example that of a TcpProxy. */
  readonly port?: number;
  readonly params?: Readonly<Record<string, string>>;
}

const kSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '100',
  shared_buffers: '32MB',
  timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%a ',
  jit: 'off',
};

const kStopSignals: Readonly<Record<StopMode, NodeJS.Signals>> = {
  smart: 'SIGTERM',
  fast: 'SIGINT',
  immediate: 'SIGQUIT',
};
const kNotKit = `application_name NOT LIKE '${kKitName}%'`;

function quoted(value: string): string {
  return `'${value.replace(/'/g, "''")}'`;
}

export class PostgresCluster {
  readonly binaries: PgBinaries;
  private readonly options: PostgresOptions;
  private settings: Record<string, string>;
  private dir = '';
  private portNumber = 0;
  private server: ChildProcess | undefined;
  private control: ControlConnection | undefined;
  private slots: SlotHolder | undefined;
  private rolesReady = false;
  private disposing: Promise<void> | undefined;

  constructor(options: PostgresOptions = {}) {
    this.options = options;
    this.binaries = findPgBinaries(options.flavour);
    this.settings = { ...kSettings, ...options.settings };
  }

  /** Makes and starts a cluster. */
  static async start(options: PostgresOptions = {}): Promise<PostgresCluster> {
    const cluster = new PostgresCluster(options);
    try {
      await cluster.start();
      return cluster;
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
  }

  get host(): string {
    return '127.0.0.1';
  }

  /** The same from the first start to `dispose`, however often the server is restarted. */
  get port(): number {
    return this.portNumber;
  }

  /** Of the postmaster; undefined while the server is stopped. */
  get pid(): number | undefined {
    return this.isRunning ? this.server?.pid : undefined;
  }

  get isRunning(): boolean {
    return this.server !== undefined && this.server.exitCode === null && this.server.signalCode === null;
  }

  get dataDirectory(): string {
    return path.join(this.dir, 'data');
  }

  get socketDirectory(): string {
    return this.dir;
  }

  get password(): string | undefined {
    return this.options.password;
  }

  /** What the server has logged so far. */
  log(): string {
    const file = path.join(this.dir, 'log');
    return this.dir !== '' && fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  }

  /** Resolves once the server accepts connections. Throws with the end of the server's log if it gives up. */
  async start(): Promise<Accepted> {
    if (this.disposing) throw new Error('this cluster is disposed of');
    if (this.isRunning) throw new Error('the server runs already');
    if (this.dir === '') await this.prepare();
    this.writeConfiguration();
    const server = spawnServer(
      path.join(this.binaries.bin, 'postgres'),
      ['-D', this.dataDirectory, '-k', this.socketDirectory, '-p', String(this.port)],
      { dir: this.dir, logFile: path.join(this.dir, 'log') },
    );
    this.server = server;
    const accepted = await untilAccepting(this, kAppUser, kAppDatabase, () =>
      server.exitCode !== null || server.signalCode !== null
        ? `the server ended while starting:\n${this.log().slice(-2000)}`
        : undefined,
    );
    if (!this.rolesReady) await this.makeRolesAndDatabases();
    return accepted;
  }

  /**
   * Resolves when the server has ended. 'smart' waits for clients to leave; 'fast' throws them out; 'immediate' is a
   * crash: recovery follows at the next start. A frozen server is thawed by it.
   */
  async stop(mode: StopMode = 'fast'): Promise<void> {
    const server = this.server;
    if (!server || !this.isRunning) return;
    this.dropControl();
    this.signal(kStopSignals[mode]);
    this.thaw();
    await waitForExit(server, 600_000);
  }

  async restart(mode: StopMode = 'fast'): Promise<Accepted> {
    await this.stop(mode);
    return this.start();
  }

  /** Stops every process of the server in mid-step. The kernel still completes TCP handshakes: clients hang. */
  async freeze(): Promise<void> {
    const postmaster = this.requirePid();
    process.kill(postmaster, 'SIGSTOP');
    // It may be forking: its children are complete only once it stands still.
    while (this.isRunning && !isStopped(postmaster)) await new Promise((resolve) => setTimeout(resolve, 1));
    for (const child of childrenOf(postmaster)) this.signal('SIGSTOP', child);
  }

  thaw(): void {
    const postmaster = this.pid;
    if (postmaster === undefined) return;
    for (const child of childrenOf(postmaster)) this.signal('SIGCONT', child);
    this.signal('SIGCONT');
  }

  /**
   * `pg_terminate_backend` for every client connection for which the SQL condition on pg_stat_activity holds, for
   * example `state = 'idle'`. Returns how many.
   */
  async terminateBackends(condition = 'true'): Promise<number> {
    const [row] = await this.query<{ n: number }>(
      `SELECT count(pg_terminate_backend(pid))::int AS n FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND ${kNotKit} AND (${condition})`,
    );
    return row?.n ?? 0;
  }

  /**
   * Kills one backend with SIGKILL: the server throws out all others (57P02) and recovers from its log. Resolves once
   * the server has noticed, so that `accepting` tells the end of the recovery.
   */
  async crashBackend(condition = 'true'): Promise<void> {
    const [row] = await this.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND ${kNotKit} AND (${condition}) LIMIT 1`,
    );
    if (!row) throw new Error(`no client connection for which ${condition}`);
    this.dropControl();
    process.kill(row.pid, 'SIGKILL');
    // It leaves the process table when the postmaster asks how it ended.
    while (exists(row.pid)) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Takes every connection that an ordinary role can have, until the server says 53300. Returns how many it holds. */
  async fillSlots(): Promise<number> {
    this.slots ??= new SlotHolder({
      host: this.socketDirectory,
      port: this.port,
      user: kAppUser,
      database: kAppDatabase,
    });
    return this.slots.fill();
  }

  /** Resolves once the server has taken the connections of `fillSlots` back. */
  async releaseSlots(): Promise<void> {
    await this.slots?.release();
    const held = `SELECT 1 FROM pg_stat_activity WHERE application_name = '${kSlotName}'`;
    while (this.isRunning && (await this.query(held)).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 2));
  }

  /** Client connections, those of the kit left out. */
  async connectionCount(condition = 'true'): Promise<number> {
    const [row] = await this.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND ${kNotKit} AND (${condition})`,
    );
    return row?.n ?? 0;
  }

  /** Waits until there are `expected`: a backend ends a moment after its client has. Answers how many there are then. */
  async settledConnections(expected: number, condition?: string): Promise<number> {
    const end = performance.now() + 10_000;
    for (;;) {
      const count = await this.connectionCount(condition);
      if (count === expected || performance.now() > end) return count;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /**
   * Runs SQL as superuser in the database `app` over a connection that the kit opens when needed; the rows of the
   * last statement. It waits as long as the server does not answer.
   */
  async query<Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    this.control ??= new ControlConnection({
      host: this.socketDirectory,
      port: this.port,
      user: 'postgres',
      database: kAppDatabase,
    });
    return this.control.query<Row>(sql, values);
  }

  /** Resolves the moment the server lets clients in over TCP; call it once the fault has begun. */
  accepting(): Promise<Accepted> {
    return untilAccepting(this, kAppUser, kAppDatabase, () =>
      this.disposing ? 'the cluster was disposed of' : undefined,
    );
  }

  url(options: UrlOptions = {}): string {
    const user = options.user ?? kAppUser;
    const password = options.password ?? this.options.password;
    const url = new URL(`postgresql://${options.host ?? this.host}:${options.port ?? this.port}/`);
    url.username = encodeURIComponent(user);
    if (password !== undefined) url.password = encodeURIComponent(password);
    url.pathname = `/${encodeURIComponent(options.database ?? kAppDatabase)}`;
    for (const [name, value] of Object.entries(options.params ?? {})) url.searchParams.set(name, value);
    return url.toString();
  }

  /** Changes settings, now if the server runs (those that need no restart), and for every later start. */
  configure(settings: Readonly<Record<string, string>>): void {
    this.settings = { ...this.settings, ...settings };
    if (this.dir === '') return;
    this.writeConfiguration();
    this.signal('SIGHUP');
  }

  /** Writes a file into the data directory, readable by the server alone: certificates, standby.signal. */
  writeFile(name: string, content: string): void {
    const file = path.join(this.dataDirectory, name);
    fs.writeFileSync(file, content, { mode: 0o600 });
    if (isRoot()) fs.chownSync(file, unprivileged().uid, unprivileged().gid);
  }

  /** Stops the server for good and makes its data directory anew; the port stays. Start it again afterwards. */
  async replaceData(populate: NonNullable<PostgresOptions['populate']>): Promise<void> {
    await this.stop('immediate');
    fs.rmSync(this.dataDirectory, { recursive: true, force: true });
    await populate(this.dataDirectory, this.binaries);
  }

  /** Ends the server and removes all that it left. Idempotent. */
  dispose(): Promise<void> {
    this.disposing ??= this.tearDown();
    return this.disposing;
  }

  private async prepare(): Promise<void> {
    this.portNumber = await reservePort();
    this.dir = claimDirectory('pg');
    if (this.options.populate) {
      await this.options.populate(this.dataDirectory, this.binaries);
      this.rolesReady = true;
    } else {
      await makeDataDirectory(this.binaries, this.dataDirectory, this.options.ownSystemIdentifier ?? false);
    }
  }

  private writeConfiguration(): void {
    const lines = Object.entries(this.settings).map(([name, value]) => `${name} = ${quoted(value)}`);
    this.writeFile('postgresql.conf', `${lines.join('\n')}\n`);
    const method = this.options.password === undefined ? 'trust' : 'scram-sha-256';
    const tcp = this.options.hba ?? [`host all all all ${method}`, `host replication all all ${method}`];
    this.writeFile('pg_hba.conf', ['local all all trust', 'local replication all trust', ...tcp, ''].join('\n'));
  }

  private async makeRolesAndDatabases(): Promise<void> {
    const { password, databases = [] } = this.options;
    if (password !== undefined) {
      for (const role of [kAppUser, 'postgres']) await this.query(`ALTER ROLE ${role} PASSWORD ${quoted(password)}`);
    }
    for (const name of databases) await this.query(`CREATE DATABASE "${name.replace(/"/g, '""')}" OWNER ${kAppUser}`);
    this.rolesReady = true;
  }

  private requirePid(): number {
    const pid = this.pid;
    if (pid === undefined) throw new Error('the server does not run');
    return pid;
  }

  private signal(signal: NodeJS.Signals, pid = this.pid): void {
    if (pid === undefined) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  private dropControl(): void {
    this.control?.close();
    this.control = undefined;
  }

  private async tearDown(): Promise<void> {
    this.dropControl();
    this.slots?.drop();
    if (this.server && this.isRunning) {
      this.signal('SIGQUIT');
      this.thaw();
      // An immediate shutdown kills what does not end by itself after 5 s.
      if (!(await waitForExit(this.server, 10_000))) {
        this.signal('SIGKILL');
        await waitForExit(this.server, 10_000);
      }
    }
    if (this.dir !== '') releaseDirectory(this.dir);
    if (this.portNumber !== 0) releasePort(this.portNumber);
  }
}
