/** A SQLite file, a second connection that gets in the way, and clients of one version of Prisma. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { PrismaVersion, TestClient } from '../e2e/errors/prisma-version';
import type { AnyLab } from '../e2e/errors/row';

/** What the tests use of better-sqlite3. */
interface Database {
  exec(sql: string): void;
  /** Not `get`: libsql's goes on holding the file. */
  prepare(sql: string): { all(...values: unknown[]): unknown[] };
  close(): void;
}
/** Each has a copy of SQLite of its own, beneath an adapter of its own. */
export type SqliteDriver = 'better-sqlite3' | 'libsql';

interface AdapterFactory {
  connect(): Promise<{ dispose(): Promise<void> }>;
}

const kTables = `
  CREATE TABLE tokens (id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE, small INT NOT NULL DEFAULT 0);
  CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, token_id INT NOT NULL REFERENCES tokens (id));`;
/** How long a connection waits for another's lock. */
const kBusyMs = 50;
const kClassNames: Readonly<Record<number, string>> = { 6: 'PrismaBetterSQLite3', 7: 'PrismaBetterSqlite3' };

export class SqliteLab implements AnyLab {
  /** The other connection. */
  readonly other: Database;
  private clients: TestClient[] = [];
  private cleanups: (() => void)[] = [];
  private tokens = 0;

  private constructor(
    readonly version: PrismaVersion,
    private readonly directory: string,
    readonly driver: SqliteDriver,
  ) {
    // Of the same package as the adapter's: two copies of SQLite in one process do not see each other's locks.
    const Database = version.module(driver) as unknown as new (file: string, options: object) => Database;
    this.other = new Database(this.file, { timeout: kBusyMs });
    this.other.exec(kTables);
  }

  static start(version: PrismaVersion, driver: SqliteDriver = 'better-sqlite3'): Promise<SqliteLab> {
    version.setUp('sqlite');
    return Promise.resolve(new SqliteLab(version, fs.mkdtempSync(path.join(os.tmpdir(), 'sqlite-errors-')), driver));
  }

  get file(): string {
    return path.join(this.directory, 'db');
  }

  client(options: object = {}): TestClient {
    return this.clientAndFactory(options).client;
  }

  /** Also a way to close the client's connection behind its back. */
  clientAndFactory(options: object = {}): { client: TestClient; close(): Promise<void> } {
    const factory = this.adapterFactory(options) as AdapterFactory;
    const connect = factory.connect.bind(factory);
    let dispose: (() => Promise<void>) | undefined;
    factory.connect = async () => {
      const adapter = await connect();
      dispose = () => adapter.dispose();
      return adapter;
    };
    const client = this.version.newClient('sqlite', factory);
    this.clients.push(client);
    return { client, close: async () => dispose?.() };
  }

  adapterFactory(options: object = {}): unknown {
    const settings = { url: `file:${this.file}`, timeout: kBusyMs, ...options };
    if (this.driver === 'libsql') return this.version.make('@prisma/adapter-libsql', 'PrismaLibSql', settings);
    const className = kClassNames[this.version.major] as string;
    return this.version.make('@prisma/adapter-better-sqlite3', className, settings);
  }

  /** Another connection is in the middle of a write until the row is over. */
  holdWriteLock(): void {
    this.other.exec('BEGIN IMMEDIATE');
    this.later(() => this.other.exec('ROLLBACK'));
  }

  /** Another connection is in the middle of a read: statements may write, COMMIT must wait. */
  holdReadLock(): void {
    this.other.exec("INSERT OR IGNORE INTO tokens (token) VALUES ('to read')");
    this.other.exec('BEGIN');
    this.other.prepare('SELECT * FROM tokens').all();
    this.later(() => this.other.exec('ROLLBACK'));
  }

  newToken(): string {
    this.tokens += 1;
    return `token-${this.tokens}`;
  }

  later(cleanup: () => void): void {
    this.cleanups.push(cleanup);
  }

  isApplied(token: string): Promise<boolean> {
    return Promise.resolve(this.other.prepare('SELECT 1 FROM tokens WHERE token = ?').all(token).length > 0);
  }

  async reset(): Promise<void> {
    for (const cleanup of this.cleanups.splice(0).reverse()) cleanup();
    for (const client of this.clients.splice(0)) await client.$disconnect().catch(() => undefined);
  }

  async dispose(): Promise<void> {
    await this.reset();
    this.other.close();
    fs.rmSync(this.directory, { recursive: true });
  }
}
