/**
 * A PostgreSQL server, the network before it, and guarded clients of one version of Prisma.
 *
 * Owner: one test file. Tests leave a healthy server and network to the next; what they make is disposed of at the end.
 */
import type { PoolConfig } from 'pg';
import { endTransactionsLast } from '../../../lib/client/transaction-order';
import { markRules } from '../../../lib/host/mark-rules';
import { recordOf } from '../../../lib/adapter/failure-memory';
import { type Guard, createGuard } from '../../../lib/adapter/guard';
import type { GuardHost, GuardRecord } from '../../../lib/adapter/guard-host';
import type { SqlDriverAdapterFactory } from '../../../lib/adapter/driver-adapter';
import { markMigration } from '../../../lib/tables/mark-migration';
import { Marks } from '../../../lib/adapter/verify/marks';
import { tokenBound } from '../../../lib/adapter/verify/token';
import { PostgresCluster, type PostgresOptions } from '../../support/postgres';
import { TcpProxy } from '../../support/tcp_proxy';
import { PrismaVersion, type TestClient } from '../errors/prisma-version';
import { PatientHost } from './patient-host';

export const kPrisma6 = new PrismaVersion(6);
export const kNewest = new PrismaVersion(7);

export const kTables = `
  CREATE TABLE tokens (id serial PRIMARY KEY, token text NOT NULL UNIQUE, small smallint NOT NULL DEFAULT 0);
  CREATE TABLE notes (
    id serial PRIMARY KEY, text varchar(20) NOT NULL, token_id int NOT NULL REFERENCES tokens);
  ${markMigration('postgresql', 'marks').sql}
  ALTER TABLE tokens OWNER TO app;
  ALTER TABLE notes OWNER TO app;
  ALTER TABLE marks OWNER TO app;`;

/** Writes are verified by what the server remembers of their transactions, or by the marker table of `kTables`. */
export const kVerified = {
  'by position': { onUnknownOutcome: 'verify' },
  'by mark': { onUnknownOutcome: 'verify', markerTable: 'marks' },
} as const satisfies Record<string, GuardHost['writes']>;
export const kWays = ['by position', 'by mark'] as const;

export interface Guarded {
  readonly client: TestClient;
  readonly guard: Guard;
  readonly host: PatientHost;
}

let tokens = 0;

export function newToken(): string {
  tokens += 1;
  return `t-${process.pid}-${tokens}`;
}

export class GuardLab {
  private readonly clients: TestClient[] = [];

  private constructor(
    readonly cluster: PostgresCluster,
    readonly proxy: TcpProxy,
  ) {}

  static async start(options: PostgresOptions = {}, version = kNewest): Promise<GuardLab> {
    version.setUp('postgresql');
    const cluster = await PostgresCluster.start(options);
    await cluster.query(kTables);
    return new GuardLab(cluster, await TcpProxy.start({ target: { port: cluster.port } }));
  }

  /** Its connections go through the proxy. */
  guarded(
    writes: GuardHost['writes'] = { onUnknownOutcome: 'throw' },
    pool: PoolConfig = {},
    version = kNewest,
  ): Guarded {
    const host = new PatientHost(writes);
    const guard = createGuard(host);
    const client = this.clientOn(guard.wrap(this.factory(pool, version)), version);
    // As the generation does above the guard.
    if (version.hasRustEngine) endTransactionsLast(client);
    return { client, guard, host };
  }

  bare(pool: PoolConfig = {}, version = kNewest): TestClient {
    return this.clientOn(this.factory(pool, version), version);
  }

  factory(pool: PoolConfig = {}, version = kNewest): SqlDriverAdapterFactory {
    const config = { connectionString: this.proxy.via(this.cluster.url()), max: 4, ...pool };
    return version.make('@prisma/adapter-pg', 'PrismaPg', config) as SqlDriverAdapterFactory;
  }

  clientOn(factory: SqlDriverAdapterFactory, version = kNewest): TestClient {
    const client = version.newClient('postgresql', factory);
    this.clients.push(client);
    return client;
  }

  /** How often each of these is in the table. */
  async count(...wanted: string[]): Promise<number[]> {
    const rows = await this.cluster.query<{ token: string }>('SELECT token FROM tokens WHERE token = ANY($1)', [
      wanted,
    ]);
    return wanted.map((token) => rows.filter((row) => row.token === token).length);
  }

  /** Sweeps old rows of the marker table now, and answers how many there were. */
  async sweepOld({ guard, host }: Guarded): Promise<number> {
    const { table } = new Marks(host, 'marks', 'postgres');
    const adapter = await guard.adapterFactories()[0].connect();
    const transaction = await adapter.startTransaction();
    try {
      const count = await table.sweepOld(transaction, tokenBound(Date.now() - markRules.limits.keptMs), 100);
      await transaction.executeRaw({ sql: 'COMMIT', args: [], argTypes: [] });
      return count;
    } finally {
      await transaction.commit();
      await adapter.dispose();
    }
  }

  /** Resolves once no session is left in a transaction: one that was ended takes a moment to leave. */
  async nobodyInTransaction(): Promise<void> {
    while ((await this.cluster.connectionCount("state LIKE 'idle in transaction%'")) > 0) await pause(2);
  }

  /** Everything that is in flight hangs: ends it as the host does once the database answers again. */
  async abandonAll(guard: Guard): Promise<void> {
    while (guard.inFlight().length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    for (const work of guard.inFlight()) guard.abandon(work);
  }

  /** Clients that are still there hold connections that a later test would count. */
  async disconnectAll(): Promise<void> {
    await Promise.all(this.clients.splice(0).map((client) => client.$disconnect().catch(() => undefined)));
  }

  async dispose(): Promise<void> {
    for (const client of this.clients.splice(0)) void client.$disconnect().catch(() => undefined);
    await this.proxy.dispose();
    await this.cluster.dispose();
  }
}

export interface Failure {
  readonly error: Error & { code?: string; meta?: Record<string, unknown> };
  readonly record: GuardRecord | undefined;
}

/** What the guard knows of a failure. A Rust engine puts errors of its own in the place of most, and then it is not seen. */
export function expectRecord(version: PrismaVersion, record: GuardRecord | undefined, expected: object): void {
  if (!version.hasRustEngine || record !== undefined) expect(record).toMatchObject(expected);
}

/** How it failed, and what the guard remembers of it. */
export async function failureOf(work: PromiseLike<unknown>): Promise<Failure> {
  let result: unknown;
  try {
    result = await work;
  } catch (error) {
    return { error: error as Failure['error'], record: recordOf(error) };
  }
  throw new Error(`it should have failed, and answered ${JSON.stringify(result)}`);
}

/** Looks at it every other millisecond. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(2);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
