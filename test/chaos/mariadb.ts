/** What the chaos happens to on MariaDB: a server, the network before it, and a resilient client that verifies by marks. */
import { ResilientPrismaClient } from '../../lib';
import { markMigration } from '../../lib/tables/mark-migration';
import type { PrismaVersion, TestClient } from '../e2e/errors/prisma-version';
import { type LedgerRow, type Settlement, Ledger, compare } from '../support/ledger';
import { MariaDb, kMariaDatabase, kMariaPassword, kMariaUser } from '../support/mariadb';
import { StatementFaults } from '../support/mysql_statements';
import { paced } from '../support/pace';
import { Random } from '../support/random';
import { TcpProxy } from '../support/tcp_proxy';
import type { WritersStage } from './writers';

/** Tokens are not unique here: a write that is done twice must show. */
const kTables = [
  `CREATE TABLE tokens (id INT AUTO_INCREMENT PRIMARY KEY, token VARCHAR(191) NOT NULL,
     small SMALLINT NOT NULL DEFAULT 0, KEY (token))`,
  `CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(20) NOT NULL, token_id INT NOT NULL,
     FOREIGN KEY (token_id) REFERENCES tokens (id))`,
  markMigration('mysql', 'resilience_marks').sql.replace(/;\n$/, ''),
];
const kServer = [
  '--max-connections=80',
  // Without a unique key, every token of a neighbour would be locked as well.
  '--transaction-isolation=READ-COMMITTED',
];
const kPool = 15;
const kDeadlineMs = 30_000;

interface Connection {
  query(sql: string): Promise<Record<string, unknown>[]>;
  on(event: 'error', listener: () => void): void;
  destroy(): void;
}

export class MariaStage implements WritersStage {
  readonly ledger = new Ledger('chaos');
  readonly guarded = true;
  readonly placeholder = '?';
  readonly repeatsUnknown = false;

  private constructor(
    readonly options: { readonly version: PrismaVersion; readonly seed: number },
    private readonly server: MariaDb,
    private readonly acknowledgements: StatementFaults,
    private readonly proxy: TcpProxy,
    private readonly resilient: ResilientPrismaClient<TestClient & { $connect(): Promise<void> }>,
  ) {}

  static async set(options: MariaStage['options']): Promise<MariaStage> {
    const { seed, version } = options;
    version.setUp('mysql');
    const server = await MariaDb.start(kServer);
    for (const table of kTables) await asRoot(version, server, table);
    const acknowledgements = await StatementFaults.start(server.port);
    const proxy = await TcpProxy.start({ target: { port: acknowledgements.port }, protocol: 'raw', seed });
    const account = { host: '127.0.0.1', user: kMariaUser, password: kMariaPassword, database: kMariaDatabase };
    const resilient = new ResilientPrismaClient(
      (ctx) => {
        const pool = { ...account, port: proxy.port, connectionLimit: kPool, acquireTimeout: 5000 };
        const factory = ctx.guard(version.make('@prisma/adapter-mariadb', 'PrismaMariaDb', pool) as never);
        return version.newClient('mysql', factory) as TestClient & { $connect(): Promise<void> };
      },
      {
        logging: { level: 'silent' },
        reconnect: { deadline: paced(kDeadlineMs) },
        transactions: { retry: 'always' },
        writes: { onUnknownOutcome: 'verify', markerTable: 'resilience_marks' },
      },
    );
    await resilient.ready();
    return new MariaStage(options, server, acknowledgements, proxy, resilient);
  }

  get client(): TestClient {
    return this.resilient.getClient();
  }

  /** Faults one after the other, until `durationMs` have passed, and each at least once. */
  async causeFaults(durationMs: number, onFault: (name: string) => void): Promise<Record<string, number>> {
    const random = new Random(this.options.seed);
    const faults: Record<string, () => Promise<void>> = {
      cutAtByte: () => this.cutAtByte(random),
      loseCommits: () => this.lose('cut', random),
      loseAcknowledgements: () => this.lose('cut-answer', random),
      freeze: () => this.freeze(random),
      crash: () => this.crash('SIGKILL', random),
      restart: () => this.crash('SIGTERM', random),
      refuse: () => this.refuse(random),
    };
    const names = Object.keys(faults) as [string, ...string[]];
    const counts: Record<string, number> = {};
    const end = performance.now() + durationMs;
    for (let n = 0; n < names.length || performance.now() < end; n += 1) {
      await pause(random.between(100, 600));
      const name = n < names.length ? names[n] : random.pick(names);
      onFault(name);
      await faults[name]();
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  async settle(): Promise<Settlement> {
    const rows = await asRoot(
      this.options.version,
      this.server,
      'SELECT token, CAST((SELECT COUNT(*) FROM notes WHERE token_id = tokens.id) AS CHAR) AS children FROM tokens',
    );
    return compare(this.ledger.attempts, rows.map(rowOf));
  }

  async clear(): Promise<void> {
    await this.resilient.shutdown({ drainMs: 1000 });
    await this.proxy.dispose();
    await this.acknowledgements.dispose();
    await this.server.dispose();
  }

  private async cutAtByte(random: Random): Promise<void> {
    for (let cuts = random.between(3, 12); cuts > 0; cuts -= 1) {
      const from = random.pick<'client' | 'server'>(['client', 'server']);
      const then = random.pick<'reset' | 'close'>(['reset', 'close']);
      const rule = this.proxy.cutAtByte({ from, afterBytes: random.between(0, 4000), then });
      await pause(random.between(20, 80));
      rule.remove();
    }
  }

  private async lose(kind: 'cut' | 'cut-answer', random: Random): Promise<void> {
    for (let times = random.between(5, 15); times > 0; times -= 1) {
      this.acknowledgements.arm(['COMMIT', kind]);
      await pause(random.between(10, 60));
    }
  }

  private async freeze(random: Random): Promise<void> {
    await this.server.freeze();
    await pause(random.between(300, 1500));
    this.server.thaw();
  }

  private async crash(signal: 'SIGKILL' | 'SIGTERM', random: Random): Promise<void> {
    await this.server.stop(signal);
    await pause(random.between(0, 800));
    await this.server.start();
  }

  private async refuse(random: Random): Promise<void> {
    await this.proxy.refuse();
    await this.proxy.reset();
    await pause(random.between(200, 1000));
    await this.proxy.pass();
  }
}

function rowOf({ token, children }: Record<string, unknown>): LedgerRow {
  return { token: String(token), children: Number(children) };
}

async function asRoot(version: PrismaVersion, server: MariaDb, sql: string): Promise<Record<string, unknown>[]> {
  const { createConnection } = version.module('mariadb') as unknown as {
    createConnection(options: object): Promise<Connection>;
  };
  const { host, port } = server;
  const connection = await createConnection({ host, port, user: 'root', password: '', database: kMariaDatabase });
  connection.on('error', () => undefined);
  try {
    return await connection.query(sql);
  } finally {
    connection.destroy();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
