/** Ports that stay ours while nobody listens on them, held by lock files against other test processes. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { findPort } from '../../lib/faults/network/ports';
import { cacheDirectory } from './cache_directory';
import { exists } from './unprivileged';

function lockOf(port: number): string {
  return path.join(cacheDirectory('ports'), String(port));
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

/** Reserves a TCP port of the loopback interface until `releasePort` or the end of this process. */
export function reservePort(): Promise<number> {
  return findPort({ tryClaim: tryLock, release: releasePort });
}

export function releasePort(port: number): void {
  fs.rmSync(lockOf(port), { force: true });
}
