/** What is said about the adapter of a real client at its start. */
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';

import { ResilientPrismaClient, poolConfig, type FactoryContext } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { generatedClient } from '../../support/prisma';

jest.setTimeout(60_000);

const { PrismaClient } = generatedClient();

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
});
afterAll(() => cluster.dispose());

async function warningsOf(adapter: PrismaPg, wrap = (_: FactoryContext, bare: PrismaPg) => bare): Promise<string[]> {
  const warnings: string[] = [];
  const ignore = (): void => undefined;
  const logger = { debug: ignore, info: ignore, error: ignore, warn: (line: string) => void warnings.push(line) };
  const resilient = new ResilientPrismaClient((context) => new PrismaClient({ adapter: wrap(context, adapter) }), {
    logging: { logger },
  });
  await resilient.ready();
  await resilient.shutdown();
  return warnings.filter((line) => line.includes('adapter:'));
}

test.each<[string, ((context: FactoryContext, adapter: PrismaPg) => PrismaPg) | undefined]>([
  ['as it is', undefined],
  ['beneath the guard', (context, adapter) => context.guard(adapter)],
])('%s', async (_, wrap) => {
  expect(await warningsOf(new PrismaPg(poolConfig(cluster.url())), wrap)).toEqual([]);
  expect(await warningsOf(new PrismaPg({ connectionString: cluster.url() }), wrap)).toEqual([
    expect.stringContaining('connectionTimeoutMillis'),
    expect.stringContaining('keepAlive'),
  ]);
});

test("a pool of the user's own without an 'error' listener", async () => {
  const pool = new Pool(poolConfig(cluster.url()));
  expect(await warningsOf(new PrismaPg(pool))).toEqual([expect.stringContaining("'error' listener")]);
  pool.on('error', () => undefined);
  expect(await warningsOf(new PrismaPg(pool))).toEqual([]);
  await pool.end();
});
