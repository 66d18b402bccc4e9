/**
 * Bundles that stand alone, by the lines of docs/bundlers.md: each runs in an empty folder, through a real outage. Those of
 * esbuild and ncc are in test/e2e/adopted/bundled.test.ts.
 */
import { renameSync } from 'node:fs';
import { join, relative } from 'node:path';

import { releasePort, reservePort } from '../support/ports';
import { PostgresCluster } from '../support/postgres';
import { createSchema } from '../support/prisma';
import { Stage, Standalone, documented, kModernApplication, kRoot, requireTools } from './stage';

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

test('esbuild, with the generator prisma-client', async () => {
  stage.write('app.ts', kModernApplication);
  stage.generate();
  const line = documented('# esbuild, generator prisma-client').split('\n').slice(1).join(' ').replace('\\', '');
  const [, ...args] = [...line.matchAll(/(?:[^\s"]+|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
  stage.run('esbuild/bin/esbuild', ...args);
  standalone.take(join(stage.folder, 'dist-esm'));
  await standalone.survives(cluster, 'app.mjs');
});

test('webpack', async () => {
  stage.write('webpack.config.js', documented('// webpack.config.js'));
  stage.run('webpack-cli/bin/cli.js', '--config', 'webpack.config.js');
  standalone.take(join(stage.folder, 'dist-webpack'));
  for (const file of stage.compilers) standalone.take(file, file.split('/').pop());
  await standalone.survives(cluster, 'app.js');
});

test('rollup', async () => {
  stage.write('rollup.config.mjs', documented('// rollup.config.mjs'));
  stage.run('rollup/dist/bin/rollup', '--config', 'rollup.config.mjs');
  standalone.take(join(stage.folder, 'dist-rollup')).take(stage.prebuilds, 'prebuilds');
  for (const file of stage.compilers) standalone.take(file, file.split('/').pop());
  await standalone.survives(cluster, 'app.js');
});

test('tsup', async () => {
  stage.write('tsup.config.mjs', documented('// tsup.config.mjs'));
  stage.run('tsup/dist/cli-default.js');
  standalone.take(join(stage.folder, 'dist-tsup'));
  for (const file of stage.compilers) standalone.take(file, file.split('/').pop());
  await standalone.survives(cluster, 'app.js');
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
