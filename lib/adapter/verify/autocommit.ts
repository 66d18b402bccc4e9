/** What is asked of a connection that the driver mariadb has given to one borrower. */
export interface Connection {
  query: Ask;
  execute?: Ask;
  release?: () => Promise<unknown>;
  end?: () => Promise<unknown>;
  destroy?: () => void;
  readonly info?: { readonly status?: unknown };
}
type Ask = (asked: unknown, ...values: unknown[]) => Promise<unknown>;

export const kAutocommitOff = 'SET autocommit = 0';
const kAutocommitOn = 'SET autocommit = 1';

/** Of the status that each answer of the server carries. */
const kInTransaction = 1;
const kInAutocommit = 2;

/**
 * Takes one connection out of autocommit, where its adapter begins a transaction: nothing is committed before COMMIT then.
 *
 * COMMIT and ROLLBACK put it back. A connection of which that was not answered well is destroyed and not handed back: its
 * next borrower's writes would never be committed.
 */
export class Autocommit {
  private isOn = true;
  /** What `SET autocommit = 1` would commit is of no account, should ROLLBACK be refused before it. */
  nothingToUndo = false;
  private readonly send: Ask;
  private readonly texts = new Set([kAutocommitOff, 'COMMIT', 'ROLLBACK']);

  constructor(connection: Connection) {
    const { query, execute, release, end } = connection;
    this.send = (...args) => query.apply(connection, args);
    connection.query = (...args) => this.query(...args);
    // What has no values is sent as a text, in a third of the messages.
    if (execute) {
      connection.execute = (...args) =>
        this.texts.has(sqlOf(args[0]) ?? '') ? this.query(...args) : execute.apply(connection, args);
    }
    const handBack = (give: () => Promise<unknown>) => (): Promise<unknown> => {
      Object.assign(connection, { query, execute, release, end });
      if (!this.isOn) connection.destroy?.();
      return give.call(connection);
    };
    if (release) connection.release = handBack(release);
    if (end) connection.end = handBack(end);
  }

  /** It can be taken out of autocommit: it is in it, in no transaction, and can be destroyed. */
  static isIn({ destroy, info }: Connection): boolean {
    const { status } = info ?? {};
    if (typeof status !== 'number' || typeof destroy !== 'function') return false;
    return (status & (kInAutocommit | kInTransaction)) === kInAutocommit;
  }

  sendAsText(sql: string): void {
    this.texts.add(sql);
  }

  private query(asked: unknown, ...values: unknown[]): Promise<unknown> {
    const sql = sqlOf(asked);
    if (sql === kAutocommitOff) this.isOn = false;
    const send = (): Promise<unknown> => this.send(asked, ...values);
    if (this.isOn || (sql !== 'COMMIT' && sql !== 'ROLLBACK')) return send();
    return sql === 'COMMIT' || this.nothingToUndo ? this.endTogether(send) : this.endInTurn(send);
  }

  private async endTogether(send: () => Promise<unknown>): Promise<unknown> {
    const ending = send();
    const restoring = this.restore();
    try {
      return await ending;
    } finally {
      await restoring;
    }
  }

  /** Behind a ROLLBACK that is refused, the SET would commit what was to be undone. */
  private async endInTurn(send: () => Promise<unknown>): Promise<unknown> {
    const answer = await send();
    await this.restore();
    return answer;
  }

  private restore(): Promise<void> {
    return this.send({ sql: kAutocommitOn }).then(
      () => void (this.isOn = true),
      () => undefined,
    );
  }
}

export function sqlOf(asked: unknown): string | undefined {
  const sql = typeof asked === 'object' && asked !== null ? (asked as { sql?: unknown }).sql : asked;
  return typeof sql === 'string' ? sql : undefined;
}
