/**
 * The marker table, `writes.markerTable`, as the guard uses it: which statement carries its mark in itself, and when rows
 * go.
 */
import type { SqlQuery } from '../driver-adapter';
import type { GuardHost, MarkRules, MarkedSql } from '../guard-host';
import { native } from '../../native';
import { remembered } from '../statement-kinds';
import { MarkSweeper, type SweptPlace } from './mark-sweeper';
import type { MarkTable } from './mark-table';
import { MysqlMarkTable } from './mark-table-mysql';
import { PostgresMarkTable } from './mark-table-postgres';
import { SqliteMarkTable } from './mark-table-sqlite';
import { checkTableName } from '../../tables/table-name';
import { StatementNames } from './statement-names';
import { type Token, newToken } from './token';

/** Prisma's statements repeat, with the values apart; texts with the values inside do not, hence a limit. */
const kTextsKept = 2000;
const kLongestKept = 20_000;

interface Carried {
  readonly parameters: number;
  /** undefined: it is run in a transaction. */
  readonly marked: MarkedSql | undefined;
  uses: number;
}

/** A statement with its mark in it, and its token among the values. */
export interface MarkedQuery {
  readonly query: SqlQuery;
  readonly token: Token;
  readonly marked: MarkedSql;
  /** How often it is sent, this time included; 1 where it is too long to be remembered. */
  readonly uses: number;
}

type TableClass = new (name: string, rules: MarkRules) => MarkTable;

function tableOf(provider: string): TableClass {
  if (provider === 'mysql') return MysqlMarkTable;
  return provider === 'sqlite' ? SqliteMarkTable : PostgresMarkTable;
}

export class Marks {
  readonly table: MarkTable;
  readonly rules: MarkRules;
  readonly names: StatementNames;
  private readonly sweeper: MarkSweeper;
  private readonly name: string;
  private readonly pipelined = new Map<string, boolean>();
  private readonly texts = { query: new Map<string, Carried>(), execute: new Map<string, Carried>() };

  /** Throws a ConfigError for what is no table's name. */
  constructor(
    host: GuardHost,
    markerTable: string,
    private readonly provider: string,
  ) {
    this.name = checkTableName('writes.markerTable', markerTable);
    this.rules = host.marks;
    this.table = new (tableOf(provider))(this.name, host.marks);
    this.sweeper = new MarkSweeper(this.table, host.marks);
    this.names = new StatementNames(host.marks.limits);
  }

  /** undefined: the statement cannot carry a mark. */
  carriedBy(kind: 'query' | 'execute', query: SqlQuery): MarkedQuery | undefined {
    const carried = this.carried(kind, query);
    if (!carried.marked) return undefined;
    carried.uses += 1;
    const { marked, uses } = carried;
    const token = newToken();
    const { args, argTypes } = query;
    return {
      token,
      marked,
      uses,
      query: {
        sql: marked.text,
        args: [...args, token.uuid],
        argTypes: [...argTypes, { scalarType: 'string', arity: 'scalar' }],
      },
    };
  }

  /** It may be sent without waiting for the answer to what begins its transaction. */
  mayBePipelined({ sql }: Pick<SqlQuery, 'sql'>): boolean {
    return remembered(this.pipelined, sql, () => native.mayBePipelined(sql, this.provider));
  }

  /** The server takes this statement, and does not take it with a mark. */
  cannotCarry(kind: 'query' | 'execute', query: SqlQuery): void {
    this.keep(kind, query, undefined);
  }

  /** The write is committed, and nobody will ask any more. */
  settled(place: SweptPlace, token: Token): void {
    this.sweeper.add(place, token.uuid);
  }

  /** Before its adapter is disposed of. */
  sweepLast(place: SweptPlace): Promise<void> {
    return this.sweeper.finish(place);
  }

  private carried(kind: 'query' | 'execute', query: SqlQuery): Carried {
    const known = this.texts[kind].get(query.sql);
    if (known?.parameters === query.args.length) return known;
    const marked = this.rules.sql(query.sql, this.provider, {
      table: this.name,
      parameters: query.args.length,
      wantsRows: kind === 'query',
    });
    return this.keep(kind, query, marked);
  }

  private keep(kind: 'query' | 'execute', { args, sql }: SqlQuery, marked: MarkedSql | undefined): Carried {
    const carried = { parameters: args.length, marked, uses: 0 };
    if (sql.length > kLongestKept) return carried;
    const texts = this.texts[kind];
    if (texts.size >= kTextsKept) texts.clear();
    texts.set(sql, carried);
    return carried;
  }
}
