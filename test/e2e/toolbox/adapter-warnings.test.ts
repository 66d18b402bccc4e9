/** What is said about the adapter of a real client at its start. */
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';

import { ResilientPrismaClient, poolConfig, type FactoryContext } from '../../../lib';
import { forgetTold } from '../../../lib/toolbox/adapter-warnings';
import { PostgresCluster } from '../../support/postgres';
import { generatedClient } from '../../support/prisma';

jest.setTimeout(60_000);

const { PrismaClient } = generatedClient();

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
});
afterAll(() => cluster.dispose());
beforeEach(() => forgetTold());

type Wrap = (context: FactoryContext, bare: PrismaPg) => PrismaPg;
const bare: Wrap = (_, adapter) => adapter;
const guarded: Wrap = (context, adapter) => context.guard(adapter);

async function saidOf(adapter: PrismaPg, wrap = bare): Promise<{ warnings: string[]; details: string[] }> {
  const warnings: string[] = [];
  const details: string[] = [];
  const ignore = (): void => undefined;
  const logger = {
    debug: (line: string) => void details.push(line),
    info: ignore,
    error: ignore,
    warn: (line: string) => void warnings.push(line),
  };
  const resilient = new ResilientPrismaClient((context) => new PrismaClient({ adapter: wrap(context, adapter) }), {
    logging: { logger, level: 'debug' },
  });
  await resilient.ready();
  await resilient.shutdown();
  const [ofIt, more] = [warnings, details].map((lines) => lines.filter((line) => line.includes('adapter:')));
  return { warnings: ofIt, details: more };
}

async function warningsOf(adapter: PrismaPg, wrap = bare): Promise<string[]> {
  return (await saidOf(adapter, wrap)).warnings;
}

test('without the guard, what the pool lacks is warned of', async () => {
  expect(await warningsOf(new PrismaPg(poolConfig(cluster.url())))).toEqual([]);
  expect(await warningsOf(new PrismaPg({ connectionString: cluster.url() }))).toEqual([
    expect.stringContaining('connectionTimeoutMillis'),
    expect.stringContaining('keepAlive'),
  ]);
});

test('the guard sets what the user has not, says so in debug, and leaves nothing to warn of', async () => {
  const config = { connectionString: cluster.url() };
  const said = await saidOf(new PrismaPg(config), guarded);
  expect(said.warnings).toEqual([]);
  expect(said.details).toEqual([expect.stringContaining('connectionTimeoutMillis: 10000, keepAlive: true')]);
  expect(config).toEqual({ connectionString: cluster.url() });
});

test('the pool that the guarded adapter makes has these settings', async () => {
  const adapter = new PrismaPg({ connectionString: cluster.url() });
  let pool: Pool | undefined;
  const connect = adapter.connect.bind(adapter);
  adapter.connect = async () => {
    const connected = await connect();
    pool = connected.underlyingDriver();
    return connected;
  };
  await saidOf(adapter, guarded);
  expect(pool?.options).toMatchObject({ connectionTimeoutMillis: 10_000, keepAlive: true });
});

test('what the user has set stays, and is warned of', async () => {
  const own = new PrismaPg({ connectionString: cluster.url(), connectionTimeoutMillis: 0, keepAlive: false });
  expect(await saidOf(own, guarded)).toEqual({
    warnings: [expect.stringContaining('connectionTimeoutMillis'), expect.stringContaining('keepAlive')],
    details: [],
  });
});

test("a pool of the user's own without an 'error' listener", async () => {
  const pool = new Pool(poolConfig(cluster.url()));
  expect(await warningsOf(new PrismaPg(pool))).toEqual([expect.stringContaining("'error' listener")]);
  pool.on('error', () => undefined);
  expect(await warningsOf(new PrismaPg(pool))).toEqual([]);
  await pool.end();
});

test('a process of many clients is told of each kind once', async () => {
  const lacking = (): PrismaPg => new PrismaPg({ connectionString: cluster.url(), keepAlive: true });
  expect(await warningsOf(lacking())).toHaveLength(1);
  expect(await warningsOf(lacking())).toEqual([]);
  // Another kind is news.
  expect(await warningsOf(new PrismaPg({ connectionString: cluster.url(), connectionTimeoutMillis: 1000 }))).toEqual([
    expect.stringContaining('keepAlive'),
  ]);
});
