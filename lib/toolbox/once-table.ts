/** The SQL of once(): one row for each key, in the same transaction as what the key stands for. */
import { backquoted } from '../tables/table-name';

export type OnceProvider = 'postgresql' | 'mysql' | 'sqlite';

/** What is needed of a transaction's client. */
export interface RawClient {
  $queryRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<unknown>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<number>;
}

interface Claim {
  readonly key: string;
  readonly fingerprint: string | null;
  readonly ttlMs: number;
}

export interface Kept {
  readonly fingerprint: string | null;
  /** JSON; null where the key's own transaction runs on. */
  readonly result: string | null;
}

export class OnceTable {
  private readonly table: string;

  constructor(
    private readonly provider: OnceProvider,
    table: string,
  ) {
    this.table = provider === 'mysql' ? backquoted(table) : table;
  }

  /** Takes the key for this transaction, waiting for whoever holds it. false: it is taken, and not expired. */
  async claim(client: RawClient, { fingerprint, key, ttlMs }: Claim): Promise<boolean> {
    const { table } = this;
    if (this.provider !== 'mysql') {
      const [one, two, three] = this.provider === 'postgresql' ? ['$1', '$2', '$3::float8'] : ['?', '?', '?'];
      const rows = await client.$queryRawUnsafe(
        `INSERT INTO ${table} AS kept (key, fingerprint, expires_at) VALUES (${one}, ${two}, ${this.now} + ${three}) ` +
          'ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, expires_at = excluded.expires_at, ' +
          `result = NULL WHERE kept.expires_at <= ${this.now} RETURNING 1 AS claimed`,
        key,
        fingerprint,
        ttlMs,
      );
      return (rows as unknown[]).length > 0;
    }
    const insert = `INSERT IGNORE INTO ${table} (\`key\`, fingerprint, expires_at) VALUES (?, ?, ${this.now} + ?)`;
    if ((await client.$executeRawUnsafe(insert, key, fingerprint, ttlMs)) > 0) return true;
    const renew =
      `UPDATE ${table} SET fingerprint = ?, result = NULL, expires_at = ${this.now} + ? ` +
      `WHERE \`key\` = ? AND expires_at <= ${this.now}`;
    const expired = await client.$queryRawUnsafe(
      `SELECT 1 AS expired FROM ${table} WHERE \`key\` = ? AND expires_at <= ${this.now}`,
      key,
    );
    if ((expired as unknown[]).length === 0) return false;
    return (await client.$executeRawUnsafe(renew, fingerprint, ttlMs, key)) > 0;
  }

  async read(client: RawClient, key: string): Promise<Kept | undefined> {
    const rows = await client.$queryRawUnsafe(
      `SELECT fingerprint, result FROM ${this.table} WHERE ${this.key} = ${this.first}`,
      key,
    );
    return (rows as Kept[])[0];
  }

  async keep(client: RawClient, key: string, result: string): Promise<void> {
    const [one, two] = this.provider === 'postgresql' ? ['$1', '$2'] : ['?', '?'];
    await client.$executeRawUnsafe(`UPDATE ${this.table} SET result = ${one} WHERE ${this.key} = ${two}`, result, key);
  }

  /** Some of the keys that are over. */
  async sweep(client: RawClient): Promise<void> {
    const { now, table } = this;
    const over =
      this.provider === 'mysql'
        ? `DELETE FROM ${table} WHERE expires_at <= ${now} LIMIT 100`
        : `DELETE FROM ${table} WHERE key IN (SELECT key FROM ${table} WHERE expires_at <= ${now} LIMIT 100)`;
    await client.$executeRawUnsafe(over);
  }

  private get key(): string {
    return this.provider === 'mysql' ? '`key`' : 'key';
  }

  private get first(): string {
    return this.provider === 'postgresql' ? '$1' : '?';
  }

  /** Milliseconds since 1970, by the database's clock: processes need not agree on the time. */
  private get now(): string {
    switch (this.provider) {
      case 'postgresql':
        return '(extract(epoch FROM clock_timestamp()) * 1000)';
      case 'mysql':
        return '(UNIX_TIMESTAMP(NOW(3)) * 1000)';
      case 'sqlite':
        return "((julianday('now') - 2440587.5) * 86400000)";
    }
  }
}
