/** A SQLite file for the twins. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { PrismaVersion } from '../e2e/errors/prisma-version';
import type { Theatre } from '../e2e/twin/harness';
import { readSchema } from '../e2e/twin/postgres-theatre';
import type { AnyClient } from '../e2e/twin/scenario';

interface Database {
  exec(sql: string): void;
  prepare(sql: string): { pluck(): { all(): string[] } };
  close(): void;
}

export interface SqliteTheatre extends Theatre {
  close(): void;
}

export function openSqliteTheatre(): SqliteTheatre {
  const version = new PrismaVersion(7);
  version.setUp('sqlite');
  const module = version.clientModule('sqlite-twins') as AnyClient;
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sqlite-twins-'));
  const file = path.join(directory, 'db');
  // The copy of SQLite that the adapter has: two in one process do not see each other's locks.
  const Database = version.module('better-sqlite3') as unknown as new (file: string) => Database;
  const database = new Database(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; ${readSchema('tables.sqlite.sql')}`);
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  const rows = readSchema('rows.sql');

  return {
    module,
    provider: 'sqlite',
    major: '7',
    makeClient(options, context) {
      const adapter = version.make('@prisma/adapter-better-sqlite3', 'PrismaBetterSqlite3', { url: `file:${file}` });
      return new module.PrismaClient({ adapter: context ? context.guard(adapter) : adapter, ...options });
    },
    resetRows() {
      const emptied = tables.map((table) => `DELETE FROM "${table}";`).join(' ');
      database.exec(`PRAGMA foreign_keys = OFF; BEGIN; ${emptied} ${rows} COMMIT;`);
      return Promise.resolve();
    },
    close() {
      database.close();
      fs.rmSync(directory, { recursive: true });
    },
  };
}
