/**
 * A real Redis server of its own, without persistence: what it held is gone after a restart.
 *
 * Owner: one test or script. It keeps its port across restarts.
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import * as net from 'node:net';
import * as path from 'node:path';
import { releasePort, reservePort } from './ports';
import { claimDirectory, releaseDirectory, spawnServer, waitForExit } from './workspace';

const kStartTimeoutMs = 10_000;

export class RedisServer {
  private dir = '';
  private portNumber = 0;
  private process: ChildProcess | undefined;

  static async start(): Promise<RedisServer> {
    const server = new RedisServer();
    try {
      server.portNumber = await reservePort();
      server.dir = claimDirectory('redis');
      await server.start();
      return server;
    } catch (error) {
      await server.dispose();
      throw error;
    }
  }

  get port(): number {
    return this.portNumber;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.portNumber}`;
  }

  get isRunning(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    if (this.isRunning) throw new Error('Redis runs already');
    const args = ['--port', String(this.portNumber), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.process = spawnServer(findBinary(), args, { dir: this.dir, logFile: path.join(this.dir, 'log') });
    const giveUpAt = Date.now() + kStartTimeoutMs;
    while (!(await answers(this.portNumber))) {
      if (!this.isRunning || Date.now() > giveUpAt) throw new Error('Redis did not start');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

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

  async dispose(): Promise<void> {
    await this.stop();
    if (this.dir !== '') releaseDirectory(this.dir);
    this.dir = '';
    if (this.portNumber !== 0) releasePort(this.portNumber);
    this.portNumber = 0;
  }
}

function findBinary(): string {
  try {
    return execFileSync('sh', ['-c', 'command -v redis-server'], { encoding: 'utf8' }).trim();
  } catch {
    throw new Error('redis-server is not installed: apt-get install redis-server');
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(1000, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.on('data', (data) => settle(data.toString().startsWith('+PONG')));
  });
}
