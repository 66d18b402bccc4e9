/**
 * A real MariaDB server of its own: stopped, killed, frozen.
 *
 * Owner: one test or script. It needs Debian's mariadb-server-core (or the like) and no client program.
 */
import { type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { releasePort, reservePort } from './ports';
import { isStopped, runUnprivileged } from './unprivileged';
import { claimDirectory, releaseDirectory, spawnServer, waitForExit } from './workspace';

const kServers = [
  '/usr/sbin/mariadbd',
  '/usr/local/sbin/mariadbd',
  '/usr/local/bin/mariadbd',
  '/opt/homebrew/bin/mariadbd',
];
const kScripts = ['/usr/share/mysql', '/usr/share/mariadb', '/usr/local/share/mysql', '/opt/homebrew/share/mysql'];
const kSystemTables = ['mysql_system_tables.sql', 'mysql_performance_tables.sql', 'mysql_system_tables_data.sql'];

/** An ordinary account, without the right to write to a read-only server. */
export const kMariaUser = 'app';
export const kMariaPassword = 'secret';
export const kMariaDatabase = 'app';

const kOptions = [
  '--no-defaults',
  '--bind-address=127.0.0.1',
  '--skip-name-resolve',
  // What is acknowledged outlives a kill. With 0 and 2 it may not: where the log is mapped into memory, as it is in /dev/shm,
  // COMMIT is answered while another thread, that has lost its processor, still copies what comes before it.
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-log-file-size=4M',
  '--innodb-buffer-pool-size=16M',
  '--innodb-use-native-aio=0',
];

export class MariaDb {
  private dir = '';
  private portNumber = 0;
  private server: ChildProcess | undefined;

  private constructor(private readonly options: readonly string[]) {}

  /** `options` as mariadbd's own command line has them. */
  static async start(options: readonly string[] = []): Promise<MariaDb> {
    const database = new MariaDb(options);
    try {
      database.portNumber = await reservePort();
      database.dir = claimDirectory('mariadb');
      await database.bootstrap();
      await database.start();
      return database;
    } catch (error) {
      await database.dispose();
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
    return this.server !== undefined && this.server.exitCode === null && this.server.signalCode === null;
  }

  /** Resolves once the server greets clients. Throws with the end of its log if it gives up. */
  async start(...more: string[]): Promise<void> {
    const log = path.join(this.dir, 'log');
    const server = spawnServer(
      find(kServers),
      [...kOptions, ...this.place(), `--port=${this.port}`, ...this.options, ...more],
      { dir: this.dir, logFile: log },
    );
    this.server = server;
    while (!(await greets(this.port))) {
      if (server.exitCode !== null || server.signalCode !== null)
        throw new Error(`mariadbd ended while starting:\n${fs.readFileSync(log, 'utf8').slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Resolves when the server has ended. SIGTERM is a shutdown that ends every connection, SIGKILL a crash. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (!this.server || !this.isRunning) return;
    this.server.kill(signal);
    this.server.kill('SIGCONT');
    await waitForExit(this.server, 60_000);
  }

  async freeze(): Promise<void> {
    const pid = this.server?.pid;
    if (pid === undefined) throw new Error('the server does not run');
    process.kill(pid, 'SIGSTOP');
    while (!isStopped(pid)) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  thaw(): void {
    if (this.isRunning) this.server?.kill('SIGCONT');
  }

  /** Ends the server and removes all that it left. Idempotent. */
  async dispose(): Promise<void> {
    await this.stop('SIGKILL');
    if (this.dir !== '') releaseDirectory(this.dir);
    this.dir = '';
    if (this.portNumber !== 0) releasePort(this.portNumber);
    this.portNumber = 0;
  }

  private place(): string[] {
    // A server that starts removes the temporary tables that it finds, those of a neighbour in a shared folder as well.
    return [
      `--datadir=${path.join(this.dir, 'data')}`,
      `--tmpdir=${path.join(this.dir, 'tmp')}`,
      `--socket=${path.join(this.dir, 'socket')}`,
    ];
  }

  /** What mariadb-install-db does, which Debian's server package alone cannot run. */
  private async bootstrap(): Promise<void> {
    const scripts = kScripts.find((directory) => fs.existsSync(path.join(directory, 'mysql_system_tables.sql')));
    if (!scripts) throw new Error(`found no mysql_system_tables.sql in ${kScripts.join(', ')}`);
    await runUnprivileged('mkdir', [path.join(this.dir, 'data'), path.join(this.dir, 'tmp')]);
    const rights = `ALL PRIVILEGES ON ${kMariaDatabase}.* TO '${kMariaUser}'@'%' IDENTIFIED BY '${kMariaPassword}'`;
    const input = [
      'create database mysql;',
      'use mysql;',
      'set @auth_root_socket=NULL;',
      'set @skip_auth_anonymous=1;',
      ...kSystemTables.map((file) => fs.readFileSync(path.join(scripts, file), 'utf8')),
      'flush privileges;',
      `create database ${kMariaDatabase};`,
      `grant ${rights};`,
      `grant all privileges on *.* to 'root'@'127.0.0.1' with grant option;`,
      '',
    ].join('\n');
    await runUnprivileged(find(kServers), [...kOptions, '--bootstrap', ...this.place()], { input });
  }
}

function find(places: readonly string[]): string {
  const found = places.find((place) => fs.existsSync(place));
  if (found) return found;
  throw new Error('mariadbd is missing; on Debian or Ubuntu: apt-get install mariadb-server-core');
}

/** A server speaks first. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('end', () => settle(false));
  });
}
