/** Bundles that stand alone, by the lines of docs/bundlers.md: each runs in an empty folder, through a real outage. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PostgresCluster } from '../support/postgres';
import { createSchema } from '../support/prisma';
import { Stage, Standalone, installTools, kRoot } from './stage';

jest.setTimeout(300_000);

let cluster: PostgresCluster;
let stage: Stage;
beforeAll(async () => {
  installTools();
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

/** The code block of the document that begins with this comment. */
function documented(first: string): string {
  const text = readFileSync(join(kRoot, 'docs/bundlers.md'), 'utf8');
  const block = text.split('```').find((part) => part.split('\n', 2)[1] === first);
  if (!block) throw new Error(`docs/bundlers.md has no block that begins with ${first}`);
  return block.slice(block.indexOf('\n') + 1);
}

async function survives(program: string): Promise<void> {
  const ask = standalone.start(program, cluster.url());
  expect(await ask('healthy')).toBe('users 0');
  await cluster.stop('immediate');
  const during = ask('during the outage');
  await cluster.start();
  expect(await during).toBe('users 0');
  expect(await standalone.end()).toEqual({ code: 0, errors: '' });
}

test('esbuild', async () => {
  const [, ...args] = documented('# esbuild').split('\n')[1].trim().split(/\s+/);
  stage.run('esbuild/bin/esbuild', ...args);
  standalone.take(join(stage.folder, 'dist-esbuild'));
  for (const file of stage.compilers) standalone.take(file, file.split('/').pop());
  await survives('app.js');
});

test('webpack', async () => {
  stage.write('webpack.config.js', documented('// webpack.config.js'));
  stage.run('webpack-cli/bin/cli.js', '--config', 'webpack.config.js');
  standalone.take(join(stage.folder, 'dist-webpack'));
  for (const file of stage.compilers) standalone.take(file, file.split('/').pop());
  await survives('app.js');
});

test('rollup', async () => {
  stage.write('rollup.config.mjs', documented('// rollup.config.mjs'));
  stage.run('rollup/dist/bin/rollup', '--config', 'rollup.config.mjs');
  standalone.take(join(stage.folder, 'dist-rollup')).take(stage.prebuilds, 'prebuilds');
  for (const file of stage.compilers) standalone.take(file, file.split('/').pop());
  await survives('app.js');
});

test('ncc', async () => {
  const [, ...args] = documented('# ncc').split('\n')[1].trim().split(/\s+/);
  stage.run('@vercel/ncc/dist/ncc/cli.js', ...args);
  standalone.take(join(stage.folder, 'dist-ncc'));
  for (const file of stage.compilers) standalone.take(file, file.split('/').pop());
  await survives('index.js');
});

test('tsup', async () => {
  stage.write('tsup.config.mjs', documented('// tsup.config.mjs'));
  stage.run('tsup/dist/cli-default.js');
  standalone.take(join(stage.folder, 'dist-tsup'));
  for (const file of stage.compilers) standalone.take(file, file.split('/').pop());
  await survives('app.js');
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
