/**
 * PgBouncer in front of a server, in transaction mode unless told otherwise.
 *
 * Owner: one test or script. It keeps its port across restarts.
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Client } from 'pg';
import { type Accepted, untilAccepting } from './pg_accepting';
import { kAppDatabase, kAppUser } from './pg_template';
import { releasePort, reservePort } from './ports';
import { type UrlOptions } from './postgres';
import { runUnprivileged } from './unprivileged';
import { claimDirectory, releaseDirectory, spawnServer, waitForExit } from './workspace';

/** A PostgresCluster, or a proxy in front of one. */
export interface BouncerTarget {
  readonly host: string;
  readonly port: number;
}

export interface BouncerOptions {
  readonly target: BouncerTarget;
  /** Default 'transaction'. */
  readonly poolMode?: 'transaction' | 'session' | 'statement';
  /**
   * Seconds for which clients are refused after a failed login to the server, before it tries again; fractions are
   * allowed. Default 15, as PgBouncer's own.
   */
  readonly serverLoginRetry?: number;
  /** Of the roles `app` and `postgres`, towards clients and the server. Default: everybody is trusted. */
  readonly password?: string;
  /** Further entries of the section [pgbouncer]. */
  readonly settings?: Readonly<Record<string, string>>;
}

const kConsole = 'pgbouncer';
const kRoles = [kAppUser, 'postgres'];

export class PgBouncer {
  private target: BouncerTarget;
  private settings: Record<string, string>;
  private readonly binary = findBinary();
  private dir = '';
  private portNumber = 0;
  private process: ChildProcess | undefined;
  private disposing: Promise<void> | undefined;

  private constructor(private readonly options: BouncerOptions) {
    this.target = options.target;
    this.settings = { ...options.settings };
  }

  static async start(options: BouncerOptions): Promise<PgBouncer> {
    const bouncer = new PgBouncer(options);
    try {
      bouncer.portNumber = await reservePort();
      bouncer.dir = claimDirectory('bouncer');
      await bouncer.start();
      return bouncer;
    } catch (error) {
      await bouncer.dispose();
      throw error;
    }
  }

  get host(): string {
    return '127.0.0.1';
  }

  get port(): number {
    return this.portNumber;
  }

  get isRunning(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  log(): string {
    const file = path.join(this.dir, 'log');
    return this.dir !== '' && fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  }

  url(options: Omit<UrlOptions, 'host' | 'port'> = {}): string {
    const url = new URL(
      `postgresql://${this.host}:${this.port}/${encodeURIComponent(options.database ?? kAppDatabase)}`,
    );
    url.username = encodeURIComponent(options.user ?? kAppUser);
    const password = options.password ?? this.options.password;
    if (password !== undefined) url.password = encodeURIComponent(password);
    for (const [name, value] of Object.entries(options.params ?? {})) url.searchParams.set(name, value);
    return url.toString();
  }

  /** Resolves once it lets clients in, whether or not its server is there. */
  async start(): Promise<Accepted> {
    if (this.disposing) throw new Error('this PgBouncer is disposed of');
    if (this.isRunning) throw new Error('PgBouncer runs already');
    await this.writeConfiguration();
    const child = spawnServer(this.binary, [this.iniFile], { dir: this.dir, logFile: path.join(this.dir, 'log') });
    this.process = child;
    // Its own console: logging in to a database waits for the server.
    return untilAccepting(this, 'postgres', kConsole, () =>
      this.isRunning ? undefined : `PgBouncer ended while starting:\n${this.log().slice(-2000)}`,
    );
  }

  /** Drops all connections at once. */
  async stop(): Promise<void> {
    if (!this.process || !this.isRunning) return;
    this.process.kill('SIGTERM');
    this.process.kill('SIGCONT');
    if (await waitForExit(this.process, 5000)) return;
    this.process.kill('SIGKILL');
    await waitForExit(this.process, 5000);
  }

  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  /** A command of the admin console, for example `SHOW POOLS`, `PAUSE`, `RESUME`, `KILL app`; its rows. */
  async admin(command: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.url({ user: 'postgres', database: kConsole }) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(command)).rows;
    } finally {
      client.end().catch(() => undefined);
    }
  }

  /** Changes settings of a running PgBouncer, and where it sends its clients. */
  async configure(change: {
    readonly target?: BouncerTarget;
    readonly settings?: Readonly<Record<string, string>>;
  }): Promise<void> {
    this.target = change.target ?? this.target;
    this.settings = { ...this.settings, ...change.settings };
    await this.writeConfiguration();
    if (this.isRunning) await this.admin('RELOAD');
  }

  /** Idempotent. */
  dispose(): Promise<void> {
    this.disposing ??= this.tearDown();
    return this.disposing;
  }

  private get iniFile(): string {
    return path.join(this.dir, 'pgbouncer.ini');
  }

  private async writeConfiguration(): Promise<void> {
    const { password, poolMode = 'transaction', serverLoginRetry = 15 } = this.options;
    const users = path.join(this.dir, 'users');
    const settings: Record<string, string> = {
      listen_addr: this.host,
      listen_port: String(this.port),
      unix_socket_dir: '',
      auth_type: password === undefined ? 'trust' : 'scram-sha-256',
      auth_file: users,
      admin_users: 'postgres',
      pool_mode: poolMode,
      server_login_retry: String(serverLoginRetry),
      max_client_conn: '1000',
      // What drivers send at startup and transaction mode cannot keep.
      ignore_startup_parameters: 'extra_float_digits,options,search_path',
      ...this.settings,
    };
    const ini = [
      '[databases]',
      `* = host=${this.target.host} port=${this.target.port}`,
      '[pgbouncer]',
      ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
      '',
    ];
    const login = (role: string): string => `"${role}" "${(password ?? '').replace(/"/g, '""')}"`;
    await this.write(users, kRoles.map(login).join('\n') + '\n');
    await this.write(this.iniFile, ini.join('\n'));
  }

  /** As the user that reads it; it holds a password. */
  private async write(file: string, content: string): Promise<void> {
    await runUnprivileged('sh', ['-c', 'umask 077; cat > "$1"', 'write', file], { input: content });
  }

  private async tearDown(): Promise<void> {
    await this.stop();
    if (this.dir !== '') releaseDirectory(this.dir);
    if (this.portNumber !== 0) releasePort(this.portNumber);
  }
}

function findBinary(): string {
  const candidates = [process.env.PGBOUNCER, '/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'];
  for (const candidate of candidates) if (candidate && fs.existsSync(candidate)) return candidate;
  try {
    return execFileSync('sh', ['-c', 'command -v pgbouncer'], { encoding: 'utf8' }).trim();
  } catch {
    throw new Error('found no PgBouncer: install the package pgbouncer, or name the binary in PGBOUNCER');
  }
}
