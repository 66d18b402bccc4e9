import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findAdapterCalls, readSourceText } from '../../../../lib/cli/doctor/collect/source-text';
import { blocks } from '../../../e2e/docs/blocks';
import { kLargestFile } from '../../../../lib/cli/project/read-file';

test.each([
  [
    'new PrismaPg({ connectionString, max: 7, keepAlive: true })',
    'literal',
    ['connectionString', 'max', 'keepAlive'],
    7,
  ],
  ['new PrismaPg({\n  "connectionString": f("a)b"),\n  ssl: { ca },\n})', 'literal', ['connectionString', 'ssl', 'ca']],
  ['new PrismaPg(poolConfig(url), { schema })', 'poolConfig', []],
  ['new PrismaPg({ ...poolConfig(url), max: 3 })', 'poolConfig', [], 3],
  ['new PrismaPg(poolConfig(url, { connectionLimit: 20 }))', 'poolConfig', [], 20],
  ['new PrismaPg({ ...base, max: 4 })', 'unknown', [], 4],
  ['new PrismaPg({ ...base })', 'unknown', []],
  ['new PrismaPg(pool)', 'unknown', []],
  ['new PrismaPg(`${a}`, ")")', 'unknown', []],
])('%s', (text, settings, names, max = undefined) => {
  expect(findAdapterCalls('f.ts', `\n${text}; other({ max: 99 })`)).toEqual([
    { file: 'f.ts', line: 2, settings, names, max },
  ]);
});

test.each([
  ['new PrismaClient({ log: [], adapter: new PrismaPg({ a }) })', true],
  ['new ResilientPrismaClient(() => new db.PrismaClient({ adapter: new PrismaPg({ a }) }))', true],
  ['new PrismaClient({ adapter: ctx.guard(new PrismaPg({ a })) })', false],
  ['new PrismaClient({ adapter: guardAdapter<PrismaPg>(new PrismaPg({ a })) })', false],
  ['new ResilientPrismaClient({ client: PrismaClient, adapter: () => new PrismaPg({ a }) })', false],
  ['const adapter = new PrismaPg({ a }); new PrismaClient({ adapter })', false],
])('whether a client has it as it is: %s', (text, unguarded) => {
  expect(findAdapterCalls('f.ts', text).map((call) => call.unguarded ?? false)).toEqual([unguarded]);
});

test('of two clients in one file, the one without a guard is told', () => {
  const text = `
    new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg({ a })) }));
    new PrismaClient({ adapter: new PrismaPg({ a }) });`;
  expect(findAdapterCalls('f.ts', text)).toMatchObject([{ line: 2 }, { line: 3, unguarded: true }]);
});

test('comments and messages make no adapter', () => {
  const text = `
    // new PrismaPg(a)
    /* new PrismaPg(b)
       new PrismaPg(c) */
    throw new Error("make it by new PrismaPg({})"); const url = 'http://x';
    return new PrismaPg(d);`;
  expect(findAdapterCalls('f.ts', text)).toMatchObject([{ line: 6 }]);
});

test.each([
  ['strings that nothing closes end with their line', `it's\nnew PrismaPg({ max: 1 })`, [{ line: 2, max: 1 }]],
  ['what is in a template is none', '`\nnew PrismaPg({})`', []],
  ['calls in calls', 'new PrismaPg({ a: new PrismaPg({ max: 2 }) })', [{ line: 1 }, { line: 1, max: 2 }]],
])('%s', (_, text, expected) => {
  expect(findAdapterCalls('f.ts', text)).toMatchObject(expected);
});

/** Each takes minutes where a reader begins anew at each of its pieces. */
test.each([
  'new PrismaPg(',
  'new PrismaPg({',
  'new PrismaPg({ a: 1 }); ',
  'new PrismaPg\n',
  '/* new PrismaPg(',
  '// ',
  '"new PrismaPg(',
  '`',
  "'",
  '{a',
  '{    ',
  '([{',
  ')]}',
  'new ',
])('half a megabyte of %j', (piece) => {
  const text = piece.repeat(Math.floor(kLargestFile / piece.length));
  expect(findAdapterCalls('f.ts', text + ' PrismaPg').length).toBeLessThanOrEqual(100);
});

test('half a megabyte of one word in a setting', () => {
  expect(findAdapterCalls('f.ts', `new PrismaPg({${'a'.repeat(kLargestFile)}`)).toMatchObject([{ names: [] }]);
});

describe('a project', () => {
  let project: string;
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'project-'));
  });
  afterEach(() => rmSync(project, { recursive: true }));

  function write(name: string, text: string): void {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }

  test('is read where the application is', () => {
    write('src/db.ts', 'new ResilientPrismaClient((ctx) => make(ctx.guard(new PrismaPg({ connectionString }))))');
    for (const folder of ['node_modules/x', 'dist', '.next', 'generated', 'src/__tests__']) {
      write(`${folder}/db.js`, 'new PrismaPg({})');
    }
    write('src/notes.md', 'new PrismaPg({})');
    const { adapterCalls, uses } = readSourceText(project);
    expect(adapterCalls.map(({ file }) => file)).toEqual(['src/db.ts']);
    expect(uses).toEqual({ resilient: true, guard: true });
  });

  const kForms = ['README.md', 'docs/nest.md']
    .flatMap((document) => blocks(document))
    .filter(({ code }) => code.includes("'prisma-resilient-client'") && code.includes('PrismaPg'));

  test('the documents have forms', () => expect(kForms.length).toBeGreaterThanOrEqual(5));

  test.each(kForms)('$place has the guard', ({ code }) => {
    write('src/db.ts', code);
    expect(readSourceText(project).uses).toMatchObject({ resilient: true, guard: true });
  });

  test('a guard that is none of this package', () => {
    write('src/db.ts', 'router.guard(admin); new PrismaClient({ adapter: new PrismaPg({ connectionString }) })');
    expect(readSourceText(project).uses).toEqual({ resilient: false, guard: false });
  });

  test('may be empty', () => {
    expect(readSourceText(project)).toEqual({ adapterCalls: [], uses: { resilient: false, guard: false } });
  });
});
