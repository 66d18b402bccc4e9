import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findAdapterCalls, readSourceText, withoutComments } from '../../../../lib/cli/doctor/collect/source-text';

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

test('comments and messages make no adapter', () => {
  const text = `
    // new PrismaPg(a)
    /* new PrismaPg(b)
       new PrismaPg(c) */
    throw new Error("make it by new PrismaPg({})"); const url = 'http://x';
    return new PrismaPg(d);`;
  expect(findAdapterCalls('f.ts', withoutComments(text))).toMatchObject([{ line: 6 }]);
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

  test('may be empty', () => {
    expect(readSourceText(project)).toEqual({ adapterCalls: [], uses: { resilient: false, guard: false } });
  });
});
