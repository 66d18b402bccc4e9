/**
 * Texts that look like SQL, thrown together from pieces that databases read differently: quotes, comments, dollar
 * quotes, escapes, and writes hidden among them. Most are no valid SQL; those that are show whether a reader of SQL
 * was fooled.
 */
import type { Random } from './random';

const kWrites = [
  "INSERT INTO soup VALUES ('x')",
  'DELETE FROM soup',
  "UPDATE soup SET a = 'y'",
  'DROP TABLE soup',
  'SELECT spill()',
  'SELECT * FROM soup FOR UPDATE',
  'CREATE TABLE more AS SELECT 1',
];
const kPieces = [
  "'",
  "''",
  "\\'",
  '"',
  '""',
  '`',
  '[',
  ']',
  '--',
  '-- ',
  '#',
  '/*',
  '*/',
  '/*!',
  '/*M!',
  '$$',
  '$a$',
  "E'",
  "e'\\''",
  "U&'",
  '\\',
  ';',
  ';',
  ';',
  '\n',
  '\r',
  ' ',
  '(',
  ')',
  ',',
  '.',
  '1',
  '1e',
  '$1',
  '?',
  ':=',
  '@a',
  'SELECT 1',
  'SELECT',
  'WITH a AS (',
  'spill()',
  'spill ()',
  '"spill"()',
  'AS spill(a)',
  'lower(',
  'soup',
  'INTO more FROM soup',
  'FOR UPDATE',
  'UNION SELECT',
  'VALUES (1)',
  'EXPLAIN ANALYZE',
  'DISTINCT ON (1)',
];
const kStarts = [
  'SELECT 1',
  "SELECT 'a'",
  'SELECT ',
  'WITH a AS (SELECT 1) SELECT * FROM a',
  'EXPLAIN ',
  'VALUES (1)',
  '(',
];

// A write between two pieces that hide it in one database and not in another.
const kFrameStarts = ['SELECT 1 ', 'SELECT ', "SELECT 'a' ", 'SELECT DISTINCT ON (1) ', 'WITH a AS (SELECT 1) '];
const kOpenings = [
  "'\\'",
  "'\\\\'",
  "E'\\''",
  '"\\"',
  "'",
  "''",
  '"',
  '/* /* */',
  "/* /* */ ' */",
  '/*',
  '/*!',
  '$$',
  '$a$',
  '-- \r',
  '--\n',
  '--1',
  '#',
  '(',
  '',
  "# '\n",
  "--'\n",
];
const kJoints = ['; ', ', ', ' ', ' UNION SELECT ', ' FROM soup, '];
const kHidden = ['spill()', 'spill() AS f (n)', ...kWrites];
const kClosings = ["; --'", " --'", "'", ' */', ' */ */', '$$', '$a$', '\n', '; --"', '"', ')', '', "; #'", '; -- */'];

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random.next() * items.length)] as T;
}

function makeFrame(random: Random): string {
  const parts = [kFrameStarts, kOpenings, kJoints, kHidden, kClosings] as const;
  return parts.map((choices) => pick(random, choices)).join('');
}

/** One text; it begins like a read. */
export function makeSqlSoup(random: Random): string {
  if (random.next() < 0.7) return makeFrame(random);
  const parts = [pick(random, kStarts)];
  const count = 1 + Math.floor(random.next() * 9);
  for (let i = 0; i < count; ++i) parts.push(random.next() < 0.25 ? pick(random, kWrites) : pick(random, kPieces));
  return parts.join(random.next() < 0.5 ? '' : ' ');
}

const kChanges = [
  "INSERT INTO soup VALUES ('x')",
  "INSERT INTO soup (a) SELECT a || 'z' FROM soup",
  "INSERT INTO soup AS s VALUES ('a'), ('n') ON CONFLICT (a) DO UPDATE SET a = excluded.a || 'c'",
  "INSERT INTO soup VALUES ('b') ON CONFLICT DO NOTHING",
  'DELETE FROM soup',
  "DELETE FROM soup WHERE a IS DISTINCT FROM 'a'",
  'DELETE FROM soup USING other',
  "UPDATE soup SET a = a || 'y'",
  "UPDATE ONLY soup SET a = 'y' WHERE a = $$a$$",
  'UPDATE soup SET a = other.a FROM other',
];
const kBefore = [
  '',
  '',
  '/* /* */ */ ',
  '-- c\n',
  'WITH w AS (SELECT 1) ',
  'WITH RECURSIVE w (n) AS (SELECT 1), v AS MATERIALIZED (DELETE FROM other RETURNING *) -- c\n',
  "WITH update AS (INSERT INTO other VALUES ('w') RETURNING a) ",
  'EXPLAIN ANALYZE ',
];
const kReturning = [
  '',
  '',
  ' RETURNING *',
  ' RETURNING a',
  ' returning soup.a, n',
  ' RETURNING a::text, n::bigint',
  ' RETURNING a AS b',
  ' RETURNING upper(a)',
  ' RETURNING a, a',
  ' RETURNING n + 1',
  ' RETURNING "n"',
];
const kAfter = ['', '', ';', ' -- c', '/* c */;', " /* ' */", '; SELECT 1', ')', " '"];

/** One text that changes something in most cases, put together as a person would, or as a fool. */
export function makeChange(random: Random): string {
  const text = [kBefore, kChanges, kReturning, kAfter].map((choices) => pick(random, choices));
  if (random.next() < 0.1) text.splice(Math.floor(random.next() * 4), 0, pick(random, kPieces));
  return text.join('');
}
