import type { SqlQuery } from './driver-adapter';
import type { GuardHost } from './guard-host';

export type StatementKind = ReturnType<GuardHost['statementKind']>;

/** Prisma's statements repeat, with the values apart; texts with the values inside do not, hence a limit. */
const kLimit = 2000;
const kLongest = 20_000;

/** Remembers what the core has read in a statement. */
export class StatementKinds {
  private known = new Map<string, StatementKind>();

  constructor(
    private readonly host: Pick<GuardHost, 'statementKind'>,
    private readonly provider: string,
  ) {}

  of(query: Pick<SqlQuery, 'sql' | 'args'>): StatementKind {
    const kind = this.ofText(query.sql);
    // What has arguments goes by the extended protocol, which takes one statement and no transaction control.
    return kind === 'control' && query.args.length > 0 ? 'write' : kind;
  }

  private ofText(sql: string): StatementKind {
    const known = this.known.get(sql);
    if (known !== undefined) return known;
    const kind = this.host.statementKind(sql, this.provider);
    if (sql.length > kLongest) return kind;
    if (this.known.size >= kLimit) this.known.clear();
    this.known.set(sql, kind);
    return kind;
  }
}
