/**
 * A MariaDB that is stopped for three seconds under a hundred creates a second: how long after its greeting the first one
 * succeeds, and how long until all that began before it have settled. A bare client, and the package.
 *
 *   npm run bench:outage-mariadb [-- --rounds 3 --prisma 7.10]
 */
import { parseArgs } from 'node:util';
import { ResilientPrismaClient } from '../../../lib';
import { versionOf } from '../../chaos/run';
import type { PrismaVersion, TestClient } from '../../e2e/errors/prisma-version';
import { MariaDb, kMariaDatabase, kMariaPassword, kMariaUser } from '../../support/mariadb';
import { median } from '../paired';

const kDownMs = 3000;
const kEveryMs = 10;
const kFirstBarMs = 100;
const kSettledBarMs = 300;
const kPool = 10;

interface Times {
  /** After the server's greeting, in ms. */
  readonly first: number;
  readonly settled: number;
  readonly failed: number;
}
interface Subject {
  readonly client: TestClient;
  close(): Promise<unknown>;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function adapter(version: PrismaVersion, port: number): never {
  return version.make('@prisma/adapter-mariadb', 'PrismaMariaDb', {
    host: '127.0.0.1',
    port,
    user: kMariaUser,
    password: kMariaPassword,
    database: kMariaDatabase,
    connectionLimit: kPool,
  }) as never;
}

const kSubjects: Readonly<Record<string, (version: PrismaVersion, port: number) => Promise<Subject>>> = {
  bare: (version, port) => {
    const client = version.newClient('mysql', adapter(version, port));
    return Promise.resolve({ client, close: () => client.$disconnect() });
  },
  resilient: async (version, port) => {
    const resilient = new ResilientPrismaClient(
      (ctx) =>
        version.newClient('mysql', ctx.guard(adapter(version, port))) as TestClient & { $connect(): Promise<void> },
      {
        logging: { level: 'silent' },
        // The adapter does not tell where its server is.
        probe: { url: `mysql://${kMariaUser}:${kMariaPassword}@127.0.0.1:${port}/${kMariaDatabase}` },
      },
    );
    await resilient.ready();
    return { client: resilient.getClient(), close: () => resilient.shutdown({ drainMs: 1000 }) };
  },
};

async function outage(server: MariaDb, { client }: Subject, round: string): Promise<Times> {
  let greetedAt = Infinity;
  let first = Infinity;
  let settled = 0;
  let failed = 0;
  let running = true;
  const all: Promise<void>[] = [];
  const one = async (token: string): Promise<void> => {
    const begunAt = performance.now();
    const ok = await Promise.resolve(client.token.create({ data: { token } })).then(
      () => true,
      () => false,
    );
    const now = performance.now();
    if (!ok) failed += 1;
    if (ok && now > greetedAt && begunAt > greetedAt - kDownMs) first = Math.min(first, now - greetedAt);
    if (begunAt < greetedAt) settled = Math.max(settled, now - greetedAt);
  };
  const load = (async () => {
    for (let n = 0; running; n += 1) {
      all.push(one(`${round}-${n}`));
      await pause(kEveryMs);
    }
  })();
  await pause(1000);
  const stoppedAt = performance.now();
  await server.stop();
  await pause(Math.max(0, kDownMs - (performance.now() - stoppedAt)));
  await server.start();
  greetedAt = performance.now();
  await pause(2000);
  running = false;
  await load;
  await Promise.all(all);
  return { first, settled, failed };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '3' }, prisma: { type: 'string', default: '7.10' } },
  });
  const version = versionOf(values.prisma);
  version.setUp('mysql');
  // What the driver leaves to nobody would end this process under the bare client (docs/limits.md).
  process.on('unhandledRejection', () => undefined);
  const server = await MariaDb.start();
  try {
    const { createConnection } = version.module('mariadb') as unknown as {
      createConnection(options: object): Promise<{ query(sql: string): Promise<unknown>; end(): Promise<void> }>;
    };
    const control = await createConnection({ port: server.port, host: '127.0.0.1', user: 'root', database: 'app' });
    await control.query(
      'CREATE TABLE tokens (id INT AUTO_INCREMENT PRIMARY KEY, token VARCHAR(191) NOT NULL, small SMALLINT NOT NULL DEFAULT 0)',
    );
    await control.end();
    console.log(`MariaDB stopped for ${kDownMs / 1000} s, ${1000 / kEveryMs} creates a second, ${version.name}\n`);
    for (const [name, open] of Object.entries(kSubjects)) {
      const rounds: Times[] = [];
      for (let n = 0; n < Number(values.rounds); n += 1) {
        const subject = await open(version, server.port);
        rounds.push(await outage(server, subject, `${name}-${n}`));
        await subject.close();
      }
      const of = (key: keyof Times): string => rounds.map((each) => each[key].toFixed(0)).join(', ');
      console.log(`${name}: first success ${of('first')} ms, all settled ${of('settled')} ms, failed ${of('failed')}`);
      if (name === 'bare') continue;
      for (const [key, bar] of [['first', kFirstBarMs] as const, ['settled', kSettledBarMs] as const]) {
        const value = median(rounds.map((each) => each[key]));
        if (value > bar) process.exitCode = 1;
        console.log(`${value > bar ? 'MISSED ' : 'reached'}  ${key}: ${value.toFixed(0)} ms, bar at most ${bar} ms`);
      }
    }
  } finally {
    await server.dispose();
  }
}

void main();
