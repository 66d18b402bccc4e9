/**
 * A program whose connections to MariaDB break between their login and their first statement: the first one it ever
 * makes, later ones, or later ones where the driver is part of a bundle. Arguments: which of them, and the version of
 * Prisma, which is set up. Says that it is alive in the end.
 */
import * as net from 'node:net';
import { ResilientPrismaClient } from '../../lib';
import { type PrismaMajor, PrismaVersion, type TestClient } from '../e2e/errors/prisma-version';
import { kMariaDatabase, kMariaPassword, kMariaUser, MariaDb } from '../support/mariadb';

/** By number, in the order in which the pool makes them. */
const kCut = { first: [0, 1], later: [1, 2, 3], bundled: [4, 5] } as const;
let cuts = 0;

/** Breaks the connections of these numbers as soon as the server has let them in. */
async function breakLogins(port: number, numbers: readonly number[]): Promise<net.Server> {
  let made = 0;
  const server = net.createServer((client) => {
    const breaks = numbers.includes(made);
    made += 1;
    const upstream = net.connect(port, '127.0.0.1');
    const cut = (): void => void (client.destroy(), upstream.destroy());
    for (const socket of [client, upstream]) socket.on('error', cut).on('close', cut);
    let answers = 0;
    client.on('data', (data) => {
      if (!breaks || answers !== 2) return void upstream.write(data);
      cuts += 1;
      cut();
    });
    upstream.on('data', (data) => void ((answers += 1), client.write(data)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** From whoever looks for it among the modules that Node has loaded. */
function hideDriver(): void {
  for (const file of Object.keys(require.cache)) if (/[\\/]mariadb[\\/]/.test(file)) delete require.cache[file];
}

async function main(which: keyof typeof kCut, version: PrismaVersion): Promise<void> {
  const server = await MariaDb.start();
  const network = await breakLogins(server.port, kCut[which]);
  try {
    const account = { host: '127.0.0.1', user: kMariaUser, password: kMariaPassword, database: kMariaDatabase };
    const { port } = network.address() as net.AddressInfo;
    const pool = { ...account, port, connectionLimit: 8 };
    const resilient = new ResilientPrismaClient(
      (ctx) => {
        const made = version.make('@prisma/adapter-mariadb', 'PrismaMariaDb', pool);
        if (which === 'bundled') hideDriver();
        const factory = ctx.guard(made as never);
        return version.newClient('mysql', factory) as TestClient & { $connect(): Promise<void> };
      },
      { logging: { level: 'silent' } },
    );
    const client = resilient.getClient();
    do await Promise.all(Array.from({ length: 8 }, () => client.$queryRawUnsafe('SELECT SLEEP(0.1)')));
    while (cuts < kCut[which].length);
    await resilient.shutdown();
    console.log('alive');
  } finally {
    network.close();
    await server.dispose();
  }
}

const [which, major] = process.argv.slice(2);
void main(which as keyof typeof kCut, new PrismaVersion(Number(major) as PrismaMajor)).then(() => process.exit());
