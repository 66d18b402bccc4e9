/** A process that writes to a SQLite file by a resilient client, keeps its book in another, and may be killed. */
import * as fs from 'node:fs';

import { ResilientPrismaClient } from '../../lib';
import { PrismaVersion, type Release, type TestClient } from '../e2e/errors/prisma-version';
import { type Attempt, Ledger } from '../support/ledger';
import { paced } from '../support/pace';
import { Writers } from './writers';

/** What has become known of an attempt. */
export type Line = Pick<Attempt, 'token'> & Partial<Omit<Attempt, 'error'>> & { readonly message?: string };

const kWriters = 6;
const kDeadlineMs = paced(30_000);

class KeptLedger extends Ledger {
  constructor(private readonly book: number) {
    super('chaos');
  }

  override begin(kind: string, children = 0): string {
    const token = super.begin(kind, children);
    this.keep({ token, kind, children, state: 'pending' });
    return token;
  }

  override acknowledge(token: string): void {
    super.acknowledge(token);
    this.keep({ token, state: 'acknowledged' });
  }

  override fail(token: string, error: unknown): void {
    super.fail(token, error);
    const { outcome } = this.attempts.find((attempt) => attempt.token === token) ?? {};
    this.keep({ token, state: 'failed', outcome, message: error instanceof Error ? error.message : String(error) });
  }

  private keep(line: Line): void {
    fs.writeSync(this.book, `${JSON.stringify(line)}\n`);
  }
}

async function main(): Promise<void> {
  const [, , release = '7', file = '', book = '', seed = '0'] = process.argv;
  const version = new PrismaVersion((release.includes('.') ? release : Number(release)) as Release);
  const className = version.major === 6 ? 'PrismaBetterSQLite3' : 'PrismaBetterSqlite3';
  const resilient = new ResilientPrismaClient(
    (ctx) => {
      const factory = version.make('@prisma/adapter-better-sqlite3', className, { url: `file:${file}`, timeout: 50 });
      return version.newClient('sqlite', ctx.guard(factory as never)) as TestClient & { $connect(): Promise<void> };
    },
    {
      logging: { level: 'silent' },
      reconnect: { deadline: kDeadlineMs, maxAttempts: 1000 },
      transactions: { retry: 'always' },
      writes: { onUnknownOutcome: 'verify', markerTable: 'resilience_marks' },
    },
  );
  await resilient.ready();
  const stage = {
    client: resilient.getClient(),
    ledger: new KeptLedger(fs.openSync(book, 'a')),
    guarded: true,
    placeholder: '?' as const,
    repeatsUnknown: false,
    options: { version, seed: process.pid + Number(seed) },
  };
  const writers = new Writers(stage, kWriters);
  await new Promise((resolve) => process.stdin.resume().once('end', resolve));
  await writers.stop(2 * kDeadlineMs);
  await resilient.shutdown();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
