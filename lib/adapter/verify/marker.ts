import { randomUUID } from 'node:crypto';
import { ConfigError } from '../../errors';

const kIdentifier = /^(?:[A-Za-z_][\w$]*|"(?:[^"\0]|"")+")$/;
const kSweptAtOnce = 100;

/**
 * Rows of `writes.markerTable`, one per transaction in flight: whether the row is there decides, whatever became of the
 * transaction's id. Rows whose transaction is settled are swept by later transactions, so that the table stays about as
 * long as there are writes in flight.
 *
 * The table: `CREATE TABLE <name> (token uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`.
 */
export class Markers {
  private settled: string[] = [];

  /** `table` may carry a schema; each part is plain or in double quotes. Throws a ConfigError otherwise. */
  constructor(private readonly table: string) {
    if (!isTableName(table))
      throw new ConfigError([`writes.markerTable: ${JSON.stringify(table)} is not a table's name`]);
  }

  take(): Marker {
    return new Marker(this.table, this.settled.splice(0, kSweptAtOnce), (tokens) => this.settled.push(...tokens));
  }

  /** Fails where the table is missing, has another shape, or may not be written to. Leaves nothing once rolled back. */
  probeSql(): string {
    const nobody = `'00000000-0000-0000-0000-000000000000'`;
    return (
      `WITH swept AS (DELETE FROM ${this.table} WHERE token IN (${nobody})), ` +
      `found AS (SELECT 1 FROM ${this.table} WHERE token = ${nobody}) ` +
      `INSERT INTO ${this.table} (token) VALUES (${nobody})`
    );
  }
}

export class Marker {
  private readonly token = randomUUID();

  constructor(
    private readonly table: string,
    private readonly sweeps: string[],
    private readonly giveBack: (tokens: string[]) => void,
  ) {}

  insertSql(): string {
    const insert = `INSERT INTO ${this.table} (token) VALUES ('${this.token}')`;
    if (this.sweeps.length === 0) return insert;
    const tokens = this.sweeps.map((token) => `'${token}'`).join(', ');
    return `WITH swept AS (DELETE FROM ${this.table} WHERE token IN (${tokens})) ${insert}`;
  }

  foundSql(): string {
    return `SELECT count(*)::text FROM ${this.table} WHERE token = '${this.token}'`;
  }

  /** What became of the transaction. A row whose fate is unknown stays. */
  settle(outcome: 'committed' | 'not-committed' | 'unknown'): void {
    switch (outcome) {
      case 'committed':
        return this.giveBack([this.token]);
      case 'not-committed':
        return this.giveBack(this.sweeps);
      case 'unknown':
        return this.giveBack([...this.sweeps]);
    }
  }
}

export function isTableName(name: string): boolean {
  const parts = name.match(/"(?:[^"\0]|"")*"|[^."]+/g) ?? [];
  return (
    parts.join('.') === name &&
    (parts.length === 1 || parts.length === 2) &&
    parts.every((part) => kIdentifier.test(part))
  );
}
