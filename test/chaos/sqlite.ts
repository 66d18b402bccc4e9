/** What the chaos happens to on SQLite: processes that write to one file at the same time, and are killed in mid-step. */
import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { markMigration } from '../../lib/tables/mark-migration';
import type { PrismaVersion } from '../e2e/errors/prisma-version';
import { type Attempt, type Settlement, compare } from '../support/ledger';
import { Random } from '../support/random';
import type { Line } from './sqlite-process';

interface Database {
  exec(sql: string): void;
  pragma(text: string): unknown;
  prepare(sql: string): { all(): unknown[] };
  close(): void;
}

const kTables = `
  CREATE TABLE tokens (id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL, small INT NOT NULL DEFAULT 0);
  CREATE INDEX tokens_token ON tokens (token);
  CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, token_id INT NOT NULL REFERENCES tokens (id));
  ${markMigration('sqlite', 'resilience_marks').sql}`;
const kProcesses = 3;
const kHook = path.join(__dirname, '..', 'support', 'typescript-hook.cjs');

export interface SqliteRun {
  readonly settlement: Settlement;
  readonly kills: number;
  readonly attempts: readonly Attempt[];
  /** Writes that had not ended when their process was killed: nobody was told anything. */
  readonly unanswered: number;
}

/** At least three kills for each place, and as many as fit into `seconds`. */
export async function runSqlite(version: PrismaVersion, seconds: number, seed: number): Promise<SqliteRun> {
  version.setUp('sqlite');
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sqlite-chaos-'));
  const file = path.join(directory, 'db');
  // Of the same package as the adapter's.
  const Database = version.module('better-sqlite3') as unknown as new (file: string) => Database;
  const database = new Database(file);
  try {
    database.pragma('journal_mode = WAL');
    database.exec(kTables);
    const end = performance.now() + seconds * 1000;
    const books: string[] = [];
    const places = Array.from({ length: kProcesses }, (_each, place) =>
      live({ version, file, directory, books, place, random: new Random(seed * 100 + place), end }),
    );
    const kills = (await Promise.all(places)).reduce((sum, each) => sum + each, 0);
    const attempts = books.flatMap(attemptsIn);
    const rows = database
      .prepare('SELECT token, (SELECT COUNT(*) FROM notes WHERE token_id = tokens.id) AS children FROM tokens')
      .all() as { token: string; children: number }[];
    const pending = new Set(attempts.filter(({ state }) => state === 'pending').map(({ token }) => token));
    const settlement = compare(attempts, rows);
    return {
      settlement: { ...settlement, hung: settlement.hung - pending.size },
      kills,
      attempts,
      unanswered: pending.size,
    };
  } finally {
    database.close();
    fs.rmSync(directory, { recursive: true });
  }
}

interface Place {
  readonly version: PrismaVersion;
  readonly file: string;
  readonly directory: string;
  readonly books: string[];
  readonly place: number;
  readonly random: Random;
  readonly end: number;
}

/** One process after the other; the last one ends by itself. */
async function live({ version, file, directory, books, place, random, end }: Place): Promise<number> {
  for (let kills = 0; ; kills += 1) {
    const book = path.join(directory, `book-${place}-${kills}`);
    books.push(book);
    const isLast = kills >= 3 && performance.now() >= end;
    const child = spawn(
      process.execPath,
      ['-r', kHook, path.join(__dirname, 'sqlite-process.ts'), String(version.release), file, book, String(kills)],
      { stdio: ['pipe', 'inherit', 'inherit'] },
    );
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    await untilWriting(child, book);
    await new Promise((resolve) => setTimeout(resolve, random.between(300, 4000)));
    if (isLast) {
      child.stdin?.end();
      const code = await closed;
      if (code !== 0) throw new Error(`a writing process ended with ${code}`);
      return kills;
    }
    child.kill('SIGKILL');
    await closed;
  }
}

async function untilWriting(child: ChildProcess, book: string): Promise<void> {
  while (!fs.existsSync(book) || fs.statSync(book).size === 0) {
    if (child.exitCode !== null) throw new Error(`a writing process ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function attemptsIn(book: string): Attempt[] {
  const attempts = new Map<string, Attempt>();
  for (const text of fs.readFileSync(book, 'utf8').split('\n')) {
    // The last line of a killed process may be torn.
    if (!text.endsWith('}')) continue;
    const { token, ...line } = JSON.parse(text) as Line;
    const begun = attempts.get(token);
    attempts.set(token, { ...begun, token, ...line } as Attempt);
  }
  return [...attempts.values()];
}
