/**
 * Bundles that stand alone, by the lines of docs/bundlers.md: each runs in an empty folder, through a real outage. Those of
 * esbuild and ncc are in test/e2e/adopted/bundled.test.ts.
 */
import { renameSync } from 'node:fs';
import { join, relative } from 'node:path';

import { releasePort, reservePort } from '../support/ports';
import { PostgresCluster } from '../support/postgres';
import { createSchema } from '../support/prisma';
import {
  Stage,
  Standalone,
  documented,
  kEsmApplication,
  kInPackageApplication,
  kModernApplication,
  kRoot,
  requireTools,
  warningsAboutUs,
} from './stage';

jest.setTimeout(300_000);

let cluster: PostgresCluster;
let stage: Stage;
beforeAll(async () => {
  requireTools();
  stage = new Stage();
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
}, 600_000);
afterAll(async () => {
  stage.dispose();
  await cluster.dispose();
});

let standalone: Standalone;
beforeEach(() => (standalone = new Standalone()));
afterEach(() => standalone.dispose());

/** What runs a bundler by the block of the document that begins with `first`, in a stage. */
type Bundler = (stage: Stage, adapt?: (text: string) => string) => string;

/** Of the shell: its words, without quotation marks. */
function command(tool: string, first: string): Bundler {
  return (stage, adapt = (text) => text) => {
    const line = adapt(documented(first)).split('\n').slice(1).join(' ').replace('\\', '');
    const [, ...args] = [...line.matchAll(/(?:[^\s"]+|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
    return stage.run(tool, ...args);
  };
}

/** `files`: written by their own first lines; the last of them is what the tool is given. */
function configured(tool: string, ...files: string[]): Bundler {
  return (stage, adapt = (text) => text) => {
    for (const file of files) stage.write(file, adapt(documented(`// ${file}`)));
    return stage.run(tool, '--config', files[files.length - 1]!);
  };
}

test('a warning about this package would be found, one about a driver is its own', () => {
  const said =
    "asset app.js\n\nWARNING in ./pg/lib/client.js 7:11-31\nCan't resolve 'pg-native'\n @ ./app.js 3:21-50\n\n";
  expect(warningsAboutUs(said)).toEqual([]);
  const ours = 'WARNING in ./node_modules/prisma-resilient-client/dist/main.js\n';
  expect(warningsAboutUs(said + ours)).toEqual([ours]);
});

const kWebpack = 'webpack-cli/bin/cli.js';
const kRollup = 'rollup/dist/bin/rollup';
const kTsup = 'tsup/dist/cli-default.js';
const kNcc = '@vercel/ncc/dist/ncc/cli.js';
const kEsbuild = 'esbuild/bin/esbuild';

test('esbuild, with the generator prisma-client', async () => {
  stage.write('app.ts', kModernApplication);
  stage.generate();
  const said = command(kEsbuild, '# esbuild, generator prisma-client')(stage);
  expect(warningsAboutUs(said)).toEqual([]);
  standalone.take(join(stage.folder, 'dist-esm'));
  await standalone.survives(cluster, 'app.mjs');
});

/** Takes a bundle, and what the document says lies beside it. */
function takeAll(from: Stage, output: string): void {
  standalone.take(join(from.folder, output));
  if (output.startsWith('dist-rollup')) standalone.take(from.prebuilds, 'prebuilds');
  for (const file of from.compilers) standalone.take(file, file.split('/').pop());
}

test.each<[string, Bundler, string]>([
  ['webpack', configured(kWebpack, 'webpack.config.cjs'), 'dist-webpack'],
  ['rollup', configured(kRollup, 'rollup.config.mjs'), 'dist-rollup'],
  ['tsup', configured(kTsup, 'tsup.config.mjs'), 'dist-tsup'],
])('%s', async (_, bundle, output) => {
  expect(warningsAboutUs(bundle(stage))).toEqual([]);
  takeAll(stage, output);
  await standalone.survives(cluster, 'app.js');
});

describe('an application that is an ES module', () => {
  let modern: Stage;
  beforeAll(() => {
    modern = new Stage();
    modern.write('package.json', '{ "name": "application", "private": true, "type": "module" }');
    modern.write('client/package.json', '{ "type": "commonjs" }');
    modern.write('app.js', kEsmApplication);
  });
  afterAll(() => modern.dispose());

  test.each<[string, Bundler, string, string]>([
    ['esbuild', command(kEsbuild, '# esbuild, as an ES module'), 'dist-esbuild-esm', 'app.mjs'],
    ['ncc', command(kNcc, '# ncc'), 'dist-ncc', 'index.js'],
    ['webpack', configured(kWebpack, 'webpack.config.cjs', 'webpack.esm.config.cjs'), 'dist-webpack-esm', 'app.mjs'],
    ['rollup', configured(kRollup, 'rollup.config.mjs', 'rollup.esm.config.mjs'), 'dist-rollup-esm', 'app.mjs'],
    ['tsup', configured(kTsup, 'tsup.config.mjs', 'tsup.esm.config.mjs'), 'dist-tsup-esm', 'app.js'],
  ])('%s', async (_, bundle, output, program) => {
    expect(warningsAboutUs(bundle(modern))).toEqual([]);
    takeAll(modern, output);
    standalone.write('package.json', '{ "type": "module" }');
    await standalone.survives(cluster, program);
  });
});

describe('an application that imports its client from @prisma/client itself', () => {
  let inPackage: Stage;
  beforeAll(() => {
    inPackage = new Stage();
    inPackage.write('app.js', kInPackageApplication);
    inPackage.generateInPackage();
  });
  afterAll(() => inPackage.dispose());

  /** As the document says: each mention is taken out. */
  const withIt = (text: string): string =>
    text
      .replace(/ --external[ :]@prisma\/client/, '')
      .replace(/^ *externals: .*\n/m, '')
      .replace(" || id === '@prisma/client'", '')
      .replace('@prisma\\/client$|', '')
      .replace("'@prisma/client', ", '');

  test.each<[string, Bundler, string, string]>([
    ['esbuild', command(kEsbuild, '# esbuild'), 'dist-esbuild', 'app.js'],
    ['ncc', command(kNcc, '# ncc'), 'dist-ncc', 'index.js'],
    ['webpack', configured(kWebpack, 'webpack.config.cjs'), 'dist-webpack', 'app.js'],
    ['rollup', configured(kRollup, 'rollup.config.mjs'), 'dist-rollup', 'app.js'],
    ['tsup', configured(kTsup, 'tsup.config.mjs'), 'dist-tsup', 'app.js'],
  ])('%s', async (_, bundle, output, program) => {
    const said = bundle(inPackage, (text) => {
      const adapted = withIt(text);
      expect(adapted).not.toMatch(/@prisma.{0,2}client/);
      return adapted;
    });
    expect(warningsAboutUs(said)).toEqual([]);
    takeAll(inPackage, output);
    await standalone.survives(cluster, program);
  });
});

/** A route of an application for the App Router. */
const kNextFiles = {
  'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;',
  'app/page.js': 'export default () => <p>here</p>;',
  'app/users/route.js': `
    import { prisma } from '../../prisma';
    export const dynamic = 'force-dynamic';
    export const GET = async () => new Response('users ' + (await prisma.user.count()));
  `,
  'prisma.js': `
    import { PrismaPg } from '@prisma/adapter-pg';
    import { ResilientPrismaClient } from 'prisma-resilient-client';
    import { PrismaClient } from './generated/client';
    const connectionString = process.env.DATABASE_URL;
    const resilient = new ResilientPrismaClient(
      (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg({ connectionString })) }),
    );
    export const prisma = resilient.getClient();
  `,
  'package.json': '{ "name": "site", "private": true }',
};

test('Next.js, its standalone output, with the generator prisma-client', async () => {
  stage.place = join(stage.folder, 'site');
  for (const [name, text] of Object.entries(kNextFiles)) stage.write(`site/${name}`, text);
  // What is linked into node_modules here lies elsewhere in the checkout.
  const roots = `outputFileTracingRoot: ${JSON.stringify(kRoot)}, turbopack: { root: ${JSON.stringify(kRoot)} },`;
  stage.write('site/next.config.mjs', documented('// next.config.mjs').replace('{\n', `{ ${roots}\n`));
  stage.generate();
  renameSync(join(stage.folder, 'generated'), join(stage.place, 'generated'));
  try {
    stage.run('next/dist/bin/next', 'build');
  } finally {
    stage.place = stage.folder;
  }
  standalone.take(join(stage.folder, 'site/.next/standalone'));
  const server = join(relative(kRoot, stage.folder), 'site/server.js');
  const port = await reservePort();
  try {
    const ask = await standalone.serve(server, cluster.url(), port);
    expect(await ask('/users')).toBe('users 0');
    await cluster.stop('immediate');
    const during = ask('/users');
    await cluster.start();
    expect(await during).toBe('users 0');
  } finally {
    releasePort(port);
  }
});

test('a bundle without its binaries says what to do', async () => {
  stage.run(
    'esbuild/bin/esbuild',
    'app.js',
    '--bundle',
    '--platform=node',
    '--outfile=dist-bare/app.js',
    '--external:*.node',
    '--external:@prisma/client',
  );
  standalone.take(join(stage.folder, 'dist-bare'));
  const ask = standalone.start('app.js', cluster.url());
  expect(await ask('anything')).toMatch(/put into a bundle without its binaries[^]*--external:prisma-resilient-client/);
});
