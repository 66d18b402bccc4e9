/**
 * Ports that stay ours while nobody listens on them.
 *
 * A port from `bind(0)` lies in the range that the kernel also gives to outgoing connections: while a server is down,
 * a client's retry can be given that very port, so that the server cannot come back, or even connect to itself. So
 * ports are taken below that range, and held by a lock file against other test processes.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { cacheDirectory } from './cache_directory';
import { exists } from './unprivileged';

const kLowest = 10_000;
const kDefaultEphemeral = 32_768;

function lockOf(port: number): string {
  return path.join(cacheDirectory('ports'), String(port));
}

function firstEphemeral(): number {
  try {
    const first = Number(fs.readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0]);
    return first > kLowest + 1000 ? first : kDefaultEphemeral;
  } catch {
    return kDefaultEphemeral;
  }
}

function holderIsAlive(lock: string): boolean {
  const pid = Number(fs.readFileSync(lock, 'utf8'));
  // Written a moment after it is created: an empty lock belongs to somebody.
  if (!pid) return true;
  return exists(pid);
}

function tryLock(port: number): boolean {
  const lock = lockOf(port);
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    try {
      // Only removed here; taking it at once would race with another who does the same.
      if (!holderIsAlive(lock)) fs.rmSync(lock, { force: true });
    } catch {
      // Released, or removed by another, in the meantime.
    }
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Reserves a TCP port of the loopback interface until `releasePort` or the end of this process. */
export async function reservePort(): Promise<number> {
  const span = firstEphemeral() - kLowest;
  for (let tries = 0; tries < 200; tries += 1) {
    const port = kLowest + Math.floor(Math.random() * span);
    if (!tryLock(port)) continue;
    if (await isFree(port)) return port;
    releasePort(port);
  }
  throw new Error(`found no free port between ${kLowest} and ${kLowest + span}`);
}

export function releasePort(port: number): void {
  fs.rmSync(lockOf(port), { force: true });
}
