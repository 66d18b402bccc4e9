import { StatementKinds } from '../../../lib/adapter/statement-kinds';
import { RecordingHost } from './recording-host';

function kinds() {
  const host = new RecordingHost();
  const asked = jest.spyOn(host, 'statementKind');
  return { kinds: new StatementKinds(host, 'postgres'), asked };
}

test('each text is read once', () => {
  const { asked, kinds: of } = kinds();
  for (let i = 0; i < 3; i += 1) expect(of.of({ sql: 'SELECT 1', args: [] })).toBe('read');
  expect(of.of({ sql: 'INSERT', args: [] })).toBe('write');
  expect(asked).toHaveBeenCalledTimes(2);
});

test('what carries arguments cannot control the transaction', () => {
  const { kinds: of } = kinds();
  expect(of.of({ sql: 'COMMIT', args: [] })).toBe('control');
  expect(of.of({ sql: "INSERT INTO t VALUES ($1, ';')", args: [1] })).toBe('write');
  expect(of.of({ sql: 'SELECT $1', args: [1] })).toBe('read');
});

test('texts that never repeat do not pile up', () => {
  const { asked, kinds: of } = kinds();
  for (let i = 0; i < 5000; i += 1) of.of({ sql: `SELECT ${i}`, args: [] });
  const before = asked.mock.calls.length;
  of.of({ sql: 'SELECT 0', args: [] });
  expect(asked.mock.calls.length).toBe(before + 1);
  const long = `SELECT '${'x'.repeat(30_000)}'`;
  of.of({ sql: long, args: [] });
  of.of({ sql: long, args: [] });
  expect(asked.mock.calls.length).toBe(before + 3);
});

test("whether a statement holds its session is asked once, and never of Prisma's own", () => {
  const host = new RecordingHost();
  const asked = jest.spyOn(host, 'holdsSession');
  const of = new StatementKinds(host, 'postgres');
  for (let i = 0; i < 3; i += 1) expect(of.holdsSession({ sql: 'SET ROLE reader' })).toBe(true);
  for (const sql of ['SELECT "a"."id" FROM "a"', 'INSERT INTO "a" ("id") VALUES ($1)', 'UPDATE "a" SET "id" = 1']) {
    expect(of.holdsSession({ sql })).toBe(false);
  }
  expect(asked).toHaveBeenCalledTimes(1);
  expect(new StatementKinds(host, 'mysql').holdsSession({ sql: 'SET @a = 1' })).toBe(false);
});
