import type { SqlQuery } from './driver-adapter';
import type { GuardHost } from './guard-host';

type StatementKind = ReturnType<GuardHost['statementKind']>;

/** Prisma's statements repeat, with the values apart; texts with the values inside do not, hence a limit. */
const kLimit = 2000;
const kLongest = 20_000;

/** How Prisma's own statements begin, which leave nothing behind in their session. */
const kPrismasOwn = ['SELECT "', 'INSERT INTO "', 'UPDATE "', 'DELETE FROM "'] as const;

/** Remembers what the core has read in a statement. */
export class StatementKinds {
  private readonly known = new Map<string, StatementKind>();
  private readonly holding = new Map<string, boolean>();

  constructor(
    private readonly host: Pick<GuardHost, 'statementKind' | 'holdsSession'>,
    private readonly provider: string,
  ) {}

  /** It leaves something behind that lives as long as its session. */
  holdsSession({ sql }: Pick<SqlQuery, 'sql'>): boolean {
    if (this.provider !== 'postgres' || kPrismasOwn.some((start) => sql.startsWith(start))) return false;
    return remembered(this.holding, sql, () => this.host.holdsSession(sql, this.provider));
  }

  of(query: Pick<SqlQuery, 'sql' | 'args'>): StatementKind {
    const kind = this.ofText(query.sql);
    // What has arguments goes by the extended protocol, which takes one statement and no transaction control.
    return kind === 'control' && query.args.length > 0 ? 'write' : kind;
  }

  private ofText(sql: string): StatementKind {
    return remembered(this.known, sql, () => this.host.statementKind(sql, this.provider));
  }
}

/** What `read` says of a text, read once while it is remembered. */
export function remembered<T>(known: Map<string, T>, sql: string, read: () => T): T {
  const before = known.get(sql);
  if (before !== undefined) return before;
  const answer = read();
  if (sql.length > kLongest) return answer;
  if (known.size >= kLimit) known.clear();
  known.set(sql, answer);
  return answer;
}
