/** What marker tables have in common, whatever the database. */
import { type SqlQuery, type SqlQueryable, statement } from '../driver-adapter';
import type { MarkRules } from '../guard-host';

/** Of a row that is written to see whether it can be, and is rolled back. */
const kNobody = '00000000-0000-0000-0000-000000000000';
/** A refusal has to outlive its ghost, where no session says when it began. */
export const kRefusalKeptDays = 7;
export const kColumns = ['token', 'at', 'refused'] as const;
export const kRun = 'Run what `npx prisma-resilient marks` prints';

export abstract class MarkTableBase {
  constructor(
    protected readonly name: string,
    protected readonly rules: Pick<MarkRules, 'limits'>,
    /** As it is written in a statement. */
    protected readonly quoted = name,
  ) {}

  insert(uuid: string): SqlQuery {
    return statement(`INSERT INTO ${this.quoted} (token) VALUES ('${uuid}')`);
  }

  async sweep(queryable: SqlQueryable, uuids: readonly string[]): Promise<void> {
    const list = uuids.map((uuid) => `'${uuid}'`).join(', ');
    await queryable.executeRaw(statement(`DELETE FROM ${this.quoted} WHERE token IN (${list})`));
  }

  protected get keptSeconds(): number {
    return this.rules.limits.keptMs / 1000;
  }

  /**
   * PostgreSQL's and SQLite's way to refuse a write. The row that is there is written once more, so that the answer
   * lasts as long as what it tells of.
   */
  protected async refuse(queryable: SqlQueryable, uuid: string): Promise<'refused' | 'there'> {
    const { rows } = await queryable.queryRaw(
      statement(
        `INSERT INTO ${this.quoted} AS mark (token, refused) VALUES ('${uuid}', true) ` +
          'ON CONFLICT (token) DO UPDATE SET refused = mark.refused RETURNING CAST(refused AS text) AS refused',
      ),
    );
    return rows[0]?.[0] === 'true' || rows[0]?.[0] === '1' ? 'refused' : 'there';
  }

  /** By doing what a mark's life needs. Rejects with what was refused. */
  protected async tryRights(queryable: SqlQueryable): Promise<void> {
    await queryable.executeRaw(this.insert(kNobody));
    await queryable.executeRaw(statement(`UPDATE ${this.quoted} SET refused = refused WHERE token = '${kNobody}'`));
    await this.sweep(queryable, [kNobody]);
  }

  protected problemOfColumns(missing: readonly string[], required: readonly string[]): string[] {
    const problems: string[] = [];
    if (missing.length > 0) problems.push(`${this.name} has another shape: it lacks ${missing.join(', ')}. ${kRun}`);
    if (required.length > 0) {
      problems.push(
        `${this.name} has columns that need a value and have no default: ${required.join(', ')}. Drop them, or give them one`,
      );
    }
    return problems;
  }
}
