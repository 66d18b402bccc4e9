/** A server that asks for a password in the clear never hears it, unless the connection is verified. */
import { randomBytes } from 'node:crypto';
import type * as net from 'node:net';

import { PrismaPg } from '@prisma/adapter-pg';

import { driverSettings } from '../../../lib/host/driver-settings';
import { probeTarget } from '../../../lib/host/probe-target';
import { Authority, type Signed } from '../../binding/support/certificates';
import { front, kPassword, portOf } from './servers';
import { inTurn, kLibpq, kNodePostgres, look } from './ways';

const kAuthentication = {
  clear: Buffer.from('R\0\0\0\x08\0\0\0\x03', 'latin1'),
  md5: Buffer.from('R\0\0\0\x0c\0\0\0\x05salt', 'latin1'),
};

let authority: Authority;
let stranger: Authority;
beforeAll(() => {
  authority = new Authority('ours');
  stranger = new Authority('nobody knows');
});
afterAll(() => {
  authority.dispose();
  stranger.dispose();
});

/** Asks everybody for a password, and keeps what it hears. */
async function thief(
  signed: Signed | undefined,
  asks: Buffer,
): Promise<{ port: number; heard: string[]; close(): void }> {
  const heard: string[] = [];
  const server = await front(signed, (client: net.Socket) => {
    client.once('data', () => {
      client.on('data', (data) => heard.push(data.toString('latin1')));
      client.write(asks);
    });
  });
  return { port: portOf(server), heard, close: () => void server.close() };
}

/** A PasswordMessage; what else is said may be TLS's farewell. */
const told = (heard: readonly string[]): boolean =>
  heard.some((text) => text.startsWith('p') || text.includes(kPassword));

describe.each(['clear', 'md5'] as const)('%s', (kind) => {
  test.each(['self-signed', 'no TLS'] as const)('every way to say TLS, %s', async (server) => {
    const signed =
      server === 'no TLS' ? undefined : stranger.sign({ commonName: 'localhost', altNames: 'DNS:localhost' });
    const { port, heard, close } = await thief(signed, kAuthentication[kind]);
    const place = { port, password: kPassword, authority: authority.certificate };
    const asked: [said: string, options: Parameters<typeof look>[0]][] = [];
    for (const way of kNodePostgres) {
      const adapter = new PrismaPg(way.config(place));
      const known = { guardedAdapter: adapter, adapter, complete: true };
      const target = probeTarget(undefined, known, '');
      if (!target) throw new Error('no target');
      asked.push([way.said, { target, driver: driverSettings(known) }]);
      asked.push([`${way.said}, to another driver`, { target, driver: { driver: 'unknown' } }]);
    }
    for (const query of [...kLibpq, 'sslaccept=accept_invalid_certs', 'sslmode=no-verify']) {
      const url = `postgres://app:${kPassword}@localhost:${port}/app${query && `?${query.replace('CA', place.authority)}`}`;
      for (const driver of ['libpq', 'prismaEngine', 'nodePostgres', 'unknown'] as const) {
        asked.push([`${query}, ${driver}`, { target: { url }, driver: { driver } }]);
      }
    }
    await inTurn(asked, async ([said, options]) => {
      await look(options);
      expect({ said, told: told(heard) }).toEqual({ said, told: false });
    });
    close();
  });

  test('a server that is verified is told it', async () => {
    const signed = authority.sign({ commonName: 'localhost', altNames: 'DNS:localhost' });
    const { port, heard, close } = await thief(signed, kAuthentication[kind]);
    const url = `postgres://app:${kPassword}@localhost:${port}/app?sslmode=verify-full&sslrootcert=${authority.certificate}`;
    const looking = look({ target: { url }, driver: { driver: 'nodePostgres' } });
    while (!told(heard)) await new Promise((resolve) => setTimeout(resolve, 10));
    close();
    await looking.catch(() => undefined);
  });
});

test('whoever asks for a password has answered', async () => {
  const { port, close } = await thief(undefined, kAuthentication.clear);
  const result = await look({
    target: { url: `postgres://app:${randomBytes(8).toString('hex')}@localhost:${port}/app` },
  });
  expect(result).toMatchObject({ verdict: 'up', code: 'EAUTH' });
  expect(result.message).toContain('was not told');
  close();
});
