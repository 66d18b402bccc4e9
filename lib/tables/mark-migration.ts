/** The SQL that makes the tables of this package, for each database. */
import { backquoted, bareName } from './table-name';

export type MarkProvider = 'postgresql' | 'mysql' | 'sqlite';

export const kDefaultMarkTable = 'resilience_marks';

interface MarkMigration {
  readonly sql: string;
  /** How each column is defined. */
  readonly columns: Readonly<Record<string, string>>;
}

interface Dialect {
  readonly columns: Readonly<Record<string, string>>;
  quoted(name: string): string;
  readonly tail: string;
}

const kDialects: Readonly<Record<MarkProvider, Dialect>> = {
  postgresql: {
    columns: {
      token: 'uuid PRIMARY KEY',
      at: 'timestamptz NOT NULL DEFAULT now()',
      refused: 'boolean NOT NULL DEFAULT false',
      result: 'json',
    },
    quoted: (name) => name,
    // Rows come and go all the time: whatever is dead is to be found soon.
    tail: ' WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)',
  },
  mysql: {
    columns: {
      token: 'char(36) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY',
      at: 'timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)',
      refused: 'boolean NOT NULL DEFAULT false',
    },
    quoted: backquoted,
    tail: ' ENGINE = InnoDB',
  },
  sqlite: {
    columns: {
      token: 'TEXT NOT NULL PRIMARY KEY',
      at: 'DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP',
      refused: 'BOOLEAN NOT NULL DEFAULT false',
    },
    quoted: (name) => name,
    tail: '',
  },
};

export function markMigration(provider: MarkProvider, table: string): MarkMigration {
  const { columns, quoted, tail } = kDialects[provider];
  const list = Object.entries(columns).map(([column, definition]) => `  ${quoted(column)} ${definition}`);
  return { sql: `CREATE TABLE ${quoted(table)} (\n${list.join(',\n')}\n)${tail};\n`, columns };
}

export const kDefaultOnceTable = 'resilience_once';

const kOnce: Readonly<Record<MarkProvider, readonly string[]>> = {
  postgresql: ['key varchar(255) PRIMARY KEY', 'fingerprint varchar(255)', 'result text', 'expires_at bigint NOT NULL'],
  mysql: [
    '`key` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY',
    'fingerprint varchar(255)',
    'result longtext',
    'expires_at bigint NOT NULL',
  ],
  sqlite: ['key TEXT NOT NULL PRIMARY KEY', 'fingerprint TEXT', 'result TEXT', 'expires_at INTEGER NOT NULL'],
};

/** Of the table of `resilient.once()`. */
export function onceMigration(provider: MarkProvider, table = kDefaultOnceTable): string {
  const { quoted } = kDialects[provider];
  const name = quoted(table);
  const quote = provider === 'mysql' ? '`' : '"';
  const index = `${quote}${bareName(table)}_expires_at${quote}`;
  return (
    `CREATE TABLE ${name} (\n  ${kOnce[provider].join(',\n  ')}\n);\n` +
    `CREATE INDEX ${index} ON ${name} (expires_at);\n`
  );
}
