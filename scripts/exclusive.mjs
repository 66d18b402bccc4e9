// What only one process of this checkout may do at a time, such as to install packages into it.
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Runs `work` while no other process of this checkout runs work of this name. The lock is a name that a socket listens
 * on, in no file system: the kernel takes it back however its owner ends. Systems without such names have no lock.
 */
export async function exclusively(name, work) {
  const hash = createHash('sha256').update(`${root}\n${name}`).digest('hex').slice(0, 32);
  const lock = process.platform === 'linux' ? await take(`\0${hash}`) : undefined;
  try {
    return await work();
  } finally {
    lock?.close();
  }
}

async function take(name) {
  for (;;) {
    const server = createServer();
    const held = await new Promise((resolve, reject) => {
      server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
      server.listen(name, () => resolve(true));
    });
    if (held) return server;
    await sleep(50);
  }
}
