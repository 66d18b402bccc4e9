/**
 * The book that every test of faults ends with: what the application was told, beside what is in the table.
 *
 * Each attempted write carries a token of its own. An attempt that is neither acknowledged nor failed when the book is
 * closed has hung.
 */
import { randomBytes } from 'node:crypto';

/** What an error claims about its write; 'unstated' for clients that claim nothing. */
export type Outcome = 'not-applied' | 'unknown' | 'applied' | 'unstated';

export interface Attempt {
  readonly token: string;
  /** How it was written: 'create', 'nested', 'array', 'interactive', 'raw', … */
  readonly kind: string;
  /** Rows of `ledger_child` that must come and go with the entry. */
  readonly children: number;
  readonly state: 'pending' | 'acknowledged' | 'failed';
  /** Where state is 'failed'. */
  readonly outcome?: Outcome;
  readonly error?: unknown;
}

/** One row of the table `ledger`, with the number of its children. */
export interface LedgerRow {
  readonly token: string;
  readonly children: number;
}

export interface Settlement {
  readonly attempts: number;
  readonly rows: number;
  readonly acknowledged: number;
  readonly failed: Readonly<Record<Outcome, number>>;
  readonly hung: number;
  /** Tokens. Acknowledged, or failed as applied, and not there. */
  readonly lost: readonly string[];
  /** There more than once. */
  readonly doubled: readonly string[];
  /** Failed as not applied, and there. */
  readonly denied: readonly string[];
  /** There with another number of children than they were written with. */
  readonly torn: readonly string[];
  /** There, though nobody attempted them. */
  readonly strangers: readonly string[];
  /** Failed with outcome unknown or unstated, or hung, and there. */
  readonly undecidedPresent: readonly string[];
}

/** Names of what must be empty in an honest settlement. */
export const kBreaches = ['lost', 'doubled', 'denied', 'torn', 'strangers'] as const;

/** `CREATE TABLE` for the book; run it as the role that writes, or as the kit (which then grants it). */
export const kLedgerSchema = `
CREATE TABLE IF NOT EXISTS ledger (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token text NOT NULL,
  kind text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS ledger_token ON ledger (token);
CREATE TABLE IF NOT EXISTS ledger_child (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id bigint NOT NULL REFERENCES ledger (id) ON DELETE CASCADE,
  position integer NOT NULL
);
CREATE INDEX IF NOT EXISTS ledger_child_entry ON ledger_child (entry_id);
GRANT ALL ON ledger, ledger_child TO PUBLIC;
`;

/** Whatever runs SQL and answers with rows: a PostgresCluster. */
export interface LedgerStore {
  query<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** Compares the book with the table. */
export function compare(attempts: Iterable<Attempt>, rows: Iterable<LedgerRow>): Settlement {
  const present = new Map<string, LedgerRow[]>();
  let rowCount = 0;
  for (const row of rows) {
    rowCount += 1;
    const sameToken = present.get(row.token);
    if (sameToken) sameToken.push(row);
    else present.set(row.token, [row]);
  }
  const failed: Record<Outcome, number> = { 'not-applied': 0, unknown: 0, applied: 0, unstated: 0 };
  const found = { lost: [] as string[], doubled: [] as string[], denied: [] as string[], torn: [] as string[] };
  const undecidedPresent: string[] = [];
  const strangers = new Set(present.keys());
  let total = 0;
  let acknowledged = 0;
  let hung = 0;
  for (const attempt of attempts) {
    const { token, state, outcome = 'unstated' } = attempt;
    const its = present.get(token) ?? [];
    strangers.delete(token);
    total += 1;
    if (state === 'acknowledged') acknowledged += 1;
    else if (state === 'failed') failed[outcome] += 1;
    else hung += 1;

    const mustBeThere = state === 'acknowledged' || (state === 'failed' && outcome === 'applied');
    const mustNotBeThere = state === 'failed' && outcome === 'not-applied';
    if (its.length === 0) {
      if (mustBeThere) found.lost.push(token);
      continue;
    }
    if (mustNotBeThere) found.denied.push(token);
    else if (!mustBeThere) undecidedPresent.push(token);
    if (its.length > 1) found.doubled.push(token);
    if (its.some(({ children }) => children !== attempt.children)) found.torn.push(token);
  }
  return {
    attempts: total,
    rows: rowCount,
    acknowledged,
    failed,
    hung,
    ...found,
    strangers: [...strangers],
    undecidedPresent,
  };
}

/** Names the breaches of a settlement with a few tokens of each; empty if it is honest. */
export function breachesOf(settlement: Settlement): string[] {
  return kBreaches
    .filter((name) => settlement[name].length > 0)
    .map((name) => `${settlement[name].length} ${name}: ${settlement[name].slice(0, 5).join(', ')}`);
}

type Entry = { -readonly [Key in keyof Attempt]: Attempt[Key] };

export class Ledger {
  private readonly entries = new Map<string, Entry>();
  private readonly prefix: string;

  /** `name` begins every token, so that several books can share a table. */
  constructor(name = 'run') {
    this.prefix = `${name}-${randomBytes(4).toString('hex')}-`;
  }

  static async createTables(store: LedgerStore): Promise<void> {
    await store.query(kLedgerSchema);
  }

  get attempts(): readonly Attempt[] {
    return [...this.entries.values()];
  }

  /** Attempts that have neither been acknowledged nor failed. */
  get pending(): number {
    let count = 0;
    for (const { state } of this.entries.values()) if (state === 'pending') count += 1;
    return count;
  }

  /** Opens an attempt; write its token, then say how it ended. */
  begin(kind: string, children = 0): string {
    const token = `${this.prefix}${this.entries.size + 1}`;
    this.entries.set(token, { token, kind, children, state: 'pending' });
    return token;
  }

  acknowledge(token: string): void {
    this.end(token).state = 'acknowledged';
  }

  /** Without an outcome, that of `error.resilience` counts, and where there is none the error states nothing. */
  fail(token: string, error: unknown, outcome: Outcome = outcomeOf(error)): void {
    Object.assign(this.end(token), { state: 'failed', outcome, error });
  }

  /** Runs one write and books how it ended. Its result, or undefined if it failed; the error stays in the book. */
  async record<T>(kind: string, write: (token: string) => PromiseLike<T>, children = 0): Promise<T | undefined> {
    const token = this.begin(kind, children);
    try {
      const result = await write(token);
      this.acknowledge(token);
      return result;
    } catch (error) {
      this.fail(token, error);
      return undefined;
    }
  }

  /** Closes the book: reads the table and compares. Writers must have ended, or count as hung. */
  async settle(store: LedgerStore): Promise<Settlement> {
    const rows = await store.query<LedgerRow>(
      `SELECT token, (SELECT count(*)::int FROM ledger_child WHERE entry_id = ledger.id) AS children
       FROM ledger WHERE starts_with(token, $1)`,
      [this.prefix],
    );
    return compare(this.entries.values(), rows);
  }

  private end(token: string): Entry {
    const entry = this.entries.get(token);
    if (!entry) throw new Error(`no attempt has the token ${token}`);
    if (entry.state !== 'pending') throw new Error(`attempt ${token} has ended before: ${entry.state}`);
    return entry;
  }
}

function outcomeOf(error: unknown): Outcome {
  const claimed = (error as { resilience?: { outcome?: unknown } } | undefined)?.resilience?.outcome;
  return claimed === 'not-applied' || claimed === 'unknown' || claimed === 'applied' ? claimed : 'unstated';
}
