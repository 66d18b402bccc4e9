/** Clients of the tests' own schema (test/schema), generated for Prisma 7 by scripts/generate-clients.mjs. */
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { type PrismaPg } from '@prisma/adapter-pg';
import { type PoolConfig } from 'pg';
import { type Prisma, type PrismaClient } from '../.generated/client-7';
import { type LedgerStore, kLedgerSchema } from './ledger';
import { paced } from './pace';

export type GeneratedClient = typeof import('../.generated/client-7');

export interface ClientOptions extends Omit<Prisma.PrismaClientOptions, 'adapter' | 'accelerateUrl'> {
  /** Of the pg pool, for example `{ max: 5, connectionTimeoutMillis: 1000 }`. */
  readonly pool?: Omit<PoolConfig, 'connectionString'>;
}

// Loaded when first needed: most users of the kit want no Prisma.
const load = createRequire(__filename);

/** The checkout, also when the kit runs compiled from another folder of it. */
function root(): string {
  for (let dir = __dirname; dir !== path.dirname(dir); dir = path.dirname(dir)) {
    if (fs.existsSync(path.join(dir, 'test', 'schema', 'schema.prisma'))) return dir;
  }
  throw new Error(`no test/schema above ${__dirname}`);
}

/** The generated module: PrismaClient, Prisma, enums. Throws with the command to run if it was not generated. */
export function generatedClient(): GeneratedClient {
  const place = path.join(root(), 'test', '.generated', 'client-7');
  if (!fs.existsSync(path.join(place, 'index.js'))) {
    throw new Error(`no generated client in ${place}: run node scripts/generate-clients.mjs`);
  }
  return load(place) as GeneratedClient;
}

/** An adapter factory of its own, as every generation of a client needs. */
export function makeAdapter(url: string, pool: ClientOptions['pool'] = {}): PrismaPg {
  const { PrismaPg: Factory } = load('@prisma/adapter-pg') as typeof import('@prisma/adapter-pg');
  return new Factory({ ...pool, connectionString: url });
}

/** A bare PrismaClient on adapter-pg. */
export function makeClient(url: string, options: ClientOptions = {}): PrismaClient {
  const { pool, ...rest } = options;
  const { PrismaClient: Client } = generatedClient();
  return new Client({ transactionOptions: pacedTransactions(), ...rest, adapter: makeAdapter(url, pool) });
}

/** Prisma's own defaults, for a machine that may be busy. */
export function pacedTransactions(): { maxWait: number; timeout: number } {
  return { maxWait: paced(2000), timeout: paced(5000) };
}

/** Makes the tables of the schema, owned by the ordinary role `app`. Once per database. */
export async function createSchema(store: LedgerStore): Promise<void> {
  const tables = fs.readFileSync(path.join(root(), 'test', 'schema', 'schema.sql'), 'utf8');
  await store.query(`SET ROLE app; ${tables} ${kLedgerSchema} RESET ROLE;`);
}

/** Empties every table and begins its ids anew. */
export async function emptyTables(store: LedgerStore): Promise<void> {
  const tables = await store.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  await store.query(`TRUNCATE ${tables.map(({ name }) => name).join(', ')} RESTART IDENTITY CASCADE`);
}
