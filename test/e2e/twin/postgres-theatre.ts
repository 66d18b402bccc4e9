/** PostgreSQL for the twins, with any version of Prisma. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { PostgresCluster } from '../../support/postgres';
import { emptyTables } from '../../support/prisma';
import { PrismaVersion, type Release } from '../errors/prisma-version';
import type { Theatre } from './harness';
import type { AnyClient } from './scenario';

/** A file of the twins' schema. */
export const readSchema = (file: string): string => readFileSync(join(__dirname, 'schema', file), 'utf8');

export interface PostgresTheatre extends Theatre {
  readonly cluster: PostgresCluster;
  newAdapter(): unknown;
  close(): Promise<void>;
}

export interface PostgresTheatreOptions {
  /** Clients are made with this package's guard beneath them. */
  readonly guarded?: boolean;
}

export async function openPostgresTheatre(
  release: Release,
  { guarded = false }: PostgresTheatreOptions = {},
): Promise<PostgresTheatre> {
  const version = new PrismaVersion(release);
  version.setUp('postgresql');
  const module = version.clientModule('postgresql-twins') as AnyClient;
  const cluster = await PostgresCluster.start();
  await cluster.query(`SET ROLE app; ${readSchema('tables.postgresql.sql')} RESET ROLE;`);
  const rows = readSchema('rows.sql');
  const pools: Pool[] = [];

  /** Prisma 5's adapter takes a pool, which it leaves open. */
  const newAdapter = (): unknown => {
    const settings = { connectionString: cluster.url() };
    if (release !== 5) return version.make('@prisma/adapter-pg', 'PrismaPg', settings);
    const pool = version.make('pg', 'Pool', settings) as Pool;
    pools.push(pool);
    return version.make('@prisma/adapter-pg', 'PrismaPg', pool);
  };

  const endPools = (): Promise<unknown> => Promise.all(pools.splice(0).map((pool) => pool.end()));

  return {
    module,
    cluster,
    newAdapter,
    provider: 'postgresql',
    major: String(version.major) as Theatre['major'],
    makeClient(options, context) {
      const adapter = newAdapter();
      return new module.PrismaClient({ adapter: guarded && context ? context.guard(adapter) : adapter, ...options });
    },
    async resetRows() {
      await endPools();
      await emptyTables(cluster);
      await cluster.query(rows);
    },
    async close() {
      await endPools();
      await cluster.dispose();
    },
  };
}
