/** Finds out the moment at which a PostgreSQL server takes connections, with as little of its own delay as possible. */
import * as net from 'node:net';
import { performance } from 'node:perf_hooks';

export interface Accepted {
  /** When the server was first seen to answer, as `performance.now()` counts in this process. */
  readonly at: number;
  /** The same moment as milliseconds of the epoch. */
  readonly epochMs: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

function startupPacket(user: string, database: string): Buffer {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
}

/** One attempt: true where the server asks for a password or lets us in, false where it is absent, starting or silent. */
export function answers(address: Address, user: string, database: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(timeoutMs, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('connect', () => socket.write(startupPacket(user, database)));
    // 'R' opens authentication; a server that is starting or stopping sends 'E'.
    socket.once('data', (reply) => settle(reply[0] === 0x52));
  });
}

/** Asks every few milliseconds until the server answers, or until `isOver` says to stop, which rejects. */
export async function untilAccepting(
  address: Address,
  user: string,
  database: string,
  isOver: () => string | undefined,
): Promise<Accepted> {
  for (;;) {
    if (await answers(address, user, database, 1000)) return { at: performance.now(), epochMs: Date.now() };
    const reason = isOver();
    if (reason !== undefined) throw new Error(reason);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}
