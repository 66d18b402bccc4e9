/** Every code block of the documents compiles, and those that are whole programs run and print what they say. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

import { PostgresCluster } from '../../support/postgres';
import { createSchema, emptyTables } from '../../support/prisma';
import { ofItsOwn } from '../../support/program_log';
import { anchors } from './anchors';
import { type Application, newApplication } from './application';
import { type Block, allBlocks, blocks, documents, kRoot } from './blocks';

const kTypeScript = allBlocks().filter(({ language }) => language === 'ts' || language === 'tsx');
const kPrograms = kTypeScript.filter(({ run }) => run);

let application: Application;
beforeAll(() => {
  application = newApplication();
});
afterAll(() => application.dispose());

function fileOf({ place }: Block): string {
  return place.replace(/\W+/g, '-');
}

const kOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  // Blocks may await at their top level, which only modules can.
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  noEmit: true,
  esModuleInterop: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: true,
  types: ['node'],
};

describe('what the compiler says', () => {
  const problems = new Map<string, string[]>();
  beforeAll(() => {
    writeFileSync(join(application.folder, 'package.json'), '{ "type": "module" }\n');
    const ambient = join(application.folder, 'ambient.d.ts');
    writeFileSync(ambient, ts.sys.readFile(join(__dirname, 'ambient.d.ts'))!);
    const places = new Map(kTypeScript.map((block) => [join(application.folder, `${fileOf(block)}.ts`), block]));
    for (const [file, { code }] of places) writeFileSync(file, code);
    const program = ts.createProgram([...places.keys(), ambient], kOptions);
    for (const { file, start, messageText } of ts.getPreEmitDiagnostics(program)) {
      const block = file && places.get(file.fileName);
      const message = ts.flattenDiagnosticMessageText(messageText, '\n');
      const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : 0;
      const place = block?.place ?? 'elsewhere';
      problems.set(place, [...(problems.get(place) ?? []), `line ${line + 1} of the block: ${message}`]);
    }
  }, 120_000);

  test.each(kTypeScript.map(({ place }) => place))('%s', (place) => {
    expect(problems.get(place) ?? []).toEqual([]);
  });

  test('and nothing about anything else', () => {
    expect(problems.get('elsewhere') ?? []).toEqual([]);
  });
});

test('JSON is JSON', () => {
  for (const { language, code } of allBlocks()) {
    if (language === 'json') expect(() => JSON.parse(code) as unknown).not.toThrow();
  }
});

test('links within the documents lead somewhere', () => {
  const dead: string[] = [];
  for (const document of documents()) {
    const text = ts.sys.readFile(join(kRoot, document))!.replace(/```[\s\S]*?```/g, '');
    for (const [, target] of text.matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)) {
      const [path, anchor] = target.split('#');
      const file = path === '' ? document : join(document, '..', path);
      const there = ts.sys.fileExists(join(kRoot, file)) || ts.sys.directoryExists(join(kRoot, file));
      if (!there || (anchor && file.endsWith('.md') && !anchors(join(kRoot, file)).has(anchor)))
        dead.push(`${document}: ${target}`);
    }
  }
  expect(dead).toEqual([]);
});

describe('programs', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await PostgresCluster.start();
    await createSchema(cluster);
  });
  beforeEach(() => emptyTables(cluster));
  afterAll(() => cluster.dispose());

  test.each(kPrograms)(
    '$place',
    async (block) => {
      const file = join(application.folder, `${fileOf(block)}.mjs`);
      const { outputText } = ts.transpileModule(block.code, { compilerOptions: kOptions });
      writeFileSync(file, outputText);
      const child = spawn(process.execPath, [file], {
        env: { ...process.env, DATABASE_URL: cluster.url() },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [output, errors] = ['', ''];
      child.stdout.on('data', (chunk) => (output += chunk));
      child.stderr.on('data', (chunk) => (errors += chunk));
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect({ code, errors: ofItsOwn(errors) }).toEqual({ code: 0, errors: '' });
      const [, promised] = block.code.split('// Prints:\n');
      // Which addon is in use is said by the first client of every process.
      if (promised !== undefined) expect(ofItsOwn(output, { addon: true })).toBe(promised.replace(/^\/\/ ?/gm, ''));
    },
    60_000,
  );
});

test('a block that nothing ends is an error, and an indented one loses its indentation', () => {
  expect(() => blocks('x.md', '```ts\nlet a;\n')).toThrow('x.md:1');
  expect(blocks('x.md', 'a\n\n  ```ts run\n  let a;\n  ```\n')).toEqual([
    { place: 'x.md:4', language: 'ts', run: true, code: 'let a;\n' },
  ]);
});
