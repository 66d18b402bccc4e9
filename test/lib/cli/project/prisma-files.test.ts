import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findDatabaseUrl } from '../../../../lib/cli/project/database-url';
import { readPrismaFiles } from '../../../../lib/cli/project/prisma-files';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'project-'));
});
afterEach(() => rmSync(project, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(project, name)), { recursive: true });
  writeFileSync(join(project, name), text);
}

const kSchema = `
// datasource old { provider = "mysql" }
datasource db {
  provider = "postgresql" // not "sqlite"
  url      = env("PG_URL")
  directUrl = "postgresql://direct"
}
generator docs { provider = "prisma-docs" }
generator client {
  provider        = "prisma-client-js"
  engineType      = "client"
  previewFeatures = ["driverAdapters", "metrics"]
}
`;

test.each(['datasource x {', 'generator x {', '/* ', 'url = "', 'generator x { provider = "prisma-client', '"', '// '])(
  'half a megabyte of %j',
  (piece) => {
    const text = piece.repeat(Math.floor((512 * 1024) / piece.length));
    write('schema.prisma', text);
    write('prisma.config.ts', `datasource: { url: env<${'url: env<'.repeat(50_000)}`);
    write('.env', 'A="\n'.repeat(100_000));
    expect(readPrismaFiles(project).provider).toBeUndefined();
    expect(findDatabaseUrl({ project, env: {} })).toBeUndefined();
  },
);

test('an empty project', () => {
  expect(readPrismaFiles(project)).toEqual({
    schema: undefined,
    config: undefined,
    provider: undefined,
    url: undefined,
    generator: undefined,
  });
});

test('the schema of Prisma 5 and 6', () => {
  write('prisma/schema.prisma', kSchema);
  expect(readPrismaFiles(project)).toEqual({
    schema: 'prisma/schema.prisma',
    config: undefined,
    provider: 'postgresql',
    url: { env: 'PG_URL' },
    generator: { engineType: 'client', previewFeatures: ['driverAdapters', 'metrics'] },
  });
});

test('a schema of several files, named in package.json', () => {
  write('package.json', '{"prisma": {"schema": "db"}}');
  write('db/base.prisma', 'datasource db {\n provider = "sqlite"\n url = "file:./dev.db"\n}');
  write('db/models.prisma', 'generator client {\n provider = "prisma-client"\n}');
  expect(readPrismaFiles(project)).toMatchObject({
    schema: 'db',
    provider: 'sqlite',
    url: { literal: 'file:./dev.db' },
    generator: { engineType: undefined, previewFeatures: [] },
  });
});

test.each([
  ["env('URL_7')", { env: 'URL_7' }],
  ["env<Env>('URL_7')", { env: 'URL_7' }],
  ['process.env.URL_7!', { env: 'URL_7' }],
  ["process.env['URL_7']", { env: 'URL_7' }],
  ["'postgresql://h/db'", { literal: 'postgresql://h/db' }],
  ['urlOf(process)', undefined],
])('prisma.config.ts with url: %s', (url, expected) => {
  write('db/x.prisma', 'datasource db {\n provider = "postgresql"\n}');
  write(
    'prisma.config.ts',
    `import { defineConfig } from 'prisma/config';
// url: 'postgresql://commented'
export default defineConfig({ schema: path.join('db/x.prisma'), datasource: { url: ${url} } });`,
  );
  expect(readPrismaFiles(project)).toMatchObject({ schema: 'db/x.prisma', config: 'prisma.config.ts', url: expected });
});

describe('the database URL', () => {
  const find = (env: Record<string, string> = {}, given?: string, variable?: string) =>
    findDatabaseUrl({ project, env, given, variable, datasource: readPrismaFiles(project).url });

  test('the option wins, then the environment, then .env, then prisma/.env', () => {
    write('prisma/schema.prisma', kSchema);
    expect(find()).toBeUndefined();
    write('prisma/.env', 'PG_URL=postgresql://4');
    expect(find()).toEqual({ url: 'postgresql://4', source: 'PG_URL in prisma/.env' });
    write('.env', 'PG_URL=postgresql://3\nDATABASE_URL=postgresql://other');
    expect(find()).toEqual({ url: 'postgresql://3', source: 'PG_URL in .env' });
    expect(find({ PG_URL: 'postgresql://2' })).toEqual({ url: 'postgresql://2', source: "the environment's PG_URL" });
    expect(find({ PG_URL: 'postgresql://2' }, 'postgresql://1')).toEqual({ url: 'postgresql://1', source: '--url' });
    expect(find({}, undefined, 'DATABASE_URL')?.url).toBe('postgresql://other');
  });

  test('what the datasource says itself comes last', () => {
    write('schema.prisma', 'datasource db {\n provider = "postgresql"\n url = "postgresql://literal"\n}');
    expect(find()).toEqual({ url: 'postgresql://literal', source: 'the datasource block' });
    expect(find({ DATABASE_URL: 'postgresql://env' })?.url).toBe('postgresql://env');
  });
});
