/**
 * What the chaos happens to: a primary with a synchronous standby, the network before them, and a resilient client of
 * one version of Prisma. Clients know one address, whoever is the primary behind it.
 */
import { ResilientPrismaClient, type ResilientConfig } from '../../lib';
import { markMigration } from '../../lib/tables/mark-migration';
import { Ledger } from '../support/ledger';
import { paced } from '../support/pace';
import { ReplicationPair } from '../support/replication';
import { TcpProxy } from '../support/tcp_proxy';
import type { PrismaVersion, TestClient } from '../e2e/errors/prisma-version';
import type { PgFlavour } from '../support/pg_binaries';
import type { WritersStage } from './writers';

/** What is asked of `writes.onUnknownOutcome`; 'marker' is 'verify' with a marker table. */
export const kModes = ['throw', 'verify', 'marker', 'retry'] as const;
export type Mode = (typeof kModes)[number];

/** Tokens are not unique here: a write that is done twice must show. The book reads them by its own names. */
const kTables = `
  SET ROLE app;
  CREATE TABLE tokens (id serial PRIMARY KEY, token text NOT NULL, small smallint NOT NULL DEFAULT 0);
  CREATE INDEX tokens_token ON tokens (token);
  CREATE TABLE notes (id serial PRIMARY KEY, text varchar(20) NOT NULL, token_id int NOT NULL REFERENCES tokens);
  CREATE INDEX notes_token_id ON notes (token_id);
  ${markMigration('postgresql', 'marks').sql}  CREATE VIEW ledger AS SELECT id, token FROM tokens;
  CREATE VIEW ledger_child AS SELECT id, token_id AS entry_id FROM notes;
  RESET ROLE`;

export interface StageOptions {
  readonly version: PrismaVersion;
  readonly mode: Mode;
  readonly seed: number;
  /** Default: where this version of Prisma has what the guard needs. */
  readonly guard?: boolean;
  /** Default: the newest server that is installed. */
  readonly flavour?: PgFlavour;
  /** The server asks for it, and `rotatePassword` changes it. Default: it asks for none. */
  readonly password?: string;
  /** How long the pool keeps a connection that nobody uses, in ms. Default: the driver's own. */
  readonly idleTimeoutMillis?: number;
  readonly config?: ResilientConfig;
}

/** Connections of the client; fewer than the server has, and fewer than there are writers. */
const kPool = 40;
/** Beyond any outage here, also on a busy machine: whatever the database decides is to be known in the end. */
const kDeadlineMs = 30_000;
/**
 * Without the guard, Prisma 6 forgets a connection of its pool each time a COMMIT or a ROLLBACK fails on it; once all are
 * forgotten, nothing runs on that client any more. A limit of the wait for one, and a refresh, keep that from lasting.
 */
const kPoolWaitMs = 5000;
const kRefreshMs = 5000;

interface Pool {
  on(event: 'error' | 'connect', listener: (client: Pool) => void): void;
}

/** One that does not end the process when a connection breaks, as adapter-pg may without the guard. */
function pool(version: PrismaVersion, connectionString: string): unknown {
  const made = version.make('pg', 'Pool', {
    connectionString,
    max: kPool,
    connectionTimeoutMillis: kPoolWaitMs,
  }) as Pool;
  made.on('error', () => undefined);
  made.on('connect', (client) => client.on('error', () => undefined));
  return made;
}

export class Stage implements WritersStage {
  readonly placeholder = '$1';
  /** The book that is open; a long run opens a new one now and then, or its own memory would grow. */
  ledger = new Ledger('chaos');

  private constructor(
    readonly options: StageOptions,
    readonly guarded: boolean,
    readonly pair: ReplicationPair,
    readonly proxy: TcpProxy,
    readonly resilient: ResilientPrismaClient<TestClient & { $connect(): Promise<void> }>,
    private readonly secret: { password: string | undefined },
  ) {}

  get repeatsUnknown(): boolean {
    return this.options.mode === 'retry';
  }

  static async set(options: StageOptions): Promise<Stage> {
    const { flavour, idleTimeoutMillis, mode, password, seed, version, guard: guarded = version.major > 5 } = options;
    version.setUp('postgresql');
    const pair = await ReplicationPair.start({ flavour, synchronous: true, password });
    await pair.primary.query(kTables);
    const proxy = await TcpProxy.start({ target: pair.primary, seed });
    const secret = { password };
    const resilient = new ResilientPrismaClient(
      (ctx) => {
        const connectionString = proxy.via(pair.primary.url(secret));
        const options = guarded
          ? { connectionString, max: kPool, ...(idleTimeoutMillis && { idleTimeoutMillis }) }
          : pool(version, connectionString);
        const factory = version.make('@prisma/adapter-pg', 'PrismaPg', options);
        return version.newClient('postgresql', guarded ? ctx.guard(factory) : factory) as TestClient & {
          $connect(): Promise<void>;
        };
      },
      {
        logging: { level: 'silent' },
        // Elsewhere the guarded adapter tells, each time with its own password.
        ...(guarded ? {} : { probe: { url: proxy.via(pair.primary.url(secret)) } }),
        reconnect: { deadline: paced(kDeadlineMs) },
        // Whatever was rolled back runs again: a row that outlived its transaction would show as one too many.
        transactions: { retry: 'always' },
        ...(guarded ? {} : { refresh: { intervalMs: kRefreshMs } }),
        writes: {
          onUnknownOutcome: mode === 'marker' ? 'verify' : mode,
          ...(mode === 'marker' ? { markerTable: 'marks' } : {}),
        },
        ...options.config,
      },
    );
    await resilient.ready();
    return new Stage(options, guarded, pair, proxy, resilient, secret);
  }

  get client(): TestClient {
    return this.resilient.getClient();
  }

  /** Where the server is reached with the password of now. */
  get connectionString(): string {
    return this.proxy.via(this.pair.primary.url(this.secret));
  }

  /** From now on new connections need the new one; those that are open go on. */
  async rotatePassword(password: string): Promise<void> {
    await this.pair.primary.query(`ALTER ROLE app PASSWORD '${password}'`);
    this.secret.password = password;
  }

  async clear(): Promise<void> {
    await this.resilient.shutdown({ drainMs: 1000 });
    await this.proxy.dispose();
    await this.pair.dispose();
  }
}
