/**
 * Ports that stay ours while nobody listens on them.
 *
 * A port from `bind(0)` lies in the range that the kernel also gives to outgoing connections: while nobody listens on
 * it, a client's retry can be given that very port, so that it is lost, or even connects to itself. So ports are taken
 * below that range.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';

const kLowest = 10_000;
const kDefaultEphemeral = 32_768;
const kTries = 200;

function firstEphemeral(): number {
  try {
    const first = Number(fs.readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0]);
    return first > kLowest + 1000 ? first : kDefaultEphemeral;
  } catch {
    return kDefaultEphemeral;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Who else has to agree that a port may be taken, before and after it was found to be free. */
interface PortClaims {
  tryClaim(port: number): boolean;
  release(port: number): void;
}

/** A TCP port of the loopback interface on which nobody listens. */
export async function findPort(claims?: PortClaims): Promise<number> {
  const span = firstEphemeral() - kLowest;
  for (let tries = 0; tries < kTries; tries += 1) {
    const port = kLowest + Math.floor(Math.random() * span);
    if (claims && !claims.tryClaim(port)) continue;
    if (await isFree(port)) return port;
    claims?.release(port);
  }
  throw new Error(`found no free port between ${kLowest} and ${kLowest + span}`);
}
